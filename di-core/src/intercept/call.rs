use std::fmt;

use super::Method;

/// An intercepted call: its method, and its arguments for display.
///
/// `Display` shows the call as `Mailer::send(to: "ann", text: "hello")`. The text is created on request only. An
/// argument without `Debug` is shown as `_`.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    method: &'static Method,
    arguments: &'a dyn Arguments,
}

/// Arguments of a call.
pub(super) trait Arguments {
    /// Calls `visit` with each argument, in order.
    fn visit(&self, visit: &mut Visit<'_>);
}

/// Function that receives the name of an argument, and its value if the type is `Debug`.
pub(super) type Visit<'a> = dyn FnMut(&'static str, Option<&dyn fmt::Debug>) + 'a;

impl<'a> Call<'a> {
    pub(super) fn new(method: &'static Method, arguments: &'a dyn Arguments) -> Self {
        Call { method, arguments }
    }

    /// Returns the called method.
    pub fn method(&self) -> &'static Method {
        self.method
    }

    /// Returns the arguments for display, as in `to: "ann", text: "hello"`.
    pub fn arguments(&self) -> impl fmt::Display + 'a {
        ArgumentsText(self.arguments)
    }
}

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.method, self.arguments())
    }
}

/// Same text as `Display`.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct ArgumentsText<'a>(&'a dyn Arguments);

impl fmt::Display for ArgumentsText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut result = Ok(());
        let mut separator = "";
        self.0.visit(&mut |name, value| {
            if result.is_ok() {
                result = match value {
                    Some(value) => write!(f, "{separator}{name}: {value:?}"),
                    None => write!(f, "{separator}{name}: _"),
                };
                separator = ", ";
            }
        });
        result
    }
}

use std::fmt;

use super::Method;

/// A call that is intercepted: its method, and its arguments for display.
///
/// Its text, which is made only when it is asked for, is that of the call: `Mailer::send(to: "ann", text: "hello")`. An
/// argument whose type has no `Debug` is `_`.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    method: &'static Method,
    arguments: &'a dyn Arguments,
}

/// The arguments of a call, wherever they are.
pub(super) trait Arguments {
    /// Shows each to `visit`, in their order.
    fn visit(&self, visit: &mut Visit<'_>);
}

/// Is shown an argument: its name, and itself if it has a text.
pub(super) type Visit<'a> = dyn FnMut(&'static str, Option<&dyn fmt::Debug>) + 'a;

impl<'a> Call<'a> {
    pub(super) fn new(method: &'static Method, arguments: &'a dyn Arguments) -> Self {
        Call { method, arguments }
    }

    /// The method.
    pub fn method(&self) -> &'static Method {
        self.method
    }

    /// The arguments: their text is `to: "ann", text: "hello"`.
    pub fn arguments(&self) -> impl fmt::Display + 'a {
        ArgumentsText(self.arguments)
    }
}

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.method, self.arguments())
    }
}

/// As it is displayed.
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

//! Display of a call and its arguments.

use std::fmt;

use super::Method;

/// An intercepted call: its method, and its arguments for display.
///
/// Displays as `Mailer::send(to: "ann", text: "hello")`, with `_` for an argument that is not `Debug`. Formatting is
/// lazy.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    method: &'static Method,
    arguments: &'a dyn Arguments,
}

/// The arguments of a call.
pub(super) trait Arguments {
    /// Passes each argument to `visit`, in order.
    fn visit(&self, visit: &mut Visit<'_>);
}

/// Visitor of arguments: takes the name, and the value if it is `Debug`.
pub(super) type Visit<'a> = dyn FnMut(&'static str, Option<&dyn fmt::Debug>) + 'a;

impl<'a> Call<'a> {
    pub(super) fn new(method: &'static Method, arguments: &'a dyn Arguments) -> Self {
        Call { method, arguments }
    }

    /// Returns the method.
    pub fn method(&self) -> &'static Method {
        self.method
    }

    /// Returns the arguments for display: `to: "ann", text: "hello"`.
    pub fn arguments(&self) -> impl fmt::Display + 'a {
        ArgumentsText(self.arguments)
    }
}

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.method, self.arguments())
    }
}

/// Same as `Display`.
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

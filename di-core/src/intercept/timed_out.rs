//! The error that a `Timeout` converts into the method's own error.

use std::fmt;
use std::io;
use std::time::Duration;

use super::Method;

/// Error of a call that timed out. A [`Timeout`](super::Timeout) converts it into the method's error, which must be
/// `From<TimedOut>`.
///
/// With `thiserror`, that is one line. `std::io::Error`, `Box<dyn Error + Send + Sync>` and other types that convert
/// from any error need nothing.
///
/// ```
/// use di_core::intercept::TimedOut;
///
/// #[derive(Debug, thiserror::Error)]
/// pub enum MailError {
///     #[error("no such address")]
///     NoSuchAddress,
///     #[error(transparent)]
///     TimedOut(#[from] TimedOut),
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TimedOut {
    method: &'static Method,
    time: Duration,
}

impl TimedOut {
    pub(super) fn new(method: &'static Method, time: Duration) -> Self {
        TimedOut { method, time }
    }

    /// Returns the called method.
    pub fn method(&self) -> &'static Method {
        self.method
    }

    /// Returns the timeout.
    pub fn time(&self) -> Duration {
        self.time
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` did not end within {:?}", self.method, self.time)
    }
}

impl std::error::Error for TimedOut {}

/// Converts into an error of the kind [`TimedOut`](io::ErrorKind::TimedOut).
impl From<TimedOut> for io::Error {
    fn from(timed_out: TimedOut) -> Self {
        io::Error::new(io::ErrorKind::TimedOut, timed_out)
    }
}

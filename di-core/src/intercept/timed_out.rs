use std::fmt;
use std::io;
use std::time::Duration;

use super::Method;

/// A call did not end in time: what a [`Timeout`](super::Timeout) makes the method's error of, which has to be
/// `From<TimedOut>`.
///
/// With `thiserror`, that is one line. `std::io::Error`, `Box<dyn Error + Send + Sync>` and what else converts from any
/// error need none.
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

    /// The method that was called.
    pub fn method(&self) -> &'static Method {
        self.method
    }

    /// The time that it was given.
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

/// Of the kind [`TimedOut`](io::ErrorKind::TimedOut).
impl From<TimedOut> for io::Error {
    fn from(timed_out: TimedOut) -> Self {
        io::Error::new(io::ErrorKind::TimedOut, timed_out)
    }
}

//! Access to a method's output without knowing its type.

use std::any::Any;
use std::error::Error;
use std::fmt::{Debug, Display};

use super::{Failure, TimedOut};

/// Operations on the output of a method, for any output type. See [`Next::outputs`](super::Next::outputs).
pub struct Outputs<O> {
    pub(super) error: Option<ViewError<O>>,
    pub(super) display: Option<ViewDisplay<O>>,
    pub(super) debug: Option<ViewDebug<O>>,
    pub(super) is_failure: Option<fn(&O) -> bool>,
    pub(super) timed_out: Option<fn(TimedOut) -> O>,
    pub(super) erased: Option<FromErased<O>>,
}

pub(super) type ViewError<O> = for<'o> fn(&'o O) -> Option<&'o (dyn Error + 'static)>;
pub(super) type ViewDisplay<O> = for<'o> fn(&'o O) -> Option<&'o dyn Display>;
pub(super) type ViewDebug<O> = for<'o> fn(&'o O) -> Option<&'o dyn Debug>;
pub(super) type FromErased<O> = fn(Box<dyn Any + Send>) -> Result<O, Box<dyn Any + Send>>;

impl<O> Outputs<O> {
    /// Returns the error in `output`, if it is the `Err` of a `Result`.
    pub fn failure<'o>(&self, output: &'o O) -> Option<Failure<'o>> {
        if !self.is_failure?(output) {
            return None;
        }
        Some(Failure {
            error: self.error.and_then(|view| view(output)),
            display: self.display.and_then(|view| view(output)),
            debug: self.debug.and_then(|view| view(output)),
        })
    }

    /// Returns the function that makes the output of a timed-out call, if the method's error is `From<TimedOut>`.
    pub fn time_out(&self) -> Option<fn(TimedOut) -> O> {
        self.timed_out
    }

    /// Creates an output from the method's error in a box.
    ///
    /// # Errors
    /// Returns the box if its content has another type, or if the method does not return a `Result`.
    pub fn of_error(&self, error: Box<dyn Any + Send>) -> Result<O, Box<dyn Any + Send>> {
        match self.erased {
            Some(of_error) => of_error(error),
            None => Err(error),
        }
    }
}

impl<O> Clone for Outputs<O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O> Copy for Outputs<O> {}

impl<O> Debug for Outputs<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outputs")
            .field("can_fail", &self.is_failure.is_some())
            .field("can_time_out", &self.timed_out.is_some())
            .finish_non_exhaustive()
    }
}

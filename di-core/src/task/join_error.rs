//! Counterpart of `tokio::task::JoinError` that other executors can create.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::internal::{lock, panic_message};

/// Error returned when a task panicked or was aborted.
pub struct JoinError(Option<Mutex<Box<dyn Any + Send>>>);

impl JoinError {
    /// Creates the error of a task that was aborted, or dropped with its runtime.
    pub fn cancelled() -> Self {
        JoinError(None)
    }

    /// Creates the error of a task that panicked with this payload.
    pub fn panicked(panic: Box<dyn Any + Send>) -> Self {
        JoinError(Some(Mutex::new(panic)))
    }

    /// Returns whether the task was aborted, or dropped with its runtime.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_none()
    }

    /// Returns whether the task panicked.
    pub fn is_panic(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the panic payload, for `resume_unwind`.
    ///
    /// # Panics
    /// Panics if the task did not panic.
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        self.try_into_panic()
            .unwrap_or_else(|error| panic!("`into_panic` called on a task that did not panic: {error}"))
    }

    /// Returns the panic payload, if the task panicked.
    ///
    /// # Errors
    /// Returns the error itself if the task was aborted.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, JoinError> {
        match self.0 {
            Some(panic) => Ok(panic.into_inner().unwrap_or_else(PoisonError::into_inner)),
            None => Err(self),
        }
    }
}

#[cfg(feature = "tokio")]
impl From<tokio::task::JoinError> for JoinError {
    fn from(error: tokio::task::JoinError) -> Self {
        match error.try_into_panic() {
            Ok(panic) => JoinError::panicked(panic),
            Err(_) => JoinError::cancelled(),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(panic) = &self.0 else { return f.write_str("the task was cancelled") };
        match panic_message(&**lock(panic)) {
            Some(text) => write!(f, "the task panicked: {text}"),
            None => f.write_str("the task panicked"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl std::error::Error for JoinError {}

//! Detection of the traits that a type implements, without bounds.
//!
//! An inherent associated constant takes precedence over that of a trait, but only if its bounds hold.
//! `Probe::<T>::CLONE` is therefore `Some` if `T: Clone`, and otherwise the `None` of [`Fallback`]. In generic code,
//! only the bounds in scope count.

use std::any::{Any, TypeId};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use super::outputs::{FromErased, ViewDebug, ViewDisplay, ViewError};
use super::{Outputs, TimedOut};

/// Holder of the constants for the type `T`.
pub struct Probe<T>(PhantomData<T>);

/// Converts a reference to a `Debug` trait object.
pub(super) type AsDebug<T> = for<'t> fn(&'t T) -> &'t dyn Debug;

/// Clones a value.
pub(super) type CloneBy<T> = fn(&T) -> T;

/// Constants of a type that lacks the required traits.
pub trait Fallback {
    /// Probed type.
    type Asked;

    /// The type is not `Clone`.
    const CLONE: Option<CloneBy<Self::Asked>> = None;
    /// The type is not `Debug`.
    const DEBUG: Option<AsDebug<Self::Asked>> = None;
    /// The type is not a `Result`.
    const IS_FAILURE: Option<fn(&Self::Asked) -> bool> = None;
    /// The error does not implement `Error`.
    const ERROR: Option<ViewError<Self::Asked>> = None;
    /// The error is not `Display`.
    const DISPLAY_ERROR: Option<ViewDisplay<Self::Asked>> = None;
    /// The error is not `Debug`.
    const DEBUG_ERROR: Option<ViewDebug<Self::Asked>> = None;
    /// The error is not `From<TimedOut>`.
    const TIMED_OUT: Option<fn(TimedOut) -> Self::Asked> = None;
    /// The type has no error, or one that borrows.
    const OF_ERASED: Option<FromErased<Self::Asked>> = None;
    /// The type has no error, or one that borrows.
    const ERROR_ID: Option<fn() -> TypeId> = None;
}

impl<T> Fallback for Probe<T> {
    type Asked = T;
}

/// `Result`, under any alias.
pub trait Fails: Sized {
    /// Error type.
    type Error;

    /// Returns the error, if there is one.
    fn error(&self) -> Option<&Self::Error>;

    /// Creates an output from an error.
    fn of_error(error: Self::Error) -> Self;
}

impl<T, E> Fails for Result<T, E> {
    type Error = E;

    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }

    fn of_error(error: E) -> Self {
        Err(error)
    }
}

impl<T: Clone> Probe<T> {
    /// Clones the value.
    pub const CLONE: Option<CloneBy<T>> = Some(T::clone);
}

impl<T: Debug> Probe<T> {
    /// Shows the value.
    pub const DEBUG: Option<AsDebug<T>> = Some(|value| value);
}

impl<O: Fails> Probe<O> {
    /// Returns whether the output is an error.
    pub const IS_FAILURE: Option<fn(&O) -> bool> = Some(|output| output.error().is_some());
}

impl<O: Fails<Error: Error + 'static>> Probe<O> {
    /// Returns the error.
    pub const ERROR: Option<ViewError<O>> = Some(|output| Some(output.error()? as &dyn Error));
}

impl<O: Fails<Error: Display>> Probe<O> {
    /// Returns the error as `Display`.
    pub const DISPLAY_ERROR: Option<ViewDisplay<O>> = Some(|output| Some(output.error()? as &dyn Display));
}

impl<O: Fails<Error: Debug>> Probe<O> {
    /// Returns the error as `Debug`.
    pub const DEBUG_ERROR: Option<ViewDebug<O>> = Some(|output| Some(output.error()? as &dyn Debug));
}

impl<O: Fails<Error: From<TimedOut>>> Probe<O> {
    /// Creates an output from a timeout.
    pub const TIMED_OUT: Option<fn(TimedOut) -> O> = Some(|timed_out| O::of_error(timed_out.into()));
}

impl<O: Fails<Error: 'static>> Probe<O> {
    /// Creates an output from a boxed error.
    pub const OF_ERASED: Option<FromErased<O>> =
        Some(|error: Box<dyn Any + Send>| error.downcast().map(|error| O::of_error(*error)));
    /// Returns the ID of the error type.
    pub const ERROR_ID: Option<fn() -> TypeId> = Some(TypeId::of::<O::Error>);
}

/// Returns the functions on an output with an error that borrows.
pub const fn borrowing_outputs<O>(
    is_failure: Option<fn(&O) -> bool>,
    display: Option<ViewDisplay<O>>,
    debug: Option<ViewDebug<O>>,
    timed_out: Option<fn(TimedOut) -> O>,
) -> Outputs<O> {
    Outputs { error: None, display, debug, is_failure, timed_out, erased: None }
}

/// Adds the functions that need an error without a borrow.
pub const fn outputs<O>(
    borrowing: Outputs<O>,
    error: Option<ViewError<O>>,
    erased: Option<FromErased<O>>,
) -> Outputs<O> {
    Outputs { error, erased, ..borrowing }
}

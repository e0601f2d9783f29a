//! Finds out at compile time which traits a type implements, without a bound. An inherent associated constant
//! shadows a trait's, but only where its bounds hold. `Probe::<T>::CLONE` is therefore `Some` if `T: Clone`; otherwise
//! it is [`Fallback::CLONE`], which is `None`. In a generic context, only the bounds of that context count.

use std::any::{Any, TypeId};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use super::outputs::{FromErased, ViewDebug, ViewDisplay, ViewError};
use super::{Outputs, TimedOut};

/// Probes the type `T`.
pub struct Probe<T>(PhantomData<T>);

/// Converts a value into a trait object.
pub(super) type AsDebug<T> = for<'t> fn(&'t T) -> &'t dyn Debug;

/// Clones a value.
pub(super) type CloneBy<T> = fn(&T) -> T;

/// Constants of [`Probe`] for types that do not implement the probed traits.
pub trait Fallback {
    /// The probed type.
    type Probed;

    /// The type is not `Clone`.
    const CLONE: Option<CloneBy<Self::Probed>> = None;
    /// The type is not `Debug`.
    const DEBUG: Option<AsDebug<Self::Probed>> = None;
    /// The type is not a `Result`.
    const IS_FAILURE: Option<fn(&Self::Probed) -> bool> = None;
    /// Its error does not implement `Error`.
    const ERROR: Option<ViewError<Self::Probed>> = None;
    /// Its error is not `Display`.
    const DISPLAY_ERROR: Option<ViewDisplay<Self::Probed>> = None;
    /// Its error is not `Debug`.
    const DEBUG_ERROR: Option<ViewDebug<Self::Probed>> = None;
    /// Its error is not `From<TimedOut>`.
    const TIMED_OUT: Option<fn(TimedOut) -> Self::Probed> = None;
    /// The type has no error.
    const OF_ERASED: Option<FromErased<Self::Probed>> = None;
    /// The type has no error.
    const ERROR_ID: Option<fn() -> TypeId> = None;
}

impl<T> Fallback for Probe<T> {
    type Probed = T;
}

/// A `Result`, under any alias.
pub trait IsResult: Sized {
    /// The error type.
    type Error;

    /// Returns the error, if there is one.
    fn error(&self) -> Option<&Self::Error>;

    /// Creates the result from an error.
    fn of_error(error: Self::Error) -> Self;
}

impl<T, E> IsResult for Result<T, E> {
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
    /// Converts the value into a trait object.
    pub const DEBUG: Option<AsDebug<T>> = Some(|value| value);
}

impl<O: IsResult> Probe<O> {
    /// Returns whether the output is an error.
    pub const IS_FAILURE: Option<fn(&O) -> bool> = Some(|output| output.error().is_some());
}

impl<O: IsResult<Error: Error + 'static>> Probe<O> {
    /// Returns the error.
    pub const ERROR: Option<ViewError<O>> = Some(|output| Some(output.error()? as &dyn Error));
}

impl<O: IsResult<Error: Display>> Probe<O> {
    /// Returns the error for display.
    pub const DISPLAY_ERROR: Option<ViewDisplay<O>> = Some(|output| Some(output.error()? as &dyn Display));
}

impl<O: IsResult<Error: Debug>> Probe<O> {
    /// Returns the error for debugging.
    pub const DEBUG_ERROR: Option<ViewDebug<O>> = Some(|output| Some(output.error()? as &dyn Debug));
}

impl<O: IsResult<Error: From<TimedOut>>> Probe<O> {
    /// Creates the output of a timeout.
    pub const TIMED_OUT: Option<fn(TimedOut) -> O> = Some(|timed_out| O::of_error(timed_out.into()));
}

impl<O: IsResult<Error: 'static>> Probe<O> {
    /// Creates the output from a boxed error.
    pub const OF_ERASED: Option<FromErased<O>> =
        Some(|error: Box<dyn Any + Send>| error.downcast().map(|error| O::of_error(*error)));
    /// Returns the type of the error.
    pub const ERROR_ID: Option<fn() -> TypeId> = Some(TypeId::of::<O::Error>);
}

/// Creates the [`Outputs`] of a type, without the parts that require a `'static` error.
pub const fn borrowing_outputs<O>(
    is_failure: Option<fn(&O) -> bool>,
    display: Option<ViewDisplay<O>>,
    debug: Option<ViewDebug<O>>,
    timed_out: Option<fn(TimedOut) -> O>,
) -> Outputs<O> {
    Outputs { error: None, display, debug, is_failure, timed_out, erased: None }
}

/// Adds the parts that require a `'static` error to the result of [`borrowing_outputs`].
pub const fn outputs<O>(
    borrowing: Outputs<O>,
    error: Option<ViewError<O>>,
    erased: Option<FromErased<O>>,
) -> Outputs<O> {
    Outputs { error, erased, ..borrowing }
}

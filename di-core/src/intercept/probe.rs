//! What a type can do, found out where it is written: an associated constant of a type goes before that of a trait, but
//! only where its bounds hold. So `Probe::<T>::CLONE` is `Some` if `T: Clone`, and if not, [`Fallback`] says `None`,
//! with no bound on anybody. In a generic context, what counts is what the context knows.

use std::any::{Any, TypeId};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use super::outputs::{FromErased, ViewDebug, ViewDisplay, ViewError};
use super::{Outputs, TimedOut};

/// A type that is asked what it can do.
pub struct Probe<T>(PhantomData<T>);

/// Shows a value as one that has a text.
pub(super) type AsDebug<T> = for<'t> fn(&'t T) -> &'t dyn Debug;

/// Clones a value.
pub(super) type CloneBy<T> = fn(&T) -> T;

/// The answer of a type that cannot.
pub trait Fallback {
    /// The type that is asked.
    type Asked;

    /// It is not `Clone`.
    const CLONE: Option<CloneBy<Self::Asked>> = None;
    /// It is not `Debug`.
    const DEBUG: Option<AsDebug<Self::Asked>> = None;
    /// It is no `Result`.
    const IS_FAILURE: Option<fn(&Self::Asked) -> bool> = None;
    /// Its error is no `Error`.
    const ERROR: Option<ViewError<Self::Asked>> = None;
    /// Its error is not `Display`.
    const DISPLAY_ERROR: Option<ViewDisplay<Self::Asked>> = None;
    /// Its error is not `Debug`.
    const DEBUG_ERROR: Option<ViewDebug<Self::Asked>> = None;
    /// Its error is not `From<TimedOut>`.
    const TIMED_OUT: Option<fn(TimedOut) -> Self::Asked> = None;
    /// It has no error.
    const OF_ERASED: Option<FromErased<Self::Asked>> = None;
    /// It has no error.
    const ERROR_ID: Option<fn() -> TypeId> = None;
}

impl<T> Fallback for Probe<T> {
    type Asked = T;
}

/// A `Result`, by whatever alias.
pub trait Fails: Sized {
    /// Its error.
    type Error;

    /// The error that it is.
    fn error(&self) -> Option<&Self::Error>;

    /// It, of an error.
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
    /// Clones it.
    pub const CLONE: Option<CloneBy<T>> = Some(T::clone);
}

impl<T: Debug> Probe<T> {
    /// Shows it.
    pub const DEBUG: Option<AsDebug<T>> = Some(|value| value);
}

impl<O: Fails> Probe<O> {
    /// Whether it is an error.
    pub const IS_FAILURE: Option<fn(&O) -> bool> = Some(|output| output.error().is_some());
}

impl<O: Fails<Error: Error + 'static>> Probe<O> {
    /// Its error.
    pub const ERROR: Option<ViewError<O>> = Some(|output| Some(output.error()? as &dyn Error));
}

impl<O: Fails<Error: Display>> Probe<O> {
    /// Its error, to be displayed.
    pub const DISPLAY_ERROR: Option<ViewDisplay<O>> = Some(|output| Some(output.error()? as &dyn Display));
}

impl<O: Fails<Error: Debug>> Probe<O> {
    /// Its error, to be shown.
    pub const DEBUG_ERROR: Option<ViewDebug<O>> = Some(|output| Some(output.error()? as &dyn Debug));
}

impl<O: Fails<Error: From<TimedOut>>> Probe<O> {
    /// It, of a timeout.
    pub const TIMED_OUT: Option<fn(TimedOut) -> O> = Some(|timed_out| O::of_error(timed_out.into()));
}

impl<O: Fails<Error: 'static>> Probe<O> {
    /// It, of its error in a box.
    pub const OF_ERASED: Option<FromErased<O>> =
        Some(|error: Box<dyn Any + Send>| error.downcast().map(|error| O::of_error(*error)));
    /// The type of its error.
    pub const ERROR_ID: Option<fn() -> TypeId> = Some(TypeId::of::<O::Error>);
}

/// What is known of an output whose error borrows.
pub const fn borrowing_outputs<O>(
    is_failure: Option<fn(&O) -> bool>,
    display: Option<ViewDisplay<O>>,
    debug: Option<ViewDebug<O>>,
    timed_out: Option<fn(TimedOut) -> O>,
) -> Outputs<O> {
    Outputs { error: None, display, debug, is_failure, timed_out, erased: None }
}

/// What is known of an output.
pub const fn outputs<O>(
    borrowing: Outputs<O>,
    error: Option<ViewError<O>>,
    erased: Option<FromErased<O>>,
) -> Outputs<O> {
    Outputs { error, erased, ..borrowing }
}

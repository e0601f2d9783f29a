//! Errors that `chaos` injects, and where it injects them.

use super::direction::Errors;

/// Decides where operations of a [`Chaos`](super::Chaos) with outcome `R` fail. Implemented by [`NoErrors`], the
/// default, and by [`ErrorsBy`], which [`error_at`](super::Chaos::error_at) and [`errors`](super::Chaos::errors) set
/// up.
pub trait Fault<R>: sealed::Sealed {
    /// Returns the positions at which operations fail.
    #[doc(hidden)]
    fn place(&self) -> Place;

    /// Returns the outcome of a failed operation.
    #[doc(hidden)]
    fn fail(&mut self) -> R;
}

/// Positions at which operations fail. Wraps the private type for use in the public trait.
#[doc(hidden)]
pub struct Place(pub(super) Errors);

/// Injects no errors: operations fail only where the wrapped value itself fails.
#[derive(Clone, Copy, Debug)]
pub struct NoErrors;

/// Injects errors created by a function.
#[derive(Clone, Debug)]
pub struct ErrorsBy<M> {
    make: M,
    place: Errors,
}

impl<M> ErrorsBy<M> {
    pub(super) fn new(place: Errors, make: M) -> Self {
        ErrorsBy { make, place }
    }
}

impl<R> Fault<R> for NoErrors {
    fn place(&self) -> Place {
        Place(Errors::Nowhere)
    }

    fn fail(&mut self) -> R {
        unreachable!("`NoErrors` injects no errors")
    }
}

impl<T, E, M: FnMut() -> X, X: Into<E>> Fault<Result<T, E>> for ErrorsBy<M> {
    fn place(&self) -> Place {
        Place(self.place)
    }

    fn fail(&mut self) -> Result<T, E> {
        Err((self.make)().into())
    }
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::NoErrors {}
    impl<M> Sealed for super::ErrorsBy<M> {}
}

use super::turn::Errors;

/// What makes operations of a [`Chaos`](super::Chaos) fail, whose outcomes are an `R`: [`NoErrors`], or what its methods
/// `error_at` and `errors` are given.
pub trait Fault<R>: sealed::Sealed {
    /// Where.
    #[doc(hidden)]
    fn place(&self) -> Place;

    /// The outcome of an operation that fails.
    #[doc(hidden)]
    fn fail(&mut self) -> R;
}

/// Where operations fail.
#[doc(hidden)]
pub struct Place(pub(super) Errors);

/// No operation fails but those of what is wrapped.
#[derive(Clone, Copy, Debug)]
pub struct NoErrors;

/// Operations fail with errors that a function makes.
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
        unreachable!("no operation is decided to fail")
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

//! The future that builds the requested fields of a slice.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::driver::Driver;
use super::error::BuildError;
use super::slice::wanted;
use crate::container::{Container, FieldOf, Slice};

/// Future that builds fields of a container, returned by `App::slice().get::<T>()`. It does nothing until it is polled.
///
/// If a constructor fails or panics, or if this future is dropped, the components that were built are dropped in
/// reverse order of construction.
///
/// # Errors
/// Returns the [`BuildError`] of the first constructor that fails. Returns an error before anything is built if the
/// slice needs an input that is not supplied, if a strict slice does not need an override, or if a field is requested
/// twice.
#[must_use = "a slice builds nothing until it is awaited"]
pub struct Get<C: Container, T> {
    state: State<C>,
    take: fn(&mut C::Fields) -> T,
}

#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the common one, and a box would cost an allocation"
)]
enum State<C: Container> {
    Building(Driver<C>),
    /// The slice is invalid. `None` once the error has been returned.
    Rejected(Option<BuildError>),
}

impl<C: Container, T> Get<C, T> {
    #[doc(hidden)]
    pub fn new(fields: Box<C::Fields>, slice: Slice) -> Self
    where
        T: FieldOf<C>,
    {
        let mut requested = Vec::new();
        T::indexes(&mut requested);
        let wrapped = C::wrapped_nodes(&fields);
        let state = match wanted(C::GRAPH, &|node| C::is_built(&fields, node), &wrapped, &requested, slice) {
            Ok(wanted) => State::Building(Driver::new(fields, Some(wanted))),
            Err(kind) => State::Rejected(Some(kind.into())),
        };
        Get { state, take: T::take }
    }
}

impl<C: Container, T> Future for Get<C, T> {
    type Output = Result<T, BuildError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let take = self.take;
        match &mut self.state {
            State::Building(driver) => driver.poll(context).map_ok(|mut fields| take(&mut fields)),
            State::Rejected(error) => Poll::Ready(Err(error.take().expect("`Get` polled after it was ready"))),
        }
    }
}

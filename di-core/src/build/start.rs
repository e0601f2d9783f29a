//! How a node is started, by kind. Generated code names these functions and nothing else.

use std::future::poll_fn;

use super::engine::{Place, Started};
use crate::{BoxError, BoxFuture, Construction, Container, Outcome};

/// Starts a component by its constructor; `put` stores its value in the field.
pub fn component<C: Container, T: Send + 'static>(
    fields: &mut C::Fields,
    construct: fn(&C::Fields) -> Construction<Result<T, BoxError>>,
    put: fn(&mut C::Fields, T),
) -> Started<C> {
    match construct(fields) {
        Construction::Ready(Ok(value)) => {
            put(fields, value);
            Started::Done
        }
        Construction::Ready(Err(error)) => Started::Failed(error),
        Construction::Pending(mut future) => Started::Pending(Box::pin(poll_fn(move |context| {
            future.as_mut().poll(context).map(|result| result.map(|value| place::<C, T>(value, put)))
        }))),
    }
}

/// Starts a provider; `put` stores its value in the field.
pub fn provide<C: Container, R: Outcome<T> + Send + 'static, T: Send + 'static>(
    fields: &mut C::Fields,
    call: fn(&C::Fields) -> Construction<R>,
    put: fn(&mut C::Fields, T),
) -> Started<C> {
    match call(fields) {
        Construction::Ready(returned) => match returned.into_result() {
            Ok(value) => {
                put(fields, value);
                Started::Done
            }
            Err(error) => Started::Failed(error),
        },
        Construction::Pending(mut future) => Started::Pending(Box::pin(poll_fn(move |context| {
            let place = |returned: R| returned.into_result().map(|value| place::<C, T>(value, put));
            future.as_mut().poll(context).map(place)
        }))),
    }
}

/// An input is there before the build begins, so that it is never started.
pub fn input<C: Container>(_: &mut C::Fields) -> Started<C> {
    unreachable!("di-core started an input; please report this as a defect of di-core")
}

fn place<C: Container, T: Send + 'static>(value: T, put: fn(&mut C::Fields, T)) -> Place<C> {
    Box::new(move |fields| put(fields, value))
}

/// A future of a constructor, for generated code: `Construction::Pending`, with the box's type inferred.
pub fn pending<T>(future: impl Future<Output = T> + Send + 'static) -> Construction<T> {
    Construction::Pending(Box::pin(future) as BoxFuture<T>)
}

/// The result of an async constructor, for generated code.
pub fn into_result<T, R: Outcome<T>>(returned: R) -> Result<T, BoxError> {
    returned.into_result()
}

//! How a node is started, by kind. Generated code names these functions and nothing else.

use std::future::poll_fn;

use super::engine::{Place, Started};
use super::future::{Build, build_sync_with_hooks};
use crate::lifecycle::{Hooks, ModuleHooks};
use crate::{BoxError, BoxFuture, BuildError, Construction, Container, Outcome};

/// What became of a constructor that was called; `put` stores its value in the field.
pub fn construction<C: Container, T: Send + 'static>(
    construction: Construction<Result<T, BoxError>>,
    fields: &mut C::Fields,
    put: fn(&mut C::Fields, T),
) -> Started<C> {
    match construction {
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

/// What became of a provider that was called; `put` stores its value in the field.
pub fn provision<C: Container, R: Outcome<T> + Send + 'static, T: Send + 'static>(
    provision: Construction<R>,
    fields: &mut C::Fields,
    put: fn(&mut C::Fields, T),
) -> Started<C> {
    match provision {
        Construction::Ready(returned) => construction(Construction::Ready(returned.into_result()), fields, put),
        Construction::Pending(mut future) => Started::Pending(Box::pin(poll_fn(move |context| {
            let place = |returned: R| returned.into_result().map(|value| place::<C, T>(value, put));
            future.as_mut().poll(context).map(place)
        }))),
    }
}

/// A container that may be built in another's constructor. The lifetime defers the question to where it is a module.
pub trait BuiltInside<'module>: Sized {
    /// Its fields while it is being built.
    type Fields;

    /// Builds it: at once, if none of its constructors is async.
    fn build_inside(fields: Self::Fields, first_async: usize) -> Construction<Result<(Self, ModuleHooks), BoxError>>;
}

impl<M: Container<Fields: Send> + Send> BuiltInside<'_> for M {
    type Fields = M::Fields;

    fn build_inside(fields: M::Fields, first_async: usize) -> Construction<Result<(M, ModuleHooks), BoxError>> {
        if first_async == usize::MAX {
            Construction::Ready(inside(build_sync_with_hooks(fields)))
        } else {
            pending(async move { inside(Build::<M>::new(fields).with_hooks().await) })
        }
    }
}

fn inside<M: Container>(built: Result<(M, Hooks), BuildError>) -> Result<(M, ModuleHooks), BoxError> {
    let (module, hooks) = built?;
    Ok((module, ModuleHooks { graph: M::GRAPH, hooks }))
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

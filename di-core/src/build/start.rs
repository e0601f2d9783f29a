//! How a node is started. Generated code names these functions and nothing else.

use std::sync::Arc;

use super::dataflow::{Constructed, Phase, Started};
use super::future::{Build, build_sync_with_hooks};
use crate::lifecycle::{Hooks, ModuleHooks};
use crate::{BoxError, BoxFuture, BuildError, Container, Lifecycle, Outcome};

/// Calls an async constructor, or takes what it has made since.
pub fn awaited<T: Send + 'static>(
    phase: Phase,
    construct: impl FnOnce() -> BoxFuture<Result<T, BoxError>>,
) -> Result<T, Started> {
    match phase {
        Phase::Construct => {
            let constructing = construct();
            Err(Started::Pending(Box::pin(
                async move { constructing.await.map(|value| Box::new(value) as Constructed) },
            )))
        }
        Phase::Store(value) => match value.downcast() {
            Ok(value) => Ok(*value),
            Err(_) => unreachable!("di-core mixed up two constructors; please report this as a defect of di-core"),
        },
    }
}

/// What was built, for a field that holds it in an `Arc`.
pub fn shared<T>(built: Result<T, Started>) -> Result<Arc<T>, Started> {
    built.map(Arc::new)
}

/// The same, of a component with hooks, which go to the others of the container.
pub fn shared_with_hooks<C: Container, T: Lifecycle>(
    built: Result<T, Started>,
    fields: &mut C::Fields,
    node: usize,
) -> Result<Arc<T>, Started> {
    let component = Arc::new(built?);
    C::hooks_mut(fields).add(node, component.clone());
    Ok(component)
}

/// An async constructor was called as a sync one.
#[cold]
pub(crate) fn is_async() -> ! {
    panic!("this constructor is async: it has to be awaited")
}

/// A container that may be built in another's constructor. The lifetime defers the question to where it is a module.
pub trait BuiltInside<'module>: Sized {
    /// Its fields while it is being built.
    type Fields;

    /// Builds it: at once, if none of its constructors is async.
    fn build_inside(
        phase: Phase,
        first_async: usize,
        inputs: impl FnOnce() -> Self::Fields,
    ) -> Result<(Self, ModuleHooks), Started>;
}

impl<M: Container<Fields: Send> + Send> BuiltInside<'_> for M {
    type Fields = M::Fields;

    fn build_inside(
        phase: Phase,
        first_async: usize,
        inputs: impl FnOnce() -> M::Fields,
    ) -> Result<(M, ModuleHooks), Started> {
        if first_async == usize::MAX {
            return inside(build_sync_with_hooks(inputs())).map_err(Started::Failed);
        }
        awaited(phase, || {
            let building = Build::<M>::new(inputs()).with_hooks();
            Box::pin(async move { inside(building.await) })
        })
    }
}

fn inside<M: Container>(built: Result<(M, Hooks), BuildError>) -> Result<(M, ModuleHooks), BoxError> {
    let (module, hooks) = built?;
    Ok((module, ModuleHooks { graph: M::GRAPH, hooks }))
}

/// An input is there before the build begins, so that it is never started.
pub fn input() -> Started {
    unreachable!("di-core started an input; please report this as a defect of di-core")
}

/// A future of a constructor, for generated code: boxed, with the box's type inferred.
pub fn pending<T>(future: impl Future<Output = T> + Send + 'static) -> BoxFuture<T> {
    Box::pin(future)
}

/// The result of a constructor, for generated code.
pub fn into_result<T, R: Outcome<T>>(returned: R) -> Result<T, BoxError> {
    returned.into_result()
}

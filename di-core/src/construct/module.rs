//! Building a container as a node of another container.

use super::build::{Build, BuiltContainer, build_sync_with_hooks};
use super::error::BuildError;
use crate::container::Container;
use crate::container::generated::{BuiltModule, Phase, Step, step_async};
use crate::hooks::ModuleHooks;
use crate::internal::BoxError;

/// A container that can be built as a module of another. The lifetime defers the check to the field that uses it as a
/// module.
pub trait BuildAsModule<'module>: Sized {
    /// The fields during a build.
    type Fields;

    /// Builds the module: in the first phase, unless one of its constructors is async.
    fn build_as_module(
        phase: Phase,
        first_async: usize,
        inputs: impl FnOnce() -> Self::Fields,
    ) -> Step<BuiltModule<Self>>;
}

impl<M: Container<Fields: Send> + Send> BuildAsModule<'_> for M {
    type Fields = M::Fields;

    fn build_as_module(phase: Phase, first_async: usize, inputs: impl FnOnce() -> M::Fields) -> Step<BuiltModule<M>> {
        if first_async == usize::MAX {
            return Step::of(as_module(build_sync_with_hooks(Box::new(inputs()))));
        }
        step_async(phase, || {
            let building = Build::<M>::new(Box::new(inputs())).with_hooks();
            Box::pin(async move { as_module(building.await) })
        })
    }
}

fn as_module<M: Container>(built: Result<BuiltContainer<M>, BuildError>) -> Result<BuiltModule<M>, BoxError> {
    let BuiltContainer { container, hooks } = built?;
    Ok(BuiltModule { module: container, hooks: ModuleHooks { graph: M::GRAPH, hooks } })
}

use std::any::Any;

use super::Container;
use super::step::{Phase, Step};
use crate::graph::Constructor;
use crate::hooks::ModuleHooks;

/// A container that can be a field of the container `C`, by `#[module]`: its inputs come from the fields of `C`, by type.
///
/// `#[derive(Container)]` implements it for every container that `C` has the inputs for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a container",
    label = "not a container",
    note = "`#[module]` goes on a field whose type derives `Container`; another field is made by `#[component]`, `#[provide]` or `#[input]`"
)]
pub trait Module<C: Container>: Container {
    /// What the module's inputs come from, and whether one of its constructors is async.
    const CONSTRUCTOR: Constructor;

    /// The module, its inputs taken from `fields`, except what is overridden, and the hooks of its components.
    ///
    /// # Panics
    /// If an input is not there yet. The container calls it only when all are.
    #[doc(hidden)]
    fn build(fields: &C::Fields, overrides: ModuleOverrides, phase: Phase) -> Step<BuiltModule<Self>>;
}

/// A module that was built.
#[doc(hidden)]
pub struct BuiltModule<M> {
    /// The module.
    pub module: M,
    /// The hooks of its components.
    pub hooks: ModuleHooks,
}

/// What a module's own builder was told, until the module is built. Without its type, so that a field whose type is no
/// container is one error and not several.
#[doc(hidden)]
#[derive(Default)]
pub struct ModuleOverrides(Option<Box<dyn Any + Send + Sync>>);

impl ModuleOverrides {
    /// The fields of the module `M`, those filled that were overridden.
    pub fn into_fields<M: Container>(self) -> M::Fields
    where
        M::Fields: 'static,
    {
        match self.0 {
            None => M::empty_fields(),
            Some(fields) => match fields.downcast() {
                Ok(fields) => *fields,
                Err(_) => unreachable!("di-core mixed up two modules; please report this as a defect of di-core"),
            },
        }
    }
}

/// A container, as a module that can be told overrides. The lifetime defers the check to the call of the builder's method.
#[doc(hidden)]
pub trait ModuleOf<'call> {
    /// The module's builder.
    type Overrides;

    /// Tells the module's builder some more.
    fn with_overrides(
        overrides: ModuleOverrides,
        more: impl FnOnce(Self::Overrides) -> Self::Overrides,
    ) -> ModuleOverrides;
}

impl<M: Container<Fields: Send + Sync + 'static>> ModuleOf<'_> for M {
    type Overrides = M::Overrides;

    fn with_overrides(
        overrides: ModuleOverrides,
        more: impl FnOnce(Self::Overrides) -> Self::Overrides,
    ) -> ModuleOverrides {
        let builder = more(M::overrides(overrides.into_fields::<M>()));
        ModuleOverrides(Some(Box::new(M::into_fields(builder))))
    }
}

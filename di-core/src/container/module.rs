//! Containers as fields of other containers.

use std::any::Any;

use super::Container;
use super::step::{Phase, Step};
use crate::graph::Constructor;
use crate::hooks::ModuleHooks;

/// A container that can be a field of the container `C`, with `#[module]`. Its inputs come from the fields of `C`, by
/// type.
///
/// `#[derive(Container)]` implements this trait for every `C` that has the inputs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a container",
    label = "not a container",
    note = "`#[module]` needs a type that derives `Container`; make other fields with `#[component]`, `#[provide]` or `#[input]`"
)]
pub trait Module<C: Container>: Container {
    /// Fields of `C` that supply the inputs, and whether a constructor of the module is async.
    const CONSTRUCTOR: Constructor;

    /// Builds the module with inputs from `fields`, except for those that are overridden.
    ///
    /// # Panics
    /// Panics if an input is not built yet.
    #[doc(hidden)]
    fn build(fields: &C::Fields, overrides: ModuleOverrides, phase: Phase) -> Step<BuiltModule<Self>>;
}

/// A built module.
#[doc(hidden)]
pub struct BuiltModule<M> {
    /// The module.
    pub module: M,
    /// The hooks of its components.
    pub hooks: ModuleHooks,
}

/// Overrides of a module's fields, kept until the module is built. The type is erased: a field that is not a container
/// then gives one error instead of several.
#[doc(hidden)]
#[derive(Default)]
pub struct ModuleOverrides(Option<Box<dyn Any + Send + Sync>>);

impl ModuleOverrides {
    /// Returns partial fields of the module `M`, with the overrides.
    pub fn into_fields<M: Container>(self) -> M::Fields
    where
        M::Fields: 'static,
    {
        match self.0 {
            None => M::empty_fields(),
            Some(fields) => match fields.downcast() {
                Ok(fields) => *fields,
                Err(_) => unreachable!("di-core mixed up two modules. This is a bug in di-core; please report it."),
            },
        }
    }
}

/// A container as a module with overrides. The lifetime defers the check to the call of the builder's method.
#[doc(hidden)]
pub trait ModuleOf<'call> {
    /// The module's builder.
    type Overrides;

    /// Adds overrides.
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

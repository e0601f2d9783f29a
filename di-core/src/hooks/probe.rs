//! Detection of hooks in values that are not made by `#[component]`.

use std::marker::PhantomData;
use std::sync::Arc;

use super::{Hooks, Lifecycle};

/// Finds out whether a type has hooks.
///
/// The compiler selects the inherent `HAS_HOOKS` for a type with hooks, and that of [`WithoutHooks`] otherwise.
pub struct HookProbe<T: ?Sized>(PhantomData<T>);

impl<T: Lifecycle> HookProbe<T> {
    /// The type has hooks.
    pub const HAS_HOOKS: bool = true;
}

/// A provided value that may have hooks. Method resolution selects as for [`HookProbe`].
pub struct Provided<'a, T: ?Sized>(pub &'a Arc<T>);

impl<T: Lifecycle> Provided<'_, T> {
    /// Adds the hooks to those of the container.
    pub fn add_hooks(&self, hooks: &mut Hooks, node: usize) {
        hooks.add(node, self.0.clone());
    }
}

/// Fallback for types without hooks.
pub trait WithoutHooks {
    /// The type has no hooks.
    const HAS_HOOKS: bool = false;

    /// Does nothing.
    fn add_hooks(&self, hooks: &mut Hooks, node: usize) {
        _ = (hooks, node);
    }
}

impl<T: ?Sized> WithoutHooks for HookProbe<T> {}

impl<T: ?Sized> WithoutHooks for Provided<'_, T> {}

/// Represents the inputs of a container, with or without hooks.
pub struct Inputs<const HAVE_HOOKS: bool>;

/// A container that can be started or opened. The lifetime defers the check to the call.
#[diagnostic::on_unimplemented(
    message = "this container cannot be started or opened, because the hooks of an input would not be called",
    label = "an input has hooks, such as `#[start]`",
    note = "make the field with `#[component]` or `#[provide]`, or, if another host or scope calls the hooks, declare it as `#[input(no_hooks)]`"
)]
pub trait StartableInputs<'call> {}

impl StartableInputs<'_> for Inputs<false> {}

//! Compile-time check that components with hooks are in fields that run the hooks.

use crate::graph::Constructor;

/// Fails to compile if a component with hooks is in a field that never runs its hooks.
#[doc(hidden)]
#[track_caller]
pub const fn check_no_hooks(constructor: Constructor, is_lazy: bool) {
    let has_hooks = constructor.has_hooks();
    if has_hooks && is_lazy {
        panic!(
            "a lazy component cannot have `#[start]`, `#[run]` or `#[stop]`, since the container may stop before it is constructed"
        );
    }
    if has_hooks {
        panic!("a component with `#[start]`, `#[run]` or `#[stop]` must be in an `Arc`, because its hooks share it");
    }
}

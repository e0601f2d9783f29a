//! Compile-time check that components with hooks, and those that are constructed in an `Arc`, are in suitable fields.

use crate::graph::Constructor;

/// Fails to compile if a component with hooks is in a field that never runs its hooks, or if a component that is
/// constructed in an `Arc` is in a field that holds it by value.
#[doc(hidden)]
#[track_caller]
pub const fn check_lazy_or_by_value(constructor: Constructor, is_lazy: bool) {
    let has_hooks = constructor.has_hooks();
    if has_hooks && is_lazy {
        panic!(
            "a lazy component cannot have hooks such as `#[start]`, since the container may stop before it is constructed"
        );
    }
    if constructor.returns_arc() && !is_lazy {
        panic!("a component with a constructor that returns an `Arc` of it must be in an `Arc`");
    }
    if has_hooks {
        panic!("a component with hooks, such as `#[start]`, must be in an `Arc`, because its hooks share it");
    }
}

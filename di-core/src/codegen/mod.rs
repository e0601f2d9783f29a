//! Items used by the code that the macros generate. Do not use them directly: they may change in any release.
//!
//! A macro does not know what is in scope at its call site, so an expansion names every item by its full path. Items
//! that users know, such as `Component` and `Host`, come from the root of the crate; the others come from this module.
//!
//! # What each macro generates
//!
//! `#[component]`, `#[provider]` and `#[derive(Component)]` implement [`Component`], [`Decorator`], [`Assisted`] or
//! [`Provider`]:
//!
//! - `cloned`, `cloned_arc`, `borrowed` and `shared` read the parameters from the partial fields, `Container::Fields`;
//! - the value that a constructor returns, plain or a `Result`, goes through `into_result`, and that of a hook through
//!   `hook_result`. Calls with an explicit type turn a wrong return type into one error with our message;
//! - an async constructor is called by `step_async` and boxed by `boxed_future`; `into_arc` and `into_arc_with_hooks`
//!   share the component with the container.
//!
//! `#[derive(Container)]` generates the builder and three tables, all of them constants:
//!
//! - the `NodeTable`: data of each node, and a `BuildNode` function that builds it. With a single table, the compiler
//!   reports an invalid component only once. The functions return a `Step`, and store the value in its field;
//! - the `Ordering` of the nodes, or their cycle, computed by `ordering`;
//! - one [`FieldOf`] implementation for each field's type.
//!
//! `const fn`s that panic at compile time check the rules that the type system cannot express: `check_no_cycle`,
//! `check_used`, `check_lazy_or_by_value`, `check_not_refused`, `check_factory` and `check_shared`. Each call has the span
//! of the offending token, which is where `cargo check` points.
//!
//! `#[intercept]` implements the trait for [`Intercepted`](crate::Intercepted). `Probe` and `Fallback` find out which
//! traits the arguments and the output of each method implement, without a bound. `forward` and `forward_sync` pass on
//! the call with the resulting `Abilities`.
//!
//! [`select!`](crate::select!) expands to tokio's macro, which this module re-exports.

#[macro_use]
mod if_tokio;
#[cfg(feature = "tokio")]
mod select;

#[doc(hidden)]
pub use crate::component::generated::{
    Borrowed, Cloned, Function, Parameter, Parameters, hook_result, into_result, parameters, parameters_of, provided,
};
#[doc(hidden)]
pub use crate::component::{Assisted, Component, Decorator, Provider};
#[doc(hidden)]
pub use crate::construct::generated::{
    BuildAsModule, MaybeClone, NotClone, build_sync, check_factory, check_sync_lazy, factory, lazy, sync_factory,
    sync_lazy,
};
#[doc(hidden)]
pub use crate::construct::{Build, Get};
#[doc(hidden)]
pub use crate::container::generated::{
    AllSync, BuildNode, BuiltModule, ByValue, CloneFor, CloneType, ModuleOf, ModuleOverrides, NodeTable, NotCloneType,
    NotReady, Phase, PrivateField, PublicField, Step, Wrappers, borrowed, boxed_future, built, check_cloned,
    check_shared, choose, cloned, cloned_arc, into_arc, into_arc_with_hooks, needed, not_built, shared, step_async,
    stored_as, unreachable_input, unwrap_built, with_hooks, wrap_field,
};
#[doc(hidden)]
pub use crate::container::{
    ArcFieldOf, AsyncBorrowedFieldOf, BorrowedFieldOf, BuiltSync, CloneFieldOf, FieldOf, Module, OptionFieldOf,
    Overrides, Shared, Slice, Whole,
};
#[doc(hidden)]
pub use crate::fields::generated::{AnyField, ImportPublic, ImportPublicUntagged, ImportUntagged, import};
#[doc(hidden)]
pub use crate::graph::generated::{
    Ordering, check_named, check_no_cycle, check_not_refused, check_same_tag, check_used, first_async, ordering,
    timeout, used_nodes,
};
#[doc(hidden)]
pub use crate::graph::{Constructor, Node, NodeKind};
#[doc(hidden)]
pub use crate::hooks::generated::{
    HookProbe, Hooks, Inputs, ModuleHooks, Provided, StartableInputs, WithoutHooks, check_lazy_or_by_value,
};
#[doc(hidden)]
pub use crate::hooks::{Hook, HostOptions, Lifecycle};
#[doc(hidden)]
#[cfg(feature = "tokio")]
pub use crate::host::Start;
#[doc(hidden)]
pub use crate::integrations::shaku::from_shaku;
#[doc(hidden)]
pub use crate::intercept::generated::{
    Abilities, Fallback, Probe, borrowing_outputs, forward, forward_sync, outputs, parts, show,
};
#[doc(hidden)]
#[cfg(feature = "tokio")]
pub use crate::task::generated::select_start;
#[doc(hidden)]
#[cfg(feature = "tokio")]
pub use tokio;

#[doc(hidden)]
pub use __if_tokio as if_tokio;

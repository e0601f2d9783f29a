//! Items that the macros' expansions use. Nothing here is meant to be called by hand, and it may change in any release.
//!
//! A macro cannot know what is in scope where it is used. So an expansion names everything by its full path: the crate's
//! root for what users see as well (`Component`, `Host`), and this module for the rest.
//!
//! # What each macro generates
//!
//! `#[component]`, `#[provider]` and `#[derive(Component)]` implement [`Component`],
//! [`Decorator`], [`Assisted`] or
//! [`Provider`]:
//!
//! - the parameters are read from the partial fields by `cloned`, `cloned_arc` and `borrowed`;
//! - the value that a constructor returns, plain or a `Result`, goes through `into_result`, that of a hook through
//!   `hook_result`. As functions with a turbofish they put a wrong return type in one error with our text;
//! - an async constructor is called by `step_async` and boxed by `boxed_future`; `into_arc` and `into_arc_with_hooks` share
//!   the component with the container.
//!
//! `#[derive(Container)]` generates the builder and three tables, all of them constants:
//!
//! - the `NodeTable`: data of each node, and a `BuildNode` function that builds it. Both are in one table, so that the
//!   compiler reports a component that cannot be built once. The functions return a `Step`, and store the value in its
//!   field;
//! - the `Ordering` of the nodes, or their cycle, computed by `ordering`;
//! - one [`FieldOf`] implementation for each field's type.
//!
//! Rules that the type system cannot express are checked by `const fn`s that panic at compile time: `check_no_cycle`,
//! `check_used`, `check_no_hooks`, `check_not_refused`, `check_sync_factory` and `check_shared`. Each call has the span of
//! the token to blame, which is where `cargo check` points.
//!
//! `#[intercept]` implements its trait for [`Intercepted`](crate::Intercepted). `Probe` and `Fallback` find out what can be
//! done with the arguments and the output of each method, without a bound on the trait; `forward` and `forward_sync` pass
//! the call on with these abilities.
//!
//! [`select!`](crate::select!) expands to tokio's macro, which is re-exported here for it.

#[macro_use]
mod if_tokio;
#[cfg(feature = "tokio")]
mod select;

#[doc(hidden)]
pub use crate::component::generated::{hook_result, into_result};
#[doc(hidden)]
pub use crate::component::{Assisted, Component, Decorator, Provider};
#[doc(hidden)]
pub use crate::construct::generated::{
    BuildAsModule, MaybeClone, NotClone, build_sync, check_sync_factory, factory, lazy, sync_factory,
};
#[doc(hidden)]
pub use crate::construct::{Build, Get};
#[doc(hidden)]
pub use crate::container::generated::{
    AllSync, BuildNode, BuiltModule, CloneFor, ModuleOf, ModuleOverrides, NodeTable, NotReady, Phase, Step, borrowed,
    boxed_future, built, check_shared, cloned, cloned_arc, into_arc, into_arc_with_hooks, not_built, step_async,
    unreachable_input, unwrap_built,
};
#[doc(hidden)]
pub use crate::container::{ArcFieldOf, BuiltSync, CloneFieldOf, FieldOf, Module, Overrides, Shared, Slice, Whole};
#[doc(hidden)]
pub use crate::graph::generated::{
    Ordering, check_no_cycle, check_not_refused, check_used, first_async, ordering, used_nodes,
};
#[doc(hidden)]
pub use crate::graph::{Constructor, Node, NodeKind};
#[doc(hidden)]
pub use crate::hooks::generated::{Hooks, ModuleHooks, check_no_hooks};
#[doc(hidden)]
pub use crate::hooks::{Hook, HostOptions, Lifecycle};
#[doc(hidden)]
#[cfg(feature = "tokio")]
pub use crate::host::generated::start_host;
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

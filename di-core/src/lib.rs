//! Dependency injection for Rust services, checked by `cargo check`.
#![deny(missing_docs)]

extern crate self as di_core;

mod build;
mod component;
mod container;
mod graph;
mod outcome;
mod provider;
mod slot;
mod sync;

pub use build::{Build, BuildError, BuildErrorKind, Get, Slice, Unsupplied, Whole};
pub use component::{BoxError, BoxFuture, Component, Construction};
pub use container::Container;
pub use graph::{Graph, Kind, Node};
pub use outcome::{ConstructorError, Outcome};
pub use provider::Provider;
pub use slot::{ArcSlot, CloneSlot, Shared, Slot};
pub use sync::BuiltSync;

pub use di_macros::{Component, Container, component, provider};

/// What generated code names. Not for users: it may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::build::{Place, Start, Started, build_sync, component, input, into_result, pending, provide};
    pub use crate::sync::AllSync;
    pub use crate::container::Wiring;
    pub use crate::graph::{Ordering, check, first_async, ordering};
    pub use crate::slot::{CloneFor, borrowed, cloned, cloned_arc, taken};
}

//! Containers: wiring, modules, scopes, decorators, lazy components, slices, graphs and build errors.

mod build_error;
mod collections;
mod dataflow;
mod decorators;
mod graph;
mod later;
mod macro_rules;
mod modules;
mod report;
#[cfg(feature = "shaku")]
mod shaku;
mod slice;
mod unwinding;
// Public, so that `unreachable_pub` accepts its public container.
pub mod visibility;
mod wiring;

//! Containers: wiring, modules, scopes, decorators, lazy components, slices, graphs and build errors.

mod build_error;
mod choice;
mod collections;
mod dataflow;
mod decorators;
mod graph;
mod later;
mod macro_rules;
mod modules;
mod named;
mod providers;
mod report;
#[cfg(feature = "shaku")]
mod shaku;
mod slice;
mod tags;
mod unwinding;
// Public because `unreachable_pub` would otherwise reject its public container.
pub mod visibility;
mod wiring;
mod wrap;

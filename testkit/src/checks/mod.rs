//! Checks of properties: laws of hand-written futures, linearizability, cancellation, and golden files of graphs.

pub mod cancel;
pub mod graph;
pub mod laws;
pub mod linearizability;

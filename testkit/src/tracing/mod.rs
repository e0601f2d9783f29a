//! Events of `tracing` in a simulation: their time, and their place in a timeline.

mod layer;
mod time;

pub use layer::TimelineLayer;
pub use time::SimTime;

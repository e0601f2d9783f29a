//! Support for `tracing` events in a simulation: virtual timestamps, and events in the timeline.

mod layer;
mod time;

pub use layer::TimelineLayer;
pub use time::SimTime;

//! Stand-ins for what a service talks to: clocks, streams, sinks, connections, networks, and faults of any component.

pub mod chaos;
pub(crate) mod clock;
pub mod fault;
pub(crate) mod gate;
pub mod io;
pub mod mock;
pub mod net;
mod pause;
pub mod sink;
pub mod stream;

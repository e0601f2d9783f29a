//! Fakes of clocks, streams, sinks, connections, networks and disks, and fault injection for any component.

pub mod chaos;
pub(crate) mod clock;
pub mod disk;
pub mod fault;
pub(crate) mod gate;
pub mod io;
pub mod mock;
pub mod net;
mod pause;
pub mod sink;
pub mod stream;

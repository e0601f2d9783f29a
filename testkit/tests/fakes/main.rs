//! Fakes that replace real clocks, IO, streams, networks and components.

mod chaos;
mod clock;
mod disk;
mod duplex;
mod fault;
#[path = "../support/hooked.rs"]
mod hooked;
mod mock;
mod net;
mod script_io;
mod sink;
mod stream;
#[path = "../support/mod.rs"]
mod support;

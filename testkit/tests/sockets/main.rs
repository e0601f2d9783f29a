//! Feature `interpose`: sockets of `tokio::net` in the simulated network.

#[path = "../support/mod.rs"]
mod support;

mod differential;
mod hosts;
mod tcp;
mod udp;
mod unix;

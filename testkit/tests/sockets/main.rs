//! Feature `interpose`: sockets of `tokio::net` in the simulated network.

#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod support;

mod differential;
mod hosts;
mod tcp;
mod udp;
mod unix;

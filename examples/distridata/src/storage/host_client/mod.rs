//! Talking to storage hosts: how it is done, and what is done around it.

mod client;
mod error;
mod http;

pub use client::HostClient;
#[cfg(test)]
pub(crate) use client::MockHostClient;
pub use error::HostError;
pub use http::HttpHostClient;

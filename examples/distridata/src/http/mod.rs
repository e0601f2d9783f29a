//! The service over HTTP: the container [`Http`] has what requests are answered with, and [`HttpServer`] answers them.

mod container;
mod server;

pub use container::Http;
pub use server::{HttpServer, SHA256};

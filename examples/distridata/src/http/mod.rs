//! The service over HTTP: [`Http`] contains the components that handle requests, [`RequestScope`] contains those of a
//! single request, and [`HttpServer`] listens.

mod container;
mod error;
mod request;
mod request_id;
mod request_log;
mod routes;
mod server;

pub use container::Http;
pub use request::{REQUEST_ID, RequestHead, RequestScope};
pub use request_id::RequestId;
pub use request_log::RequestLog;
pub use routes::SHA256;
pub use server::HttpServer;

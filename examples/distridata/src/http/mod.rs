//! The service over HTTP. [`Http`] has what requests are answered with, [`Request`] what there is for each of them, and
//! [`HttpServer`] listens.

mod container;
mod refusal;
mod request;
mod request_id;
mod request_log;
mod routes;
mod server;

pub use container::Http;
pub use request::{REQUEST_ID, Request, RequestHead};
pub use request_id::RequestId;
pub use request_log::RequestLog;
pub use routes::SHA256;
pub use server::HttpServer;

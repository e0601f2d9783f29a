//! Client for storage hosts, with decorators for retries and metrics.

mod client;
mod error;
mod http;
mod metered;
mod metrics;
mod retrying;

pub use client::HostClient;
#[cfg(test)]
pub(crate) use client::MockHostClient;
pub use error::HostError;
pub use http::HttpHostClient;
pub use metered::Metered;
pub use metrics::HostMetrics;
pub use retrying::Retrying;

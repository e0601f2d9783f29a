//! Errors of calls to hosts, transient or permanent.

use std::time::Duration;

use axum::http::StatusCode;
use di_core::BoxError;

use crate::http_client::root_cause;
use crate::storage::HostAddress;

/// Error returned when a call to a host fails.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("{host} cannot be reached: {}", root_cause(&**source))]
    Unreachable { host: HostAddress, source: BoxError },
    #[error("lost the connection to {host}: {}", root_cause(&**source))]
    Interrupted { host: HostAddress, source: BoxError },
    #[error("{host} has no space left: {message}")]
    Full { host: HostAddress, message: String },
    #[error("{host} rejected the request with {status}: {message}")]
    Refused { host: HostAddress, status: StatusCode, message: String },
    #[error("{host} did not respond within {} s", waited.as_secs())]
    Stalled { host: HostAddress, waited: Duration },
    #[error("{host} stored different content from what was sent")]
    Differs { host: HostAddress },
}

impl HostError {
    /// Returns whether a retry might succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            HostError::Unreachable { .. } | HostError::Interrupted { .. } | HostError::Stalled { .. } => true,
            HostError::Refused { status, .. } => status.is_server_error(),
            HostError::Full { .. } | HostError::Differs { .. } => false,
        }
    }
}

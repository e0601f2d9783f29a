use std::time::Duration;

use axum::http::StatusCode;
use di_core::BoxError;

use crate::http_client::innermost;
use crate::storage::HostAddress;

/// Why a host did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("{host} cannot be reached: {}", innermost(&**source))]
    Unreachable { host: HostAddress, source: BoxError },
    #[error("{host} broke off: {}", innermost(&**source))]
    Interrupted { host: HostAddress, source: BoxError },
    #[error("{host} has no space left: {message}")]
    Full { host: HostAddress, message: String },
    #[error("{host} refused, with {status}: {message}")]
    Refused { host: HostAddress, status: StatusCode, message: String },
    #[error("{host} did not answer for {} s", waited.as_secs())]
    Stalled { host: HostAddress, waited: Duration },
    #[error("{host} has stored something else than it was sent")]
    Differs { host: HostAddress },
}

impl HostError {
    /// Whether the same call may succeed a little later.
    pub fn can_pass(&self) -> bool {
        match self {
            HostError::Unreachable { .. } | HostError::Interrupted { .. } | HostError::Stalled { .. } => true,
            HostError::Refused { status, .. } => status.is_server_error(),
            HostError::Full { .. } | HostError::Differs { .. } => false,
        }
    }
}

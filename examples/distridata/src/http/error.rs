//! HTTP status and body of failed requests.

use std::fmt::Display;
use std::io;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::RequestId;
use crate::storage::{CatalogError, GetError, HostError, PutError};

/// Error response of a request. Contains the request id, which identifies the matching log lines.
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
    id: RequestId,
}

/// Error with an HTTP status.
pub(super) trait HasStatus: Display {
    fn status(&self) -> StatusCode;
}

impl ApiError {
    pub(super) fn new(error: impl HasStatus, id: &RequestId) -> Self {
        ApiError { status: error.status(), message: error.to_string(), id: id.clone() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let ApiError { status, message, id } = self;
        tracing::warn!(%status, message, "request rejected");
        (status, format!("{message} (request {id})")).into_response()
    }
}

impl HasStatus for PutError {
    fn status(&self) -> StatusCode {
        match self {
            PutError::Content(error) if error.kind() == io::ErrorKind::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
            PutError::BadName(_) | PutError::Empty | PutError::Content(_) => StatusCode::BAD_REQUEST,
            PutError::Host(HostError::Full { .. }) => StatusCode::INSUFFICIENT_STORAGE,
            PutError::Host(_) => StatusCode::BAD_GATEWAY,
            PutError::Catalog(error) => error.status(),
        }
    }
}

impl HasStatus for GetError {
    fn status(&self) -> StatusCode {
        match self {
            GetError::Unknown(_) => StatusCode::NOT_FOUND,
            GetError::Catalog(error) => error.status(),
        }
    }
}

impl HasStatus for CatalogError {
    fn status(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}

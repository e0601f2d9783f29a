use std::fmt::Display;
use std::io;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::RequestId;
use crate::storage::{CatalogueError, GetError, HostError, PutError};

/// An error, as the response to a request, whose id it bears: who complains of it, names the lines of the log.
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    id: RequestId,
}

/// An error that can be a response.
pub(super) trait Refuse: Display {
    fn status(&self) -> StatusCode;
}

impl Refusal {
    pub(super) fn new(error: impl Refuse, id: &RequestId) -> Self {
        Refusal { status: error.status(), message: error.to_string(), id: id.clone() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Refusal { status, message, id } = self;
        tracing::warn!(%status, message, "request refused");
        (status, format!("{message} (request {id})")).into_response()
    }
}

impl Refuse for PutError {
    fn status(&self) -> StatusCode {
        match self {
            PutError::Content(error) if error.kind() == io::ErrorKind::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
            PutError::BadName(_) | PutError::Empty | PutError::Content(_) => StatusCode::BAD_REQUEST,
            PutError::Host(HostError::Full { .. }) => StatusCode::INSUFFICIENT_STORAGE,
            PutError::Host(_) => StatusCode::BAD_GATEWAY,
            PutError::Catalogue(error) => error.status(),
        }
    }
}

impl Refuse for GetError {
    fn status(&self) -> StatusCode {
        match self {
            GetError::Unknown(_) => StatusCode::NOT_FOUND,
            GetError::Catalogue(error) => error.status(),
        }
    }
}

impl Refuse for CatalogueError {
    fn status(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}

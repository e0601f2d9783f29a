//! One log line per request, answered or not.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::http::StatusCode;
use di_core::ambient::Clock;
use di_core::component;

use super::{RequestHead, RequestId};

/// Logs one line per request when its scope is dropped, even if the client disconnects before the response.
pub struct RequestLog {
    id: RequestId,
    head: Arc<RequestHead>,
    clock: Arc<dyn Clock>,
    start: Instant,
    status: OnceLock<StatusCode>,
}

#[component]
impl RequestLog {
    pub fn new(id: RequestId, head: Arc<RequestHead>, clock: Arc<dyn Clock>) -> Self {
        let start = clock.now();
        RequestLog { id, head, clock, start, status: OnceLock::new() }
    }

    /// Records the status of the response.
    pub fn answered(&self, status: StatusCode) {
        _ = self.status.set(status);
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        let RequestLog { id, head, .. } = self;
        let duration = self.clock.now() - self.start;
        let (method, path) = (&head.method, &head.path);
        match self.status.get() {
            Some(status) => tracing::info!(%id, %method, path, status = status.as_u16(), ?duration, "answered"),
            None => tracing::info!(%id, %method, path, ?duration, "not answered: the client disconnected"),
        }
    }
}

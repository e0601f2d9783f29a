use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::http::StatusCode;
use di_core::ambient::Clock;
use di_core::component;

use super::{RequestHead, RequestId};

/// Writes one line for each request, as its scope ends: also for one that nobody waited for to be answered.
pub struct RequestLog {
    id: RequestId,
    head: Arc<RequestHead>,
    clock: Arc<dyn Clock>,
    begun: Instant,
    status: OnceLock<StatusCode>,
}

#[component]
impl RequestLog {
    pub fn new(id: RequestId, head: Arc<RequestHead>, clock: Arc<dyn Clock>) -> Self {
        let begun = clock.now();
        RequestLog { id, head, clock, begun, status: OnceLock::new() }
    }

    /// The request has been answered, with this status.
    pub fn answered(&self, status: StatusCode) {
        _ = self.status.set(status);
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        let RequestLog { id, head, .. } = self;
        let duration = self.clock.now() - self.begun;
        let (method, path) = (&head.method, &head.path);
        match self.status.get() {
            Some(status) => tracing::info!(%id, %method, path, status = status.as_u16(), ?duration, "answered"),
            None => tracing::info!(%id, %method, path, ?duration, "not answered: the client has gone"),
        }
    }
}

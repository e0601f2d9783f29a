//! Scope of a request, and the middleware that builds it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use di_core::Container;
use di_core::ambient::{Clock, Entropy};
use tracing::Instrument;

use super::{Http, RequestId, RequestLog};
use crate::storage::Coordinate;

/// Scope of a request, with its own components and imports that all requests share.
#[derive(Container)]
#[container(deny(unused))]
pub struct RequestScope {
    #[input]
    http: Arc<Http>,
    #[input]
    head: Arc<RequestHead>,
    #[import(http)]
    clock: Arc<dyn Clock>,
    #[import(http)]
    entropy: Arc<dyn Entropy>,
    #[import(http)]
    pub coordinator: Arc<dyn Coordinate>,
    #[component]
    pub id: RequestId,
    #[component]
    pub log: Arc<RequestLog>,
}

/// Parts of a request's head that components need.
#[derive(Clone, Debug)]
pub struct RequestHead {
    pub method: Method,
    pub path: String,
    /// Id sent by the client, not validated.
    pub given_id: Option<String>,
}

/// Header of requests and responses that carries the request id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl RequestHead {
    fn new(request: &axum::extract::Request) -> Self {
        let given_id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let path = request.uri().path().to_owned();
        RequestHead { method: request.method().clone(), path, given_id: given_id.map(str::to_owned) }
    }
}

/// Handles a request in its own scope, which handlers can get as an extension.
pub(super) async fn in_scope(
    State(http): State<Arc<Http>>,
    mut request: axum::extract::Request,
    next: Next,
) -> Response {
    let scope = match RequestScope::builder(http, RequestHead::new(&request)).build_sync() {
        Ok(scope) => Arc::new(scope),
        Err(error) => {
            tracing::error!(%error, "failed to build the request scope");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    request.extensions_mut().insert(scope.clone());
    let span = tracing::info_span!("request", id = %scope.id);
    let mut response = next.run(request).instrument(span).await;
    response.headers_mut().insert(REQUEST_ID, scope.id.header());
    scope.log.answered(response.status());
    response
}

#[cfg(test)]
mod tests {
    use di_core::BuildError;
    use di_core::ambient::Ambient;

    use super::*;
    use crate::storage::{MockCoordinate, Storage};

    async fn http() -> Result<Arc<Http>, BuildError> {
        let Ambient { clock, entropy, .. } = Ambient::tokio();
        let metrics: Arc<crate::storage::HostMetrics> = Storage::slice().get().await?;
        let http = Http::builder(clock, entropy, Arc::new(MockCoordinate::new()), metrics, Vec::new());
        Ok(Arc::new(http.build().await?))
    }

    fn head() -> RequestHead {
        RequestHead { method: Method::GET, path: "/objects".into(), given_id: None }
    }

    #[tokio::test]
    async fn two_requests_share_only_imported_components() -> Result<(), BuildError> {
        let http = http().await?;
        let one = RequestScope::builder(http.clone(), head()).build_sync()?;
        let two = RequestScope::builder(http.clone(), head()).build_sync()?;
        assert!(Arc::ptr_eq(&one.coordinator, &two.coordinator));
        assert!(!Arc::ptr_eq(&one.log, &two.log));
        assert_ne!(one.id, two.id);
        Ok(())
    }

    #[tokio::test]
    async fn a_scope_drops_its_components() -> Result<(), BuildError> {
        let http = http().await?;
        let scope = RequestScope::builder(http.clone(), head()).build_sync()?;
        let log = Arc::downgrade(&scope.log);
        drop(scope);
        assert!(log.upgrade().is_none());
        assert_eq!(Arc::strong_count(&http), 1);
        Ok(())
    }
}

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

/// The scope of a request: what there is once for each, and what it shares with all others.
#[derive(Container)]
#[container(deny(unused))]
pub struct Request {
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

/// What a request begins with.
#[derive(Clone, Debug)]
pub struct RequestHead {
    pub method: Method,
    pub path: String,
    /// The id that the client has given it, whatever that is.
    pub given_id: Option<String>,
}

/// The id of a request, in its head and in the head of its response.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl RequestHead {
    fn of(request: &axum::extract::Request) -> Self {
        let given_id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let path = request.uri().path().to_owned();
        RequestHead { method: request.method().clone(), path, given_id: given_id.map(str::to_owned) }
    }
}

/// Answers a request in a scope of its own, which handlers find in its extensions.
pub(super) async fn in_scope(
    State(http): State<Arc<Http>>,
    mut request: axum::extract::Request,
    next: Next,
) -> Response {
    let scope = match Request::builder(http, RequestHead::of(&request)).build_sync() {
        Ok(scope) => Arc::new(scope),
        Err(error) => {
            tracing::error!(%error, "a request has no scope");
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
    async fn two_requests_share_what_is_around_them_and_nothing_else() -> Result<(), BuildError> {
        let http = http().await?;
        let one = Request::builder(http.clone(), head()).build_sync()?;
        let two = Request::builder(http.clone(), head()).build_sync()?;
        assert!(Arc::ptr_eq(&one.coordinator, &two.coordinator));
        assert!(!Arc::ptr_eq(&one.log, &two.log));
        assert_ne!(one.id, two.id);
        Ok(())
    }

    #[tokio::test]
    async fn what_stands_in_a_scope_ends_with_it() -> Result<(), BuildError> {
        let http = http().await?;
        let scope = Request::builder(http.clone(), head()).build_sync()?;
        let log = Arc::downgrade(&scope.log);
        drop(scope);
        assert!(log.upgrade().is_none());
        assert_eq!(Arc::strong_count(&http), 1);
        Ok(())
    }
}

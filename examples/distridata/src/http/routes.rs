//! Routes: `PUT` and `GET` of `/objects/{name}`, `GET` of `/objects`, `/health` and `/metrics`.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router, middleware};
use di_core::{HealthChecks, Inject, Shutdown};
use futures_util::{StreamExt, TryStreamExt};

use super::error::ApiError;
use super::request::in_scope;
use super::{Http, RequestScope};
use crate::interrupt;
use crate::object::Object;
use crate::storage::HostMetrics;

/// Response header with the digest of an object.
pub const SHA256: HeaderName = HeaderName::from_static("x-sha256");

/// Returns all routes. Each request has its own scope.
pub(super) fn router(http: Http) -> Router {
    let http = Arc::new(http);
    Router::new()
        .route("/health", get(report))
        .route("/metrics", get(metrics))
        .route("/objects", get(list))
        .route("/objects/{*name}", get(fetch).put(put))
        .layer(middleware::from_fn_with_state(http.clone(), in_scope))
        .with_state(http)
}

type Scope = Extension<Arc<RequestScope>>;

async fn report(Inject(health): Inject<Arc<HealthChecks>>) -> (StatusCode, String) {
    let report = health.report().await;
    let status = if report.is_healthy() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, report.to_string())
}

async fn metrics(Inject(metrics): Inject<Arc<HostMetrics>>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.to_string())
}

async fn put(
    Extension(request): Scope,
    Inject(cut_off): Inject<Shutdown>,
    Path(name): Path<String>,
    body: Body,
) -> Result<Json<Object>, ApiError> {
    let content = body.into_data_stream().map_err(io::Error::other).boxed();
    let content = interrupt::until_shutdown(content, &cut_off);
    let object = request.coordinator.put(&name, content).await;
    Ok(Json(object.map_err(|error| ApiError::new(error, &request.id))?))
}

async fn fetch(Extension(request): Scope, Path(name): Path<String>) -> Result<Response, ApiError> {
    let found = request.coordinator.get(&name).await;
    let (object, content) = found.map_err(|error| ApiError::new(error, &request.id))?;
    let head = [(header::CONTENT_LENGTH, object.size.to_string()), (SHA256, object.sha256.to_string())];
    Ok((head, Body::from_stream(content)).into_response())
}

async fn list(Extension(request): Scope) -> Result<Json<Vec<Object>>, ApiError> {
    let objects = request.coordinator.list().await;
    Ok(Json(objects.map_err(|error| ApiError::new(error, &request.id))?))
}

#[cfg(test)]
mod tests {
    use di_core::{BuildError, HealthCheck};
    use mockall::predicate::{always, eq};
    use reqwest::Client;

    use super::*;
    use crate::app::App;
    use crate::config::Config;
    use crate::digest::Digest;
    use crate::http::{HttpServer, REQUEST_ID};
    use crate::storage::{GetError, MockCoordinate, PutError, Storage};

    struct Unhealthy;

    #[async_trait::async_trait]
    impl HealthCheck for Unhealthy {
        fn name(&self) -> &str {
            "catalog"
        }

        async fn check(&self) -> Result<(), di_core::BoxError> {
            Err("the disk is gone".into())
        }
    }

    #[tokio::test]
    async fn health_returns_a_status_and_a_line_per_check() -> Result<(), BuildError> {
        let (_server, url) = serve_with(MockCoordinate::new(), vec![Arc::new(Unhealthy)]).await?;
        let response = client().get(format!("{url}/health")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.text().await.unwrap().starts_with("catalog: the disk is gone"));
        Ok(())
    }

    fn object() -> Object {
        Object { name: "a/b".into(), size: 3, sha256: Digest::of("abc"), shards: Vec::new() }
    }

    /// Starts a server with a mock coordinator, and returns it with its URL.
    async fn serve(coordinator: MockCoordinate) -> Result<(Arc<HttpServer>, String), BuildError> {
        serve_with(coordinator, Vec::new()).await
    }

    async fn serve_with(
        coordinator: MockCoordinate,
        checks: Vec<Arc<dyn HealthCheck>>,
    ) -> Result<(Arc<HttpServer>, String), BuildError> {
        let slice = App::slice().with_config(Arc::new(Config::new("/unused"))).with_checks(checks);
        let slice = slice.with_coordinator(Arc::new(coordinator)).with_host_metrics(Storage::slice().get().await?);
        let server: Arc<HttpServer> = slice.strict().get().await?;
        let url = format!("http://{}", server.address());
        Ok((server, url))
    }

    fn client() -> Client {
        Client::builder().no_proxy().build().unwrap()
    }

    #[tokio::test]
    async fn an_object_is_put_and_read_back() -> Result<(), BuildError> {
        let mut coordinator = MockCoordinate::new();
        coordinator.expect_put().with(eq("a/b"), always()).returning(|_, _| Ok(object()));
        coordinator
            .expect_get()
            .with(eq("a/b"))
            .returning(|_| Ok((object(), testkit::stream::script().item(Ok("abc".into())).boxed())));
        coordinator.expect_list().returning(|| Ok(vec![object()]));
        let (_server, url) = serve(coordinator).await?;
        let put = client().put(format!("{url}/objects/a/b")).body("abc").send().await.unwrap();
        assert_eq!(put.json::<Object>().await.unwrap(), object());
        let fetched = client().get(format!("{url}/objects/a/b")).send().await.unwrap();
        assert_eq!(fetched.headers()[SHA256], Digest::of("abc").to_string());
        assert_eq!(fetched.text().await.unwrap(), "abc");
        assert_eq!(
            client().get(format!("{url}/objects")).send().await.unwrap().json::<Vec<Object>>().await.unwrap(),
            [object()]
        );
        Ok(())
    }

    #[tokio::test]
    async fn an_error_has_a_status_and_a_message() -> Result<(), BuildError> {
        let mut coordinator = MockCoordinate::new();
        coordinator.expect_put().returning(|_, _| Err(PutError::Empty));
        coordinator.expect_get().returning(|name| Err(GetError::Unknown(name.to_owned())));
        let (_server, url) = serve(coordinator).await?;
        let put = client().put(format!("{url}/objects/empty")).send().await.unwrap();
        assert_eq!(put.status(), StatusCode::BAD_REQUEST);
        let id = put.headers()[REQUEST_ID].to_str().unwrap().to_owned();
        assert_eq!(put.text().await.unwrap(), format!("the content is empty (request {id})"));
        assert_eq!(client().get(format!("{url}/objects/no")).send().await.unwrap().status(), StatusCode::NOT_FOUND);
        Ok(())
    }

    #[tokio::test]
    async fn each_request_has_an_id_new_or_from_the_client() -> Result<(), BuildError> {
        let (_server, url) = serve(MockCoordinate::new()).await?;
        let id = async |request: reqwest::RequestBuilder| {
            request.send().await.unwrap().headers()[REQUEST_ID].to_str().unwrap().to_owned()
        };
        let one = id(client().get(format!("{url}/metrics"))).await;
        let two = id(client().get(format!("{url}/no/such/route"))).await;
        assert!(one != two && one.len() == 16, "{one} {two}");
        assert_eq!(id(client().get(url).header(REQUEST_ID, "the-clients-own")).await, "the-clients-own");
        Ok(())
    }

    #[tokio::test]
    async fn metrics_use_the_prometheus_text_format() -> Result<(), BuildError> {
        let (_server, url) = serve(MockCoordinate::new()).await?;
        let response = client().get(format!("{url}/metrics")).send().await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; version=0.0.4");
        let text = response.text().await.unwrap();
        assert!(
            text.contains("\ndistridata_host_calls_total{operation=\"store\",outcome=\"succeeded\"} 0\n"),
            "{text}"
        );
        Ok(())
    }
}

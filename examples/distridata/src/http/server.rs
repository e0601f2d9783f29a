use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use di_core::{HealthChecks, Inject, component};
use futures_util::{StreamExt, TryStreamExt};

use super::Http;
use crate::config::Config;
use crate::object::Object;
use crate::serving::{ListenError, Serving};
use crate::storage::{CatalogueError, Coordinate, GetError, HostError, HostMetrics, PutError};

/// The HTTP side of the coordinator: `PUT` and `GET` of `/objects/{name}`, `GET` of `/objects`.
pub struct HttpServer {
    serving: Serving,
}

/// The digest of an object, in the head of the response that carries it.
pub const SHA256: HeaderName = HeaderName::from_static("x-sha256");

#[component]
impl HttpServer {
    pub async fn new(config: &Config, http: Http) -> Result<Self, ListenError> {
        let router = Router::new()
            .route("/health", get(report))
            .route("/metrics", get(metrics))
            .route("/objects", get(list))
            .route("/objects/{*name}", get(fetch).put(put))
            .with_state(Arc::new(http));
        Ok(HttpServer { serving: Serving::start(config.listen, router).await? })
    }

    /// Lets the requests under way finish.
    #[stop(timeout = "30s")]
    async fn drain(&self) {
        self.serving.drain().await;
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.serving.address()
    }
}

type Coordinator = Inject<Arc<dyn Coordinate>>;

async fn report(Inject(health): Inject<Arc<HealthChecks>>) -> (StatusCode, String) {
    let report = health.report().await;
    let status = if report.is_healthy() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, report.to_string())
}

async fn metrics(Inject(metrics): Inject<Arc<HostMetrics>>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.to_string())
}

async fn put(Inject(coordinator): Coordinator, Path(name): Path<String>, body: Body) -> Result<Json<Object>, Refusal> {
    let content = body.into_data_stream().map_err(io::Error::other).boxed();
    Ok(Json(coordinator.put(&name, content).await?))
}

async fn fetch(Inject(coordinator): Coordinator, Path(name): Path<String>) -> Result<Response, Refusal> {
    let (object, content) = coordinator.get(&name).await?;
    let head = [(header::CONTENT_LENGTH, object.size.to_string()), (SHA256, object.sha256.to_string())];
    Ok((head, Body::from_stream(content)).into_response())
}

async fn list(Inject(coordinator): Coordinator) -> Result<Json<Vec<Object>>, Refusal> {
    Ok(Json(coordinator.list().await?))
}

/// An error, as a response.
struct Refusal {
    status: StatusCode,
    message: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        tracing::warn!(status = %self.status, message = self.message, "request refused");
        (self.status, self.message).into_response()
    }
}

impl From<PutError> for Refusal {
    fn from(error: PutError) -> Self {
        let status = match &error {
            PutError::BadName(_) | PutError::Empty | PutError::Content(_) => StatusCode::BAD_REQUEST,
            PutError::Host(HostError::Full { .. }) => StatusCode::INSUFFICIENT_STORAGE,
            PutError::Host(_) => StatusCode::BAD_GATEWAY,
            PutError::Catalogue(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Refusal { status, message: error.to_string() }
    }
}

impl From<GetError> for Refusal {
    fn from(error: GetError) -> Self {
        match error {
            GetError::Unknown(_) => Refusal { status: StatusCode::NOT_FOUND, message: error.to_string() },
            GetError::Catalogue(error) => error.into(),
        }
    }
}

impl From<CatalogueError> for Refusal {
    fn from(error: CatalogueError) -> Self {
        Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use di_core::BuildError;
    use mockall::predicate::{always, eq};
    use reqwest::Client;

    use super::*;
    use crate::app::App;
    use crate::digest::Digest;
    use crate::storage::MockCoordinate;

    struct Sick;

    #[async_trait::async_trait]
    impl di_core::HealthCheck for Sick {
        fn name(&self) -> &str {
            "catalogue"
        }

        async fn check(&self) -> Result<(), di_core::BoxError> {
            Err("the disk is gone".into())
        }
    }

    #[tokio::test]
    async fn health_is_a_status_and_a_line_for_each_part() -> Result<(), BuildError> {
        let config = Arc::new(Config::new("/unused"));
        let slice = App::slice().with_config(config).with_coordinator(Arc::new(MockCoordinate::new()));
        let server: Arc<HttpServer> = slice.with_checks(vec![Arc::new(Sick)]).strict().get().await?;
        let url = format!("http://{}/health", server.address());
        let response = client().get(url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.text().await.unwrap().starts_with("catalogue: the disk is gone"));
        Ok(())
    }

    fn object() -> Object {
        Object { name: "a/b".into(), size: 3, sha256: Digest::of("abc"), shards: Vec::new() }
    }

    /// A server with a mock behind it, and the URL of its objects.
    async fn serve(coordinator: MockCoordinate) -> Result<(Arc<HttpServer>, String), BuildError> {
        let config = Arc::new(Config::new("/unused"));
        let slice = App::slice().with_config(config).with_coordinator(Arc::new(coordinator)).with_checks(Vec::new());
        let server: Arc<HttpServer> = slice.strict().get().await?;
        let url = format!("http://{}/objects", server.address());
        Ok((server, url))
    }

    fn client() -> Client {
        Client::builder().no_proxy().build().unwrap()
    }

    #[tokio::test]
    async fn an_object_is_put_and_fetched() -> Result<(), BuildError> {
        let mut coordinator = MockCoordinate::new();
        coordinator.expect_put().with(eq("a/b"), always()).returning(|_, _| Ok(object()));
        coordinator
            .expect_get()
            .with(eq("a/b"))
            .returning(|_| Ok((object(), testkit::stream::script().item(Ok("abc".into())).boxed())));
        coordinator.expect_list().returning(|| Ok(vec![object()]));
        let (_server, url) = serve(coordinator).await?;
        let put = client().put(format!("{url}/a/b")).body("abc").send().await.unwrap();
        assert_eq!(put.json::<Object>().await.unwrap(), object());
        let fetched = client().get(format!("{url}/a/b")).send().await.unwrap();
        assert_eq!(fetched.headers()[SHA256], Digest::of("abc").to_string());
        assert_eq!(fetched.text().await.unwrap(), "abc");
        assert_eq!(client().get(url).send().await.unwrap().json::<Vec<Object>>().await.unwrap(), [object()]);
        Ok(())
    }

    #[tokio::test]
    async fn an_error_is_a_status_and_a_sentence() -> Result<(), BuildError> {
        let mut coordinator = MockCoordinate::new();
        coordinator.expect_put().returning(|_, _| Err(PutError::Empty));
        coordinator.expect_get().returning(|name| Err(GetError::Unknown(name.to_owned())));
        let (_server, url) = serve(coordinator).await?;
        let put = client().put(format!("{url}/empty")).send().await.unwrap();
        assert_eq!(put.status(), StatusCode::BAD_REQUEST);
        assert_eq!(put.text().await.unwrap(), "there is nothing in it");
        assert_eq!(client().get(format!("{url}/no")).send().await.unwrap().status(), StatusCode::NOT_FOUND);
        Ok(())
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_named() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let config = Config { listen: taken.local_addr().unwrap(), ..Config::new("/unused") };
        let slice = App::slice().with_config(Arc::new(config)).with_coordinator(Arc::new(MockCoordinate::new()));
        let slice = slice.with_checks(Vec::new());
        let text = slice.get::<Arc<HttpServer>>().await.err().unwrap().to_string();
        assert!(text.contains("`server` (HttpServer) failed: cannot listen on 127.0.0.1:"), "{text}");
    }
}

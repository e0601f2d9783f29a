//! A transaction for each HTTP request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get as on_get;
use di_core::{BoxError, Container, ScopeError, component};

use super::{ambient, client, get, serve, text};

#[derive(Default)]
struct Database {
    committed: AtomicUsize,
    rolled_back: AtomicUsize,
}

impl Database {
    fn ended(&self) -> (usize, usize) {
        (self.committed.load(Ordering::Relaxed), self.rolled_back.load(Ordering::Relaxed))
    }
}

struct Transaction {
    database: Arc<Database>,
}

#[component]
impl Transaction {
    async fn new(database: Arc<Database>) -> Self {
        Transaction { database }
    }

    #[commit]
    async fn commit(&self) {
        self.database.committed.fetch_add(1, Ordering::Relaxed);
    }

    #[rollback]
    async fn roll_back(&self) {
        self.database.rolled_back.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Container)]
struct App {
    #[input]
    pub database: Arc<Database>,
}

#[derive(Container)]
struct Request {
    #[input]
    app: Arc<App>,
    #[import(app)]
    database: Arc<Database>,
    #[component]
    transaction: Arc<Transaction>,
}

enum Failure {
    Invalid,
    Scope(ScopeError),
}

impl From<ScopeError> for Failure {
    fn from(error: ScopeError) -> Self {
        Failure::Scope(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Failure::Invalid => StatusCode::BAD_REQUEST.into_response(),
            Failure::Scope(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}")).into_response(),
        }
    }
}

async fn add(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<String, Failure> {
    let adding = Request::builder(app).scoped(async |request| match name.as_str() {
        "slow" => std::future::pending().await,
        "" | "nobody" => Err(Failure::Invalid),
        name => Ok(format!("{name}, among {} requests", Arc::strong_count(&request.app))),
    });
    adding.await
}

/// A handler returns a future that is `Send`, and a client that disconnects drops it.
#[tokio::test(start_paused = true)]
async fn the_transaction_of_a_request_is_committed_or_rolled_back() -> Result<(), BoxError> {
    let app = Arc::new(App::builder(Database::default()).build().await?);
    let router = Router::new().route("/{name}", on_get(add)).with_state(app.clone());
    let ambient = ambient(&Arc::default());
    let _serving = serve(&ambient, "host-1:80", router).await;

    let response = client(&ambient).request(get("http://host-1/ann")).await?;
    assert!(text(response).await.starts_with("ann, among "));
    assert_eq!(app.database.ended(), (1, 0));

    let response = client(&ambient).request(get("http://host-1/nobody")).await?;
    assert_eq!((response.status(), app.database.ended()), (StatusCode::BAD_REQUEST, (1, 1)));

    let slow = client(&ambient);
    let response = tokio::time::timeout(Duration::from_secs(1), slow.request(get("http://host-1/slow"))).await;
    assert!(response.is_err());
    drop(slow);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(app.database.ended(), (1, 2));
    Ok(())
}

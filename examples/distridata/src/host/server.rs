//! HTTP routes of a storage host.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use axum::{Json, Router};
use di_core::component;
use futures_util::{StreamExt, TryStreamExt};

use super::{HostConfig, ShardStore, StoreError};
use crate::servers::{ListenError, RunningServer, Servers};

/// HTTP server of a storage host: `PUT`, `GET` and `DELETE` of `/shards/{id}`.
pub struct HostServer {
    server: RunningServer,
}

#[component]
impl HostServer {
    pub async fn new(config: &HostConfig, shards: Arc<dyn ShardStore>, servers: &Servers) -> Result<Self, ListenError> {
        let router = Router::new().route("/shards/{id}", put(store).get(open).delete(delete)).with_state(shards);
        Ok(HostServer { server: servers.start(&config.listen, router).await? })
    }

    /// Waits for requests in flight.
    #[stop(timeout = "30s")]
    async fn drain(&self) {
        self.server.drain().await;
    }

    /// Returns the address at which the host listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

type Shards = State<Arc<dyn ShardStore>>;

async fn store(State(shards): Shards, Path(id): Path<String>, body: Body) -> Result<Response, StoreError> {
    let content = body.into_data_stream().map_err(io::Error::other).boxed();
    Ok(Json(shards.store(&id, content).await?).into_response())
}

async fn open(State(shards): Shards, Path(id): Path<String>) -> Result<Response, StoreError> {
    match shards.open(&id).await? {
        Some(content) => Ok(Body::from_stream(content).into_response()),
        None => Ok((StatusCode::NOT_FOUND, format!("there is no shard `{id}`")).into_response()),
    }
}

async fn delete(State(shards): Shards, Path(id): Path<String>) -> Result<StatusCode, StoreError> {
    shards.delete(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl IntoResponse for StoreError {
    fn into_response(self) -> Response {
        let status = match &self {
            StoreError::CutOff(_) | StoreError::BadName(_) => StatusCode::BAD_REQUEST,
            StoreError::Full => StatusCode::INSUFFICIENT_STORAGE,
            StoreError::Deleted => StatusCode::CONFLICT,
            StoreError::Disk(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        tracing::warn!(error = %self, "request rejected");
        (status, self.to_string()).into_response()
    }
}

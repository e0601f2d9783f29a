//! The default command: replicates a file and compares all copies with the original.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::Request;
use di_core::ambient::Ambient;
use futures_util::TryStreamExt;

use super::put::summary;
use super::{CommandError, output};
use crate::app::App;
use crate::config::Config;
use crate::digest::{Digest, Hasher};
use crate::http_client::{HttpClient, http_client};
use crate::object::{ByteStream, Object};
use crate::storage::HostAddress;

/// Name and content of the replicated file: the README of the service.
const NAME: &str = "README.md";
const CONTENT: &str = include_str!("../../README.md");

/// Demonstrates the service: stores a file over HTTP, and reads it back from the coordinator and from each host.
pub async fn demo(config: Config) -> Result<(), CommandError> {
    let app = App::builder(config).build().await?;
    for host in app.storage.hosts.all() {
        output::line(format_args!("started   {host}"))?;
    }
    output::line(format_args!("started   coordinator ({})", app.server.address()))?;

    let expected = Digest::of(CONTENT);
    let url = format!("http://{}/objects/{NAME}", app.server.address());
    let Ambient { clock, spawner, network, .. } = Ambient::tokio();
    let client = http_client(clock, spawner, network);
    let stored = send(&client, Request::put(&url).body(CONTENT.into())).await?;
    let object: Object = serde_json::from_slice(&stored).map_err(|error| CommandError::Http(error.into()))?;
    output::line(format_args!("stored    {}", summary(&object)))?;
    compare("the object in the catalog", object.sha256, expected)?;

    let fetched = send(&client, Request::get(&url).body(Body::empty())).await?;
    compare("the object returned by the coordinator", Digest::of(&fetched), expected)?;
    output::line(format_args!("read      {} bytes from the coordinator: sha256 equal", fetched.len()))?;

    for host in app.storage.hosts.all() {
        let (size, digest) = read_from(&app, &object, &host).await?;
        compare(&format!("the copy on {host}"), digest, expected)?;
        output::line(format_args!("read      {size} bytes from {}: sha256 equal", host.name))?;
    }
    output::line(format_args!("objects in the catalog: {}", app.storage.catalog.list().await?.len()))?;
    Ok(())
}

fn compare(what: &str, found: Digest, expected: Digest) -> Result<(), CommandError> {
    if found == expected { Ok(()) } else { Err(CommandError::Damaged { what: what.into(), found, expected }) }
}

/// Sends a request to the coordinator and returns the body of its response.
async fn send(client: &HttpClient, request: axum::http::Result<Request<Body>>) -> Result<Bytes, CommandError> {
    let request = request.map_err(|error| CommandError::Http(error.into()))?;
    let response = client.request(request).await.map_err(|error| CommandError::Http(error.into()))?;
    let status = response.status();
    let content = to_bytes(Body::new(response.into_body()), usize::MAX).await;
    let content = content.map_err(|error| CommandError::Http(error.into()))?;
    if status.is_success() {
        return Ok(content);
    }
    Err(CommandError::Refused { status, message: String::from_utf8_lossy(&content).into_owned() })
}

/// Reads the copy of one host, bypassing the coordinator.
async fn read_from(app: &App, object: &Object, host: &HostAddress) -> Result<(u64, Digest), CommandError> {
    let mut hasher = Hasher::default();
    for shard in object.shards.iter().filter(|shard| shard.hosts.contains(&host.name)) {
        let mut content: ByteStream = app.storage.host_client.fetch(host, &shard.id).await?;
        let unreadable = |source| CommandError::Content { name: shard.id.clone(), source };
        while let Some(bytes) = content.try_next().await.map_err(unreadable)? {
            hasher.update(bytes);
        }
    }
    Ok(hasher.finish())
}

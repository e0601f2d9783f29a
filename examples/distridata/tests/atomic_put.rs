//! Atomic puts over HTTP with real hosts: if a host fails, a put stores the whole object or nothing.
//!
//! Overrides private fields of the containers from outside the crate, as any test can.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use di_core::{BoxError, HealthCheck};
use distridata::app::{App, AppBuilder};
use distridata::config::{Config, HostsConfig};
use distridata::host::{HostConfig, ShardStore, StorageHost, StoreError};
use distridata::object::{ByteStream, Object, Stored};
use distridata::storage::{Catalog, CatalogError, PutError};
use futures_util::{StreamExt, TryStreamExt, stream};
use testkit::MockClock;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

const LOOPBACK: &str = "127.0.0.1:0";

/// Starts a working storage host.
async fn host(data_dir: &Path) -> StorageHost {
    StorageHost::builder(HostConfig { data_dir: data_dir.into(), listen: LOOPBACK.into() }).build().await.unwrap()
}

/// Returns the number of shards that a host keeps, complete or not.
fn kept(data_dir: &Path) -> usize {
    files(data_dir, "shards") + files(data_dir, "incoming")
}

/// Returns the number of files in a directory, which exists once it was needed.
fn files(data_dir: &Path, directory: &str) -> usize {
    data_dir.join(directory).read_dir().map_or(0, Iterator::count)
}

/// Configures the service with these hosts, and with shards of 64 KiB.
fn service(data_dir: &Path, hosts: Vec<SocketAddr>) -> AppBuilder {
    let config = Config {
        replicas: hosts.len(),
        hosts: HostsConfig::Remote(hosts.iter().map(SocketAddr::to_string).collect()),
        chunk_size: 4 * 1024,
        shard_size: 64 * 1024,
        ..Config::new(data_dir)
    };
    App::builder(config)
}

/// Returns content of `size` bytes, in pieces of an odd size.
fn content(size: usize) -> ByteStream {
    let bytes: Vec<u8> = (0..size).map(|at| (at * 31 % 251) as u8).collect();
    let pieces: Vec<_> = bytes.chunks(10_007).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces).boxed()
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within 5 s: {what}");
}

#[tokio::test]
async fn an_object_of_many_shards_is_read_back_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { chunk_size: 4 * 1024, shard_size: 64 * 1024, replicas: 2, ..Config::new(dir.path()) };
    let app = App::builder(config).build().await.unwrap();
    let object = app.coordinator.put("object", content(1_000_000)).await.unwrap();
    assert_eq!((object.size, object.shards.len()), (1_000_000, 16));
    assert_eq!(object.shards[1].hosts, ["host-2", "host-3"]);
    let (found, read) = app.coordinator.get("object").await.unwrap();
    assert_eq!(found, object);
    let read: Vec<Bytes> = read.try_collect().await.unwrap();
    let sent: Vec<Bytes> = content(1_000_000).try_collect().await.unwrap();
    assert!(read.concat() == sent.concat());
}

#[tokio::test]
async fn a_host_that_dies_halfway_leaves_no_entry_and_no_shard() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let (first, second) = (host(&one).await, host(&two).await);
    let dying = TcpListener::bind(LOOPBACK).await.unwrap();
    let hosts = vec![first.server.address(), second.server.address(), dying.local_addr().unwrap()];
    // The third host accepts every connection, reads part of the request and disconnects.
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = dying.accept().await {
            let mut some = vec![0; 20_000];
            _ = connection.read_exact(&mut some).await;
        }
    });
    let app = service(&dir.path().join("data"), hosts).build().await.unwrap();
    let error = app.coordinator.put("object", content(1_000_000)).await.unwrap_err();
    assert!(error.to_string().contains("lost the connection to "), "{error}");
    assert!(app.coordinator.list().await.unwrap().is_empty());
    eventually("the other hosts delete their shards", || kept(&one) + kept(&two) == 0).await;
}

#[tokio::test]
async fn content_that_ends_with_an_error_leaves_no_entry_and_no_shard() {
    let dir = tempfile::tempdir().unwrap();
    let one = dir.path().join("one");
    let host = host(&one).await;
    let app = service(&dir.path().join("data"), vec![host.server.address()]).build().await.unwrap();
    let truncated = content(300_000).chain(stream::iter([Err(io::Error::other("unplugged"))]));
    let error = app.coordinator.put("object", truncated.boxed()).await.unwrap_err();
    assert_eq!(error.to_string(), "the content cannot be read: unplugged");
    assert!(app.coordinator.list().await.unwrap().is_empty());
    eventually("the host deletes its shards", || kept(&one) == 0).await;
}

/// Disk that is full after the given number of shards.
struct FullAfter {
    disk: Arc<dyn ShardStore>,
    shards: std::sync::atomic::AtomicUsize,
}

#[async_trait::async_trait]
impl ShardStore for FullAfter {
    async fn store(&self, id: &str, content: ByteStream) -> Result<Stored, StoreError> {
        if self.shards.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            return Err(StoreError::Full);
        }
        self.disk.store(id, content).await
    }

    async fn open(&self, id: &str) -> Result<Option<ByteStream>, StoreError> {
        self.disk.open(id).await
    }

    async fn delete(&self, id: &str) -> Result<(), StoreError> {
        self.disk.delete(id).await
    }
}

#[tokio::test]
async fn a_full_host_leaves_no_entry_and_no_shard() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let roomy = host(&one).await;
    let config = HostConfig { data_dir: two.clone(), listen: LOOPBACK.into() };
    let disk = StorageHost::slice().with_config(Arc::new(config.clone())).get().await.unwrap();
    let full = FullAfter { disk, shards: 2.into() };
    let tight = StorageHost::builder(config).with_shards(Arc::new(full)).build().await.unwrap();
    let app =
        service(&dir.path().join("data"), vec![roomy.server.address(), tight.server.address()]).build().await.unwrap();
    let error = app.coordinator.put("object", content(1_000_000)).await.unwrap_err();
    assert!(error.to_string().contains("has no space left: the disk is full"), "{error}");
    assert!(app.coordinator.list().await.unwrap().is_empty());
    eventually("both hosts delete their shards", || kept(&one) + kept(&two) == 0).await;
}

#[tokio::test]
async fn a_put_that_is_dropped_leaves_no_entry_and_no_shard() {
    let dir = tempfile::tempdir().unwrap();
    let one = dir.path().join("one");
    let host = host(&one).await;
    let app = service(&dir.path().join("data"), vec![host.server.address()]).start().await.unwrap();
    // Four shards, the start of a fifth, and no end.
    let endless = content(300_000).chain(stream::pending());
    let coordinator = app.coordinator.clone();
    let putting = tokio::spawn(async move { coordinator.put("object", endless.boxed()).await });
    eventually("four shards are stored", || files(&one, "shards") == 4).await;
    putting.abort();
    assert!(putting.await.unwrap_err().is_cancelled());
    assert!(app.coordinator.list().await.unwrap().is_empty());
    app.stop().await.unwrap();
    assert_eq!(files(&one, "shards"), 0, "the stop waits for the deletes");
    eventually("the incomplete shard is deleted", || files(&one, "incoming") == 0).await;
}

#[tokio::test]
async fn an_endless_put_is_rolled_back_when_the_service_stops() {
    let dir = tempfile::tempdir().unwrap();
    let one = dir.path().join("one");
    let host = host(&one).await;
    let clock = MockClock::new();
    let app = service(&dir.path().join("data"), vec![host.server.address()]);
    let app = app.ambient(|ambient| ambient.with_clock(Arc::new(clock.clone()))).start().await.unwrap();
    let coordinator = app.coordinator.clone();
    let endless = reqwest::Body::wrap_stream(content(300_000).chain(stream::pending()));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/objects/endless", app.server.address());
    let putting = tokio::spawn(client.put(url).body(endless).send());
    eventually("four shards are stored", || files(&one, "shards") == 4).await;
    let stopping = tokio::spawn(app.stop());
    let grace = Duration::from_secs(20);
    eventually("the stop waits for the put, with a timeout", || clock.sleepers().contains(&grace)).await;
    clock.advance(grace);
    let answered = tokio::time::timeout(Duration::from_secs(5), putting).await.expect("the put is cut off");
    assert_eq!(answered.unwrap().unwrap().status(), reqwest::StatusCode::SERVICE_UNAVAILABLE);
    stopping.await.unwrap().unwrap();
    assert!(coordinator.list().await.unwrap().is_empty());
    assert_eq!(files(&one, "shards"), 0);
}

/// Catalog that cannot be written.
struct ReadOnly;

#[async_trait::async_trait]
impl HealthCheck for ReadOnly {
    fn name(&self) -> &str {
        "catalog"
    }

    async fn check(&self) -> Result<(), BoxError> {
        Err("the catalog is read-only".into())
    }
}

#[async_trait::async_trait]
impl Catalog for ReadOnly {
    async fn commit(&self, _: &Object) -> Result<Option<Object>, CatalogError> {
        Err(CatalogError::Version { path: "catalog.db".into(), found: 2 })
    }

    async fn find(&self, _: &str) -> Result<Option<Object>, CatalogError> {
        Ok(None)
    }

    async fn list(&self) -> Result<Vec<Object>, CatalogError> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_catalog_that_fails_leaves_no_shard() {
    let dir = tempfile::tempdir().unwrap();
    let one = dir.path().join("one");
    let host = host(&one).await;
    let app = service(&dir.path().join("data"), vec![host.server.address()]);
    let app = app.storage(|storage| storage.with_catalog(Arc::new(ReadOnly))).start().await.unwrap();
    let error = app.coordinator.put("object", content(100_000)).await.unwrap_err();
    assert!(matches!(error, PutError::Catalog(_)), "{error}");
    app.stop().await.unwrap();
    assert_eq!(files(&one, "shards"), 0);
}

//! The whole service in one simulation: coordinator and hosts, each a container of its own, with real axum and hyper
//! between them. What is not real here is the wire, and time.

mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use di_core::Host;
use di_core::ambient::Ambient;
use distridata::app::App;
use distridata::config::{Config, HostsConfig};
use distridata::host::{HostConfig, StorageHost};
use distridata::http_client::{HttpClient, http_client};
use futures_util::stream;
use tempfile::TempDir;
use testkit::Sim;

use wire::Wire;

const HOSTS: [&str; 3] = ["host-1:7001", "host-2:7001", "host-3:7001"];
const OBJECT: &str = "http://coordinator:7000/objects/name";

/// The service, the hosts that it goes to by name, and a client.
struct Service {
    dir: TempDir,
    hosts: Vec<Host<StorageHost>>,
    app: Host<App>,
    client: HttpClient,
}

impl Service {
    /// Objects are cut into shards of 4 bytes, and these into chunks of 2. Each host keeps each shard.
    async fn start(sim: Sim) -> Self {
        let ambient = Ambient { network: Arc::new(Wire::default()), ..sim.ambient() };
        let dir = tempfile::tempdir().unwrap();
        let mut hosts = Vec::new();
        for address in HOSTS {
            let config = HostConfig { data_dir: dir.path().join(address), listen: address.into() };
            hosts.push(StorageHost::builder(config).with_ambient(ambient.clone()).start().await.unwrap());
        }
        let config = Config {
            hosts: HostsConfig::Remote(HOSTS.map(str::to_owned).into()),
            chunk_size: 2,
            shard_size: 4,
            listen: "coordinator:7000".into(),
            ..Config::new(dir.path())
        };
        let app = App::builder(config).with_ambient(ambient.clone()).start().await.unwrap();
        let Ambient { clock, spawner, network, .. } = ambient;
        Service { dir, hosts, app, client: http_client(clock, spawner, network) }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.client.request(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(Body::new(response.into_body()), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.into()).unwrap())
    }

    async fn put(&self, content: &'static str) -> (StatusCode, String) {
        let pieces = content.as_bytes().chunks(3).map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece)));
        let body = Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()));
        self.send(Request::put(OBJECT).body(body).unwrap()).await
    }

    async fn get(&self, url: &str) -> (StatusCode, String) {
        self.send(Request::get(url).body(Body::empty()).unwrap()).await
    }

    /// Stops it, and then its hosts. Returns how many shards each of them keeps, whole or not.
    async fn stop(self) -> [usize; 3] {
        self.app.stop().await.unwrap();
        for host in self.hosts {
            host.stop().await.unwrap();
        }
        let count = |directory: &Path| directory.read_dir().unwrap().count();
        HOSTS.map(|host| {
            let data_dir = self.dir.path().join(host);
            count(&data_dir.join("shards")) + count(&data_dir.join("incoming"))
        })
    }
}

#[testkit::test]
async fn an_object_is_put_and_fetched(sim: Sim) {
    let service = Service::start(sim).await;
    assert_eq!(
        service.get("http://coordinator:7000/health").await,
        (StatusCode::OK, "catalogue: ok (0ns)\nhosts: ok (0ns)\n".into())
    );
    let (status, object) = service.put("abcdefghij").await;
    assert_eq!(status, StatusCode::OK, "{object}");
    assert_eq!(service.get(OBJECT).await, (StatusCode::OK, "abcdefghij".into()));
    assert_eq!(service.stop().await, [3; 3]);
}

#[testkit::test]
async fn connections_that_were_idle_are_made_anew(sim: Sim) {
    let service = Service::start(sim).await;
    assert_eq!(service.put("abcdefghij").await.0, StatusCode::OK);
    sim.sleep(Duration::from_secs(600)).await;
    assert_eq!(service.get(OBJECT).await, (StatusCode::OK, "abcdefghij".into()));
    assert_eq!(service.stop().await, [3; 3]);
}

#[testkit::test]
async fn a_host_that_crashes_leaves_an_object_whole_or_not_at_all(sim: Sim) {
    let mut service = Service::start(sim).await;
    let crashing = service.hosts.remove(2);
    // At some time of the put, which takes none: what is spawned first need not be run first.
    let crash = sim.spawn("crash", async move {
        for _ in 0..sim.choose(120) {
            tokio::task::yield_now().await;
        }
        drop(crashing);
    });
    let (status, answer) = service.put("abcdefghij").await;
    crash.await.unwrap();
    let kept = service.stop().await;
    match status {
        StatusCode::OK => assert_eq!(kept, [3; 3]),
        _ => assert_eq!(kept[..2], [0; 2], "{answer}"),
    }
}

#[testkit::test]
async fn a_service_that_stops_answers_the_put_that_is_under_way(sim: Sim) {
    let service = Service::start(sim).await;
    let client = service.client.clone();
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let body = stream::unfold(receiver, async |mut receiver: tokio::sync::mpsc::Receiver<_>| {
        Some((receiver.recv().await?, receiver))
    });
    let request = Request::put(OBJECT).body(Body::from_stream(body)).unwrap();
    let putting = sim.spawn("put", async move { client.request(request).await.unwrap().status() });
    for piece in ["abc", "def"] {
        sender.send(Ok::<_, std::io::Error>(Bytes::from_static(piece.as_bytes()))).await.unwrap();
    }
    sim.settle().await;
    let stopping = sim.spawn("stop", service.stop());
    sim.settle().await;
    drop(sender);
    assert_eq!(putting.await.unwrap(), StatusCode::OK);
    assert_eq!(stopping.await.unwrap(), [2; 3]);
}

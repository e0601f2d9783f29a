//! Starts the service in a simulation: coordinator and hosts, each a container on its own simulated host, and a client.
//! The disks of the hosts are simulated. The catalog is a real file.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use di_core::Host;
use di_core::ambient::{Ambient, Disk};
use distridata::app::{App, AppBuilder};
use distridata::config::{Config, HostsConfig};
use distridata::host::{HostConfig, StorageHost};
use distridata::http_client::{HttpClient, http_client};
use futures_util::stream;
use tempfile::TempDir;
use testkit::Sim;

pub(crate) const HOSTS: [&str; 3] = ["host-1", "host-2", "host-3"];
pub(crate) const OBJECT: &str = "http://coordinator:7000/objects/name";

pub(crate) struct Service {
    sim: Sim,
    _dir: TempDir,
    pub(crate) hosts: Vec<Host<StorageHost>>,
    pub(crate) app: Host<App>,
    pub(crate) client: HttpClient,
}

/// Starts a storage host on a disk.
pub(crate) async fn start_host(sim: Sim, name: &str, disk: Arc<dyn Disk>) -> Host<StorageHost> {
    let config = HostConfig { data_dir: "/unused".into(), listen: "0.0.0.0:7001".into() };
    let machine = sim.host(name);
    let host = StorageHost::builder(config).with_ambient(machine.ambient()).with_disk(disk);
    // The tasks of the container belong to the machine as well.
    machine.spawn("start", host.start()).await.unwrap().unwrap()
}

/// Returns how many shards each host keeps, complete or not.
async fn kept(sim: Sim) -> [usize; 3] {
    let mut kept = [0; 3];
    for (kept, name) in kept.iter_mut().zip(HOSTS) {
        for directory in ["shards", "incoming"] {
            *kept += sim.disk(name).list(directory).await.unwrap().len();
        }
    }
    kept
}

impl Service {
    /// Starts the service with shards of 4 bytes and chunks of 2. Every host keeps every shard.
    pub(crate) async fn start(sim: Sim) -> Self {
        Service::start_with(sim, |app| app).await
    }

    /// Like [`start`](Self::start), with components of the coordinator overridden.
    pub(crate) async fn start_with(sim: Sim, change: impl FnOnce(AppBuilder) -> AppBuilder) -> Self {
        let net = sim.net();
        let dir = tempfile::tempdir().unwrap();
        let mut hosts = Vec::new();
        for name in HOSTS {
            hosts.push(start_host(sim, name, Arc::new(sim.disk(name))).await);
        }
        let config = Config {
            hosts: HostsConfig::Remote(HOSTS.map(|name| format!("{name}:7001")).into()),
            chunk_size: 2,
            shard_size: 4,
            listen: "0.0.0.0:7000".into(),
            ..Config::new(dir.path())
        };
        let app = App::builder(config).with_ambient(net.host("coordinator").ambient());
        let app = change(app).start().await.unwrap();
        let Ambient { clock, spawner, network, .. } = net.host("client").ambient();
        Service { sim, _dir: dir, hosts, app, client: http_client(clock, spawner, network) }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.client.request(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(Body::new(response.into_body()), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.into()).unwrap())
    }

    pub(crate) async fn put(&self, content: &str) -> (StatusCode, String) {
        let pieces = content.as_bytes().chunks(3).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)));
        let body = Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()));
        self.send(Request::put(OBJECT).body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, url: &str) -> (StatusCode, String) {
        self.send(Request::get(url).body(Body::empty()).unwrap()).await
    }

    /// Checks the invariant that holds when no request is in flight: each object in the catalog has all of its
    /// replicas, and the hosts keep nothing else.
    pub(crate) async fn check(&self, expected: Option<&str>) {
        let objects = self.app.coordinator.list().await.unwrap();
        let mut wanted = [0; 3];
        for shard in objects.iter().flat_map(|object| &object.shards) {
            assert_eq!(shard.hosts.len(), 3, "too few replicas of {shard:?}");
            for (wanted, name) in wanted.iter_mut().zip(HOSTS) {
                let name = format!("{name}:7001");
                *wanted += usize::from(shard.hosts.contains(&name));
            }
        }
        match expected {
            Some(content) => assert_eq!(self.get(OBJECT).await, (StatusCode::OK, content.to_owned())),
            None => assert_eq!(self.get(OBJECT).await.0, StatusCode::NOT_FOUND),
        }
        assert_eq!(kept(self.sim).await, wanted, "shards on the hosts must match the catalog");
    }

    /// Stops the coordinator and then the hosts. Returns how many shards each host keeps, complete or not.
    pub(crate) async fn stop(self) -> [usize; 3] {
        self.app.stop().await.unwrap();
        for host in self.hosts {
            host.stop().await.unwrap();
        }
        kept(self.sim).await
    }
}

//! The service in a simulation, with real disks: an object is stored completely or not at all, whichever host fails,
//! whichever client disconnects, and in any order of concurrent events.
//!
//! Only time, and the network between the service and its hosts, are simulated.

use std::collections::BTreeSet;
use std::future::pending;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use di_core::ambient::{Ambient, Spawner, TaskControl, TaskEnd, TaskOrigin};
use di_core::{BoxFuture, Host};
use distridata::config::Config;
use distridata::host::{HostConfig, ShardStore, StorageHost, StoreError};
use distridata::object::{ByteStream, Object, Piece, Stored};
use distridata::storage::{Coordinate, HostAddress, HostClient, HostError, PutError, Retrying, Storage, StorageHosts};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::StatusCode;
use tempfile::TempDir;
use testkit::Sim;
use testkit::types::{TaskSnapshot, TaskState};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The simulation's spawner, except that blocking work runs in a separate task. As in production, other tasks can run
/// before the work completes, and its caller may be dropped by then.
struct BlockingTasks(Sim);

impl Spawner for BlockingTasks {
    fn spawn_boxed(&self, task: TaskOrigin<'_>, future: BoxFuture<TaskEnd>) -> Box<dyn TaskControl> {
        self.0.spawner().spawn_boxed(task, future)
    }

    fn spawn_blocking_boxed(&self, task: TaskOrigin<'_>, work: Box<dyn FnOnce() + Send>) {
        let work = Box::pin(async {
            work();
            TaskEnd::Done
        });
        drop(self.spawn_boxed(task, work));
    }
}

fn ambient(sim: Sim) -> Ambient {
    Ambient { spawner: Arc::new(BlockingTasks(sim)), ..sim.ambient() }
}

/// Behavior of a fake host.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Behavior {
    Works,
    /// Takes a second per chunk.
    Slow,
    /// Reports a full disk after this number of chunks of a shard.
    Full(usize),
    /// Stops reading after this number of chunks of a shard, but keeps the connection open.
    Stalls(usize),
}

const NAMES: [&str; 3] = ["host-1", "host-2", "host-3"];

/// Three hosts, each with a real disk, connected by channels.
struct FakeHosts {
    sim: Sim,
    disks: Vec<Arc<dyn ShardStore>>,
    behavior: [Behavior; 3],
    /// Number of deletes that may still fail because a host is busy.
    busy: Mutex<usize>,
}

impl FakeHosts {
    async fn new(sim: Sim, dir: &Path, behavior: [Behavior; 3]) -> Self {
        let mut disks = Vec::new();
        for name in NAMES {
            let config = HostConfig { data_dir: dir.join(name), listen: "127.0.0.1:0".into() };
            let slice = StorageHost::slice().with_config(Arc::new(config)).with_ambient(ambient(sim));
            disks.push(slice.strict().get().await.unwrap());
        }
        FakeHosts { sim, disks, behavior, busy: Mutex::new(3) }
    }

    fn at(&self, host: &HostAddress) -> (Arc<dyn ShardStore>, Behavior) {
        let number = NAMES.iter().position(|name| *name == host.name).unwrap();
        (self.disks[number].clone(), self.behavior[number])
    }
}

fn refused(host: &HostAddress, error: &StoreError) -> HostError {
    let (host, message) = (host.clone(), error.to_string());
    match error {
        StoreError::Full => HostError::Full { host, message },
        _ => HostError::Refused { host, status: StatusCode::BAD_REQUEST, message },
    }
}

/// Returns the body of a request, which fails if the pieces stop before the end.
fn body(sim: Sim, pieces: mpsc::Receiver<Piece>, behavior: Behavior) -> ByteStream {
    let bytes = stream::unfold(Some((pieces, 0)), move |state| async move {
        let (mut pieces, taken) = state?;
        match behavior {
            Behavior::Full(most) if taken == most => return Some((Err(io::ErrorKind::StorageFull.into()), None)),
            Behavior::Stalls(most) if taken == most => pending().await,
            Behavior::Slow => sim.sleep(Duration::from_secs(1)).await,
            _ => {}
        }
        match pieces.recv().await {
            Some(Piece::Chunk(bytes)) => Some((Ok(bytes), Some((pieces, taken + 1)))),
            Some(Piece::End) => None,
            None => Some((Err(io::ErrorKind::UnexpectedEof.into()), None)),
        }
    });
    bytes.boxed()
}

#[async_trait]
impl HostClient for FakeHosts {
    /// The host stores in a separate task. When its client disconnects, the task completes or is dropped at some
    /// point.
    async fn store(
        &self,
        host: &HostAddress,
        shard: &str,
        mut pieces: mpsc::Receiver<Piece>,
    ) -> Result<Stored, HostError> {
        let (disk, behavior) = self.at(host);
        let (socket, received) = mpsc::channel(8);
        let (sim, shard) = (self.sim, shard.to_owned());
        let hung_up = CancellationToken::new();
        let seen = hung_up.clone();
        let storing = sim.spawn(&format!("{} stores", host.name), async move {
            let is_noticed = matches!(behavior, Behavior::Stalls(_)) || sim.choose(2) == 1;
            tokio::select! {
                biased;
                () = seen.cancelled(), if is_noticed => Err(StoreError::CutOff(io::ErrorKind::ConnectionReset.into())),
                stored = disk.store(&shard, body(sim, received, behavior)) => stored,
            }
        });
        let _client = hung_up.drop_guard();
        while let Some(piece) = pieces.recv().await {
            if socket.send(piece).await.is_err() {
                break;
            }
        }
        drop(socket);
        match storing.await.unwrap() {
            Err(StoreError::CutOff(error)) if error.kind() == io::ErrorKind::StorageFull => {
                Err(refused(host, &StoreError::Full))
            }
            stored => stored.map_err(|error| refused(host, &error)),
        }
    }

    async fn fetch(&self, host: &HostAddress, shard: &str) -> Result<ByteStream, HostError> {
        let (disk, behavior) = self.at(host);
        let opened = disk.open(shard).await.map_err(|error| refused(host, &error))?;
        let content = opened.ok_or_else(|| refused(host, &StoreError::BadName(shard.to_owned())))?;
        // The content arrives byte by byte.
        let content = content.map_ok(|bytes| stream::iter(bytes).map(|byte| Ok(Bytes::copy_from_slice(&[byte]))));
        let content = content.try_flatten().boxed();
        match behavior {
            Behavior::Works | Behavior::Slow => Ok(content),
            Behavior::Full(after) => Ok(content.take(after).boxed()),
            Behavior::Stalls(after) => Ok(content.take(after).chain(stream::pending()).boxed()),
        }
    }

    /// Fails up to three times, because a host is busy.
    async fn delete(&self, host: &HostAddress, shard: &str) -> Result<(), HostError> {
        let is_busy = |left: &mut usize| left.checked_sub(1).map(|fewer| *left = fewer).is_some();
        if self.sim.choose(2) == 1 && is_busy(&mut self.busy.lock().unwrap()) {
            let message = "busy".to_owned();
            return Err(HostError::Refused { host: host.clone(), status: StatusCode::SERVICE_UNAVAILABLE, message });
        }
        let (disk, _) = self.at(host);
        let shard = shard.to_owned();
        let deleting = self.sim.spawn(&format!("{} deletes", host.name), async move { disk.delete(&shard).await });
        deleting.await.unwrap().map_err(|error| refused(host, &error))
    }
}

impl StorageHosts for FakeHosts {
    fn all(&self) -> Vec<HostAddress> {
        NAMES.map(|name| HostAddress { name: name.into(), address: "127.0.0.1:1".into() }).into()
    }
}

/// The service with three hosts, and the directories of all of them.
struct Service {
    sim: Sim,
    dir: Arc<TempDir>,
    storage: Host<Storage>,
}

impl Service {
    /// Starts the service with shards of 4 bytes and chunks of 2. Every host keeps every shard.
    async fn start(sim: Sim, behavior: [Behavior; 3]) -> Self {
        Service::start_in(sim, Arc::new(tempfile::tempdir().unwrap()), behavior).await
    }

    async fn start_in(sim: Sim, dir: Arc<TempDir>, behavior: [Behavior; 3]) -> Self {
        let hosts = Arc::new(FakeHosts::new(sim, dir.path(), behavior).await);
        let config = Config { chunk_size: 2, shard_size: 4, ..Config::new(dir.path()) };
        let Ambient { clock, spawner, entropy, network } = ambient(sim);
        let client = Retrying::new(hosts.clone(), clock.clone(), entropy.clone());
        let storage = Storage::builder(config, clock, spawner, entropy, network).with_hosts(hosts);
        let storage = storage.with_host_client(Arc::new(client)).start().await.unwrap();
        Service { sim, dir, storage }
    }

    fn coordinator(&self) -> Arc<dyn Coordinate> {
        self.storage.coordinator.clone()
    }

    /// Stops the service, and asserts that the hosts keep exactly the shards in the catalog. Returns the objects.
    async fn stop(self) -> Vec<Object> {
        let coordinator = self.coordinator();
        self.storage.stop().await.unwrap();
        let is_under_way = |task: &&TaskSnapshot| task.state() == TaskState::Alive;
        let tasks = self.sim.tasks();
        let left = tasks.iter().filter(is_under_way).find(|task| ["commit", "cleanup"].contains(&task.name()));
        assert!(left.is_none(), "the stop did not wait for {left:?}");
        // Longer than a host needs for a client that has disconnected.
        self.sim.sleep(Duration::from_secs(60)).await;
        let objects = coordinator.list().await.unwrap();
        let shards: BTreeSet<String> =
            objects.iter().flat_map(|object| &object.shards).map(|shard| shard.id.clone()).collect();
        for name in NAMES {
            assert_eq!(files(&self.dir.path().join(name).join("shards")), shards, "complete shards of {name}");
            assert_eq!(
                files(&self.dir.path().join(name).join("incoming")),
                BTreeSet::new(),
                "incomplete shards of {name}"
            );
        }
        objects
    }
}

/// Returns the names of the files in a directory, which exists once it was needed.
fn files(directory: &Path) -> BTreeSet<String> {
    let entries = directory.read_dir().into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn content(bytes: &'static str) -> ByteStream {
    let pieces: Vec<_> = bytes.as_bytes().chunks(3).map(|piece| Ok(Bytes::from_static(piece))).collect();
    stream::iter(pieces).boxed()
}

async fn read(coordinator: &dyn Coordinate, name: &str) -> Result<String, String> {
    let (_, content) = coordinator.get(name).await.map_err(|error| error.to_string())?;
    let pieces: Vec<Bytes> = content.try_collect().await.map_err(|error| error.to_string())?;
    Ok(String::from_utf8(pieces.concat()).unwrap())
}

const WORK: [Behavior; 3] = [Behavior::Works; 3];

#[testkit::test]
async fn an_object_is_stored_despite_a_slow_host(sim: Sim) {
    let service = Service::start(sim, [Behavior::Works, Behavior::Slow, Behavior::Works]).await;
    let coordinator = service.coordinator();
    coordinator.put("name", content("abcdefghij")).await.unwrap();
    assert_eq!(read(&*coordinator, "name").await.unwrap(), "abcdefghij");
    assert_eq!(service.stop().await.len(), 1);
}

#[testkit::test]
async fn a_full_host_leaves_nothing(sim: Sim) {
    let service = Service::start(sim, [Behavior::Works, Behavior::Slow, Behavior::Full(sim.choose(3))]).await;
    let error = service.coordinator().put("name", content("abcdefghij")).await.unwrap_err();
    assert!(matches!(error, PutError::Host(HostError::Full { .. })), "{error}");
    assert_eq!(service.stop().await, []);
}

#[testkit::test]
async fn a_stalled_host_beside_a_slow_one_leaves_nothing(sim: Sim) {
    let service = Service::start(sim, [Behavior::Slow, Behavior::Stalls(sim.choose(3)), Behavior::Works]).await;
    let start = sim.elapsed();
    let error = service.coordinator().put("name", content("abcdefghij")).await.unwrap_err();
    assert!(matches!(error, PutError::Host(HostError::Stalled { .. })), "{error}");
    assert!(sim.elapsed() - start < Duration::from_secs(40), "{:?}", sim.elapsed() - start);
    assert_eq!(service.stop().await, []);
}

#[testkit::test]
async fn content_that_ends_with_an_error_leaves_nothing(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let truncated = content("abcdefghij").chain(stream::iter([Err(io::Error::other("unplugged"))]));
    let error = service.coordinator().put("name", truncated.boxed()).await.unwrap_err();
    assert_eq!(error.to_string(), "the content cannot be read: unplugged");
    assert_eq!(service.stop().await, []);
}

#[testkit::test]
async fn a_put_dropped_at_any_await_stores_the_whole_object_or_nothing(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let coordinator = service.coordinator();
    let put = sim.cancel_anywhere(coordinator.put("name", content("abcdef"))).await;
    let objects = service.stop().await;
    if let Some(put) = put {
        assert_eq!(objects, [put.unwrap()]);
    }
    if let [object] = &objects[..] {
        assert_eq!((object.size, object.shards.len()), (6, 2));
    }
}

#[testkit::test]
async fn a_failing_put_dropped_at_any_await_leaves_nothing(sim: Sim) {
    let service = Service::start(sim, [Behavior::Works, Behavior::Stalls(1), Behavior::Full(2)]).await;
    let coordinator = service.coordinator();
    let put = sim.cancel_anywhere(coordinator.put("name", content("abcdefghij"))).await;
    assert!(put.is_none_or(|put| put.is_err()));
    assert_eq!(service.stop().await, []);
}

#[testkit::test]
async fn one_of_two_puts_of_the_same_name_remains(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let puts = ["first!", "second"].map(|bytes| {
        let coordinator = service.coordinator();
        sim.spawn(bytes, async move { coordinator.put("name", content(bytes)).await.unwrap() })
    });
    for put in puts {
        put.await.unwrap();
    }
    let text = read(&*service.coordinator(), "name").await.unwrap();
    assert!(text == "first!" || text == "second", "{text}");
    assert_eq!(service.stop().await.len(), 1);
}

#[testkit::test]
async fn a_dropped_put_replaces_the_old_object_or_leaves_it(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let coordinator = service.coordinator();
    coordinator.put("name", content("old")).await.unwrap();
    sim.cancel_anywhere(coordinator.put("name", content("newer"))).await;
    // A commit that has started completes in the background.
    sim.settle().await;
    let text = read(&*coordinator, "name").await.unwrap();
    assert!(text == "old" || text == "newer", "{text}");
    assert_eq!(service.stop().await.len(), 1);
}

#[testkit::test]
async fn a_read_during_a_put_returns_either_object_or_an_error(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let coordinator = service.coordinator();
    coordinator.put("name", content("an old one")).await.unwrap();
    let putting = sim.spawn("put", {
        let coordinator = coordinator.clone();
        async move { coordinator.put("name", content("a newer")).await.unwrap() }
    });
    match read(&*coordinator, "name").await {
        Ok(text) => assert!(text == "an old one" || text == "a newer", "{text}"),
        Err(error) => assert!(error.starts_with("cannot read shard"), "{error}"),
    }
    putting.await.unwrap();
    assert_eq!(service.stop().await.len(), 1);
}

#[testkit::test]
async fn a_shard_is_read_despite_hosts_that_stall_and_fail(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let object = service.coordinator().put("name", content("abcdef")).await.unwrap();
    let dir = service.dir.clone();
    assert_eq!(service.stop().await.len(), 1);
    let behavior = [Behavior::Stalls(sim.choose(4)), Behavior::Full(sim.choose(4)), Behavior::Works];
    let service = Service::start_in(sim, dir, behavior).await;
    assert_eq!(read(&*service.coordinator(), "name").await.unwrap(), "abcdef");
    assert_eq!(service.stop().await, [object]);
}

#[testkit::test]
async fn a_deleted_shard_is_not_kept_by_a_concurrent_store(sim: Sim) {
    let dir = tempfile::tempdir().unwrap();
    let hosts = FakeHosts::new(sim, dir.path(), WORK).await;
    let (disk, _) = hosts.at(&hosts.all()[0]);
    let (storing, deleting) = (disk.clone(), disk.clone());
    // Each request has its own connection, so one may overtake the other.
    let storing = sim.spawn("store", async move { storing.store("shard", content("abcdef")).await });
    let deleting = sim.spawn("delete", async move { deleting.delete("shard").await });
    deleting.await.unwrap().unwrap();
    _ = storing.await.unwrap();
    assert_eq!(files(&dir.path().join("host-1/shards")), BTreeSet::new());
    assert_eq!(files(&dir.path().join("host-1/incoming")), BTreeSet::new());
}

#[testkit::test]
async fn a_store_dropped_at_any_await_leaves_no_incomplete_shard(sim: Sim) {
    let dir = tempfile::tempdir().unwrap();
    let hosts = FakeHosts::new(sim, dir.path(), WORK).await;
    let (disk, _) = hosts.at(&hosts.all()[0]);
    sim.cancel_anywhere(disk.store("shard", content("abcdef"))).await;
    sim.settle().await;
    assert_eq!(files(&dir.path().join("host-1/incoming")), BTreeSet::new());
}

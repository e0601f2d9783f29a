//! The service in a simulation, its hosts' disks included: whatever host fails, whoever hangs up, and in whatever order
//! all that goes on at once comes, an object is stored whole or not at all.
//!
//! What is not real here is the wire between the service and its hosts, and time.

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
use testkit::{Sim, TaskSnapshot, TaskState};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The simulation's spawner, but that blocking work is done as a task of its own: in production, too, others run before
/// its end is known, and whoever asked for it may have gone by then.
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

/// How a host deals with what it is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Conduct {
    Works,
    /// Takes a second for each chunk.
    Slow,
    /// Finds its disk full after so many chunks of a shard.
    Full(usize),
    /// Takes so many chunks of a shard, and then neither more of them nor the connection down.
    Stalls(usize),
}

const NAMES: [&str; 3] = ["host-1", "host-2", "host-3"];

/// Three hosts, each with a real disk, at the end of a wire.
struct Wire {
    sim: Sim,
    disks: Vec<Arc<dyn ShardStore>>,
    conduct: [Conduct; 3],
    /// How often one of them may still be too busy to delete a shard.
    busy: Mutex<usize>,
}

impl Wire {
    async fn new(sim: Sim, dir: &Path, conduct: [Conduct; 3]) -> Self {
        let mut disks = Vec::new();
        for name in NAMES {
            let config = HostConfig { data_dir: dir.join(name), listen: "127.0.0.1:0".into() };
            let slice = StorageHost::slice().with_config(Arc::new(config)).with_ambient(ambient(sim));
            disks.push(slice.strict().get().await.unwrap());
        }
        Wire { sim, disks, conduct, busy: Mutex::new(3) }
    }

    fn at(&self, host: &HostAddress) -> (Arc<dyn ShardStore>, Conduct) {
        let number = NAMES.iter().position(|name| *name == host.name).unwrap();
        (self.disks[number].clone(), self.conduct[number])
    }
}

fn refused(host: &HostAddress, error: &StoreError) -> HostError {
    let (host, message) = (host.clone(), error.to_string());
    match error {
        StoreError::Full => HostError::Full { host, message },
        _ => HostError::Refused { host, status: StatusCode::BAD_REQUEST, message },
    }
}

/// The body of a request: cut off, unless it has an end.
fn body(sim: Sim, pieces: mpsc::Receiver<Piece>, conduct: Conduct) -> ByteStream {
    let bytes = stream::unfold(Some((pieces, 0)), move |state| async move {
        let (mut pieces, taken) = state?;
        match conduct {
            Conduct::Full(most) if taken == most => return Some((Err(io::ErrorKind::StorageFull.into()), None)),
            Conduct::Stalls(most) if taken == most => pending().await,
            Conduct::Slow => sim.sleep(Duration::from_secs(1)).await,
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
impl HostClient for Wire {
    /// The host's part is a task of its own, that comes to its end, or is dropped at some time, when its client has gone.
    async fn store(
        &self,
        host: &HostAddress,
        shard: &str,
        mut pieces: mpsc::Receiver<Piece>,
    ) -> Result<Stored, HostError> {
        let (disk, conduct) = self.at(host);
        let (socket, received) = mpsc::channel(8);
        let (sim, shard) = (self.sim, shard.to_owned());
        let hung_up = CancellationToken::new();
        let seen = hung_up.clone();
        let storing = sim.spawn(&format!("{} stores", host.name), async move {
            let is_noticed = matches!(conduct, Conduct::Stalls(_)) || sim.choose(2) == 1;
            tokio::select! {
                biased;
                () = seen.cancelled(), if is_noticed => Err(StoreError::CutOff(io::ErrorKind::ConnectionReset.into())),
                stored = disk.store(&shard, body(sim, received, conduct)) => stored,
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
        let (disk, conduct) = self.at(host);
        let opened = disk.open(shard).await.map_err(|error| refused(host, &error))?;
        let content = opened.ok_or_else(|| refused(host, &StoreError::BadName(shard.to_owned())))?;
        // It arrives byte by byte.
        let content = content.map_ok(|bytes| stream::iter(bytes).map(|byte| Ok(Bytes::copy_from_slice(&[byte]))));
        let content = content.try_flatten().boxed();
        match conduct {
            Conduct::Works | Conduct::Slow => Ok(content),
            Conduct::Full(after) => Ok(content.take(after).boxed()),
            Conduct::Stalls(after) => Ok(content.take(after).chain(stream::pending()).boxed()),
        }
    }

    /// May be refused up to three times, by hosts that are busy.
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

impl StorageHosts for Wire {
    fn all(&self) -> Vec<HostAddress> {
        NAMES.map(|name| HostAddress { name: name.into(), address: "127.0.0.1:1".into() }).into()
    }
}

/// The service over three hosts, and all of their directories.
struct Service {
    sim: Sim,
    dir: Arc<TempDir>,
    storage: Host<Storage>,
}

impl Service {
    /// Objects are cut into shards of 4 bytes, and these into chunks of 2. Each host keeps each shard.
    async fn start(sim: Sim, conduct: [Conduct; 3]) -> Self {
        Service::start_in(sim, Arc::new(tempfile::tempdir().unwrap()), conduct).await
    }

    async fn start_in(sim: Sim, dir: Arc<TempDir>, conduct: [Conduct; 3]) -> Self {
        let wire = Arc::new(Wire::new(sim, dir.path(), conduct).await);
        let config = Config { chunk_size: 2, shard_size: 4, ..Config::new(dir.path()) };
        let Ambient { clock, spawner, entropy, network } = ambient(sim);
        let client = Retrying::new(wire.clone(), clock.clone(), entropy.clone());
        let storage = Storage::builder(config, clock, spawner, entropy, network).with_hosts(wire);
        let storage = storage.with_host_client(Arc::new(client)).start().await.unwrap();
        Service { sim, dir, storage }
    }

    fn coordinator(&self) -> Arc<dyn Coordinate> {
        self.storage.coordinator.clone()
    }

    /// Stops the service, and asserts that the hosts keep what the catalogue says, and nothing else. Returns that.
    async fn stop(self) -> Vec<Object> {
        let coordinator = self.coordinator();
        self.storage.stop().await.unwrap();
        let is_under_way = |task: &&TaskSnapshot| task.state() == TaskState::Alive;
        let tasks = self.sim.tasks();
        let left = tasks.iter().filter(is_under_way).find(|task| ["enter", "discard"].contains(&task.name()));
        assert!(left.is_none(), "the stop has not waited for {left:?}");
        // As long as hosts may still take for those who hung up.
        self.sim.sleep(Duration::from_secs(60)).await;
        let objects = coordinator.list().await.unwrap();
        let shards: BTreeSet<String> =
            objects.iter().flat_map(|object| &object.shards).map(|shard| shard.id.clone()).collect();
        for name in NAMES {
            assert_eq!(files(&self.dir.path().join(name).join("shards")), shards, "complete shards of {name}");
            assert_eq!(files(&self.dir.path().join(name).join("incoming")), BTreeSet::new(), "incomplete, of {name}");
        }
        objects
    }
}

fn files(directory: &Path) -> BTreeSet<String> {
    directory.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
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

const WORK: [Conduct; 3] = [Conduct::Works; 3];

#[testkit::test]
async fn an_object_is_stored_though_a_host_is_slow(sim: Sim) {
    let service = Service::start(sim, [Conduct::Works, Conduct::Slow, Conduct::Works]).await;
    let coordinator = service.coordinator();
    coordinator.put("name", content("abcdefghij")).await.unwrap();
    assert_eq!(read(&*coordinator, "name").await.unwrap(), "abcdefghij");
    assert_eq!(service.stop().await.len(), 1);
}

#[testkit::test]
async fn a_host_that_runs_full_leaves_nothing(sim: Sim) {
    let service = Service::start(sim, [Conduct::Works, Conduct::Slow, Conduct::Full(sim.choose(3))]).await;
    let error = service.coordinator().put("name", content("abcdefghij")).await.unwrap_err();
    assert!(matches!(error, PutError::Host(HostError::Full { .. })), "{error}");
    assert_eq!(service.stop().await, []);
}

#[testkit::test]
async fn a_host_that_stalls_leaves_nothing_beside_one_that_is_slow(sim: Sim) {
    let service = Service::start(sim, [Conduct::Slow, Conduct::Stalls(sim.choose(3)), Conduct::Works]).await;
    let begun = sim.elapsed();
    let error = service.coordinator().put("name", content("abcdefghij")).await.unwrap_err();
    assert!(matches!(error, PutError::Host(HostError::Stalled { .. })), "{error}");
    assert!(sim.elapsed() - begun < Duration::from_secs(40), "{:?}", sim.elapsed() - begun);
    assert_eq!(service.stop().await, []);
}

#[testkit::test]
async fn a_content_that_breaks_off_leaves_nothing(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let breaking_off = content("abcdefghij").chain(stream::iter([Err(io::Error::other("unplugged"))]));
    let error = service.coordinator().put("name", breaking_off.boxed()).await.unwrap_err();
    assert_eq!(error.to_string(), "it cannot be read: unplugged");
    assert_eq!(service.stop().await, []);
}

#[testkit::test]
async fn a_put_that_is_dropped_anywhere_is_whole_or_nothing(sim: Sim) {
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
async fn a_put_over_a_host_that_fails_may_be_dropped_as_well(sim: Sim) {
    let service = Service::start(sim, [Conduct::Works, Conduct::Stalls(1), Conduct::Full(2)]).await;
    let coordinator = service.coordinator();
    let put = sim.cancel_anywhere(coordinator.put("name", content("abcdefghij"))).await;
    assert!(put.is_none_or(|put| put.is_err()));
    assert_eq!(service.stop().await, []);
}

#[testkit::test]
async fn of_two_puts_of_one_name_one_is_left(sim: Sim) {
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
async fn a_put_that_is_dropped_leaves_the_object_that_it_would_have_replaced_or_replaces_it(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let coordinator = service.coordinator();
    coordinator.put("name", content("old")).await.unwrap();
    sim.cancel_anywhere(coordinator.put("name", content("newer"))).await;
    // What is being entered is brought to its end in the background.
    sim.settle().await;
    let text = read(&*coordinator, "name").await.unwrap();
    assert!(text == "old" || text == "newer", "{text}");
    assert_eq!(service.stop().await.len(), 1);
}

#[testkit::test]
async fn what_is_read_while_it_is_replaced_is_the_one_or_the_other_or_an_error(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let coordinator = service.coordinator();
    coordinator.put("name", content("an old one")).await.unwrap();
    let putting = sim.spawn("put", {
        let coordinator = coordinator.clone();
        async move { coordinator.put("name", content("a newer")).await.unwrap() }
    });
    match read(&*coordinator, "name").await {
        Ok(text) => assert!(text == "an old one" || text == "a newer", "{text}"),
        Err(error) => assert!(error.starts_with("no host has shard"), "{error}"),
    }
    putting.await.unwrap();
    assert_eq!(service.stop().await.len(), 1);
}

#[testkit::test]
async fn a_shard_is_read_though_hosts_stall_and_break_off(sim: Sim) {
    let service = Service::start(sim, WORK).await;
    let object = service.coordinator().put("name", content("abcdef")).await.unwrap();
    let dir = service.dir.clone();
    assert_eq!(service.stop().await.len(), 1);
    let conduct = [Conduct::Stalls(sim.choose(4)), Conduct::Full(sim.choose(4)), Conduct::Works];
    let service = Service::start_in(sim, dir, conduct).await;
    assert_eq!(read(&*service.coordinator(), "name").await.unwrap(), "abcdef");
    assert_eq!(service.stop().await, [object]);
}

#[testkit::test]
async fn a_shard_that_is_deleted_is_not_kept_wherever_its_store_is(sim: Sim) {
    let dir = tempfile::tempdir().unwrap();
    let wire = Wire::new(sim, dir.path(), WORK).await;
    let (disk, _) = wire.at(&wire.all()[0]);
    let (storing, deleting) = (disk.clone(), disk.clone());
    // On connections of their own, the one may overtake the other.
    let storing = sim.spawn("store", async move { storing.store("shard", content("abcdef")).await });
    let deleting = sim.spawn("delete", async move { deleting.delete("shard").await });
    deleting.await.unwrap().unwrap();
    _ = storing.await.unwrap();
    assert_eq!(files(&dir.path().join("host-1/shards")), BTreeSet::new());
    assert_eq!(files(&dir.path().join("host-1/incoming")), BTreeSet::new());
}

#[testkit::test]
async fn a_store_that_is_dropped_anywhere_leaves_nothing_incomplete(sim: Sim) {
    let dir = tempfile::tempdir().unwrap();
    let wire = Wire::new(sim, dir.path(), WORK).await;
    let (disk, _) = wire.at(&wire.all()[0]);
    sim.cancel_anywhere(disk.store("shard", content("abcdef"))).await;
    sim.settle().await;
    assert_eq!(files(&dir.path().join("host-1/incoming")), BTreeSet::new());
}

//! Ambient services: clock, spawner, network and entropy on tokio, files, and all of them as components.

use std::sync::Arc;
use std::time::Duration;

use di_core::ambient::{Ambient, Clock, Disk, Entropy, FileDisk, Network, Spawner};
use di_core::{Container, component};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct Watch {
    clock: Arc<dyn Clock>,
}

#[component]
impl Watch {
    fn new(clock: Arc<dyn Clock>) -> Self {
        Watch { clock }
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[module]
    ambient: Ambient,
    #[import(ambient)]
    clock: Arc<dyn Clock>,
    #[import(ambient)]
    spawner: Arc<dyn Spawner>,
    #[component]
    watch: Arc<Watch>,
}

#[tokio::test(start_paused = true)]
async fn the_clock_follows_tokios_paused_clock() {
    let app = App::builder().with_ambient(Ambient::tokio()).build_sync().unwrap();
    let begun = app.clock.now();
    app.watch.clock.sleep(Duration::from_secs(3600)).await;
    assert_eq!(app.clock.now() - begun, Duration::from_secs(3600));

    let slow = app.clock.sleep(Duration::from_secs(10));
    let error = app.clock.timeout(Duration::from_secs(1), slow).await.unwrap_err();
    assert_eq!(error.to_string(), "not ready within 1s");
    assert_eq!(app.clock.timeout(Duration::from_secs(1), async { 5 }).await, Ok(5));

    let begun = app.clock.now();
    let mut interval = app.clock.interval(Duration::from_secs(2));
    let ticks = [interval.tick().await - begun, interval.tick().await - begun, interval.tick().await - begun];
    assert_eq!(ticks.map(|tick| tick.as_secs()), [0, 2, 4]);
}

#[test]
fn a_task_can_be_spawned_from_outside_the_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spawner = runtime.block_on(async { Ambient::tokio().spawner });
    let task = spawner.spawn("answer", async { 42 });
    assert_eq!(runtime.block_on(task).unwrap(), 42);
}

#[tokio::test]
async fn a_task_returns_its_result_or_a_join_error() {
    let spawner = Ambient::tokio().spawner;
    assert_eq!(spawner.spawn("answer", async { 42 }).await.unwrap(), 42);

    let error = spawner.spawn("boom", async { panic!("boom") }).await.unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled());
    assert_eq!(error.to_string(), "the task panicked: boom");
    assert_eq!(error.into_panic().downcast_ref::<&str>().unwrap(), &"boom");

    let endless = spawner.spawn("endless", std::future::pending::<()>());
    assert!(!endless.is_finished());
    endless.abort();
    let error = endless.await.unwrap_err();
    assert!(error.is_cancelled());

    let (sender, receiver) = tokio::sync::oneshot::channel();
    drop(spawner.spawn("detached", async { sender.send(1) }));
    assert_eq!(receiver.await, Ok(1), "a task continues after its handle is dropped");

    assert_eq!(spawner.spawn_blocking("blocking", || 7).await.unwrap(), 7);
    assert!(spawner.spawn_blocking("blocking", || panic!("no")).await.unwrap_err().is_panic());
}

#[tokio::test]
async fn the_network_uses_tcp() {
    let network: Arc<dyn Network> = Ambient::tokio().network;
    let mut listener = network.bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (client, server) = tokio::join!(network.connect(&address), listener.accept());
    let (mut client, (mut server, _)) = (client.unwrap(), server.unwrap());
    client.write_all(b"hello").await.unwrap();
    client.shutdown().await.unwrap();
    let mut text = String::new();
    server.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "hello");
}

#[tokio::test]
async fn a_disk_keeps_real_files() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("new/data");
    let disk = FileDisk::new(&root, Ambient::tokio().spawner);
    assert_eq!(disk.list("").await.unwrap(), [""; 0]);
    disk.write("logs/new", b"hel").await.unwrap();
    disk.append("logs/new", b"lo").await.unwrap();
    disk.sync("logs/new").await.unwrap();
    disk.rename("logs/new", "logs/first").await.unwrap();
    disk.sync_directory("logs").await.unwrap();
    assert_eq!(std::fs::read(root.join("logs/first")).unwrap(), b"hello");

    let disk = FileDisk::new(&root, Ambient::tokio().spawner);
    assert_eq!(disk.list("logs").await.unwrap(), ["first"]);
    assert_eq!(disk.read("logs/first").await.unwrap(), b"hello");
    assert_eq!(disk.read_at("logs/first", 3, 10).await.unwrap(), b"lo");
    disk.remove("logs/first").await.unwrap();
    let error = disk.read("logs/first").await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    let error = disk.write("../escaped", b"").await.unwrap_err();
    assert!(error.to_string().contains("\"../escaped\" is not a valid path"), "{error}");
    assert!(!root.with_file_name("escaped").exists());
}

#[test]
fn random_numbers_differ() {
    let entropy: Arc<dyn Entropy> = Ambient::tokio().entropy;
    assert_ne!(entropy.next_u64(), entropy.next_u64());
    assert!((5..9).contains(&entropy.in_range(5..9)));
}

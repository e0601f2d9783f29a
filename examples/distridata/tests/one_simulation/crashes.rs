//! The power of all storage hosts fails at each moment of a put, between any two operations of their disks.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use di_core::BoxFuture;
use di_core::ambient::Disk;
use distridata::digest::Digest;
use testkit::disk::SimDisk;
use testkit::{Explorer, FailureKind, Sim};

use crate::SECOND;
use crate::service::{HOSTS, Service, start_host};

/// Time that each operation of a disk takes.
const STEP: Duration = Duration::from_millis(1);

/// Puts an object again and again, and lets the power of all storage hosts fail one step later each time. After each
/// failure, the hosts start again from their disks.
async fn crash_at_every_step(sim: Sim, disk: impl Fn(SimDisk) -> Arc<dyn Disk>) {
    let mut service = Service::start(sim).await;
    for name in HOSTS {
        sim.disk(name).latency(STEP);
    }
    let mut expected = None;
    for step in 0..1_000 {
        let hosts = std::mem::take(&mut service.hosts);
        let content = format!("version {step}");
        let crashing = async {
            sim.sleep(STEP * step).await;
            let crash = sim.elapsed();
            for name in HOSTS {
                sim.host(name).crash();
            }
            drop(hosts);
            let mut hosts = Vec::new();
            for name in HOSTS {
                sim.host(name).restart();
                hosts.push(start_host(sim, name, disk(sim.disk(name))).await);
            }
            (crash, hosts)
        };
        let putting = async {
            let (status, answer) = service.put(&content).await;
            (status, answer, sim.elapsed())
        };
        let ((status, answer, end), (crash, restarted)) = tokio::join!(putting, crashing);
        service.hosts = restarted;
        assert!(status == StatusCode::OK || status.is_server_error(), "{status}: {answer}");
        if status == StatusCode::OK {
            expected = Some(content);
        }
        // Failed deletes are retried for a while.
        sim.sleep(60 * SECOND).await;
        check(sim, &service, expected.as_deref()).await;
        if end < crash {
            service.stop().await;
            return;
        }
    }
    panic!("a put takes more than 1,000 steps");
}

/// Checks that the object has the expected content, and that each host has all of its shards and nothing else.
async fn check(sim: Sim, service: &Service, expected: Option<&str>) {
    for object in service.app.coordinator.list().await.unwrap() {
        for shard in object.shards {
            for name in HOSTS {
                let path = format!("shards/{}", shard.id);
                let kept = sim.disk(name).read(&path).await.unwrap_or_else(|error| panic!("half an object: {error}"));
                assert_eq!(Digest::of(&kept), shard.sha256, "half an object: {path} of {name} is {kept:?}");
            }
        }
    }
    service.check(expected).await;
}

#[testkit::test(schedules = 10)]
async fn a_power_failure_at_each_step_of_a_put_leaves_the_whole_object_or_nothing(sim: Sim) {
    crash_at_every_step(sim, |disk| Arc::new(disk)).await;
}

/// A disk that does not sync a directory after a rename.
struct ForgetsNames {
    disk: SimDisk,
    /// Whether the last change of names was a rename.
    is_renamed: AtomicBool,
}

impl Disk for ForgetsNames {
    fn read(&self, path: &str) -> BoxFuture<io::Result<Vec<u8>>> {
        self.disk.read(path)
    }

    fn read_at(&self, path: &str, start: u64, size: usize) -> BoxFuture<io::Result<Vec<u8>>> {
        self.disk.read_at(path, start, size)
    }

    fn write(&self, path: &str, content: &[u8]) -> BoxFuture<io::Result<()>> {
        self.disk.write(path, content)
    }

    fn append(&self, path: &str, bytes: &[u8]) -> BoxFuture<io::Result<()>> {
        self.disk.append(path, bytes)
    }

    fn sync(&self, path: &str) -> BoxFuture<io::Result<()>> {
        self.disk.sync(path)
    }

    fn rename(&self, from: &str, to: &str) -> BoxFuture<io::Result<()>> {
        self.is_renamed.store(true, Ordering::Relaxed);
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &str) -> BoxFuture<io::Result<()>> {
        self.is_renamed.store(false, Ordering::Relaxed);
        self.disk.remove(path)
    }

    fn list(&self, directory: &str) -> BoxFuture<io::Result<Vec<String>>> {
        self.disk.list(directory)
    }

    fn sync_directory(&self, directory: &str) -> BoxFuture<io::Result<()>> {
        match self.is_renamed.load(Ordering::Relaxed) {
            true => Box::pin(async { Ok(()) }),
            false => self.disk.sync_directory(directory),
        }
    }
}

#[test]
fn a_confirmed_shard_without_a_durable_name_is_found() {
    // Shrinking would take most of the time.
    let outcome = Explorer::new().schedules(200).shrink(false).run(|sim: Sim| {
        crash_at_every_step(sim, |disk| Arc::new(ForgetsNames { disk, is_renamed: AtomicBool::new(false) }))
    });
    let failure = outcome.failure().expect("a shard is lost");
    println!("{failure}");
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert!(failure.to_string().contains("half an object: the read of `shards/"), "{failure}");
    let lost = failure.choices().iter().any(|choice| choice.to_string().contains("on the disk when `host-"));
    assert!(lost, "{failure}");
}

//! The service is asked to end at each moment of its start, between any two polls of it.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use di_core::ambient::{Ambient, Connection, Listener, Network};
use di_core::{BoxFuture, HostError};
use distridata::app::App;
use distridata::config::{Config, HostsConfig};
use distridata::host::{HostConfig, StorageHost};
use testkit::Sim;

use crate::service::HOSTS;

/// Waits for some turns of the executor.
async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

/// A network that does not bind at once, so that constructors which listen can be interrupted.
struct SlowNetwork(Arc<dyn Network>);

impl Network for SlowNetwork {
    fn connect(&self, address: &str) -> BoxFuture<io::Result<Connection>> {
        self.0.connect(address)
    }

    fn bind(&self, address: &str) -> BoxFuture<io::Result<Box<dyn Listener>>> {
        let binding = self.0.bind(address);
        Box::pin(async {
            turns(5).await;
            binding.await
        })
    }
}

fn ambient(sim: Sim, host: &str) -> Ambient {
    let ambient = sim.net().host(host).ambient();
    Ambient { network: Arc::new(SlowNetwork(ambient.network.clone())), ..ambient }
}

/// Asserts that the start was interrupted without failures, and returns the fields that were being made.
fn interrupted(error: HostError) -> BTreeSet<&'static str> {
    assert!(matches!(&error, HostError::Interrupted { failures, .. } if failures.is_empty()), "{error:?}");
    error.unfinished().iter().map(|unfinished| unfinished.node.name()).collect()
}

#[testkit::test(schedules = 20)]
async fn a_coordinator_can_be_killed_at_every_moment_of_its_start(sim: Sim) {
    let dir = tempfile::tempdir().unwrap();
    let config = || Config {
        hosts: HostsConfig::Remote(HOSTS.map(|name| format!("{name}:7001")).into()),
        listen: "0.0.0.0:7000".into(),
        ..Config::new(dir.path())
    };
    let mut unfinished = BTreeSet::new();
    for count in 0..1_000 {
        let builder = App::builder(config()).with_ambient(ambient(sim, "coordinator"));
        let result = builder.run_until(turns(count)).await;
        // Once the aborted tasks are gone, nothing listens at the address any more, so the next start succeeds.
        sim.settle().await;
        match result {
            Ok(()) => return assert!(unfinished.contains("server"), "{unfinished:?}"),
            Err(error) => unfinished.extend(interrupted(error)),
        }
    }
    panic!("the coordinator does not start within 1,000 turns");
}

#[testkit::test(schedules = 20)]
async fn a_storage_host_can_be_killed_at_every_moment_of_its_start(sim: Sim) {
    let mut unfinished = BTreeSet::new();
    for count in 0..1_000 {
        let dir = tempfile::tempdir().unwrap();
        let config = HostConfig { data_dir: dir.path().into(), listen: "0.0.0.0:7001".into() };
        let builder = StorageHost::builder(config).with_ambient(ambient(sim, "host-1"));
        let result = builder.run_until(turns(count)).await;
        sim.settle().await;
        match result {
            Ok(()) => return assert!(unfinished.contains("server"), "{unfinished:?}"),
            Err(error) => unfinished.extend(interrupted(error)),
        }
    }
    panic!("the host does not start within 1,000 turns");
}

//! The coordinator is asked to end at each moment of its start, between any two polls of it.

use di_core::HostError;
use distridata::app::App;
use distridata::config::{Config, HostsConfig};
use distridata::host::{HostConfig, StorageHost};
use testkit::Sim;

use crate::service::HOSTS;

/// Ends a coordinator after `yields` turns of the executor. Returns its error, if it was interrupted.
async fn end_after(sim: Sim, yields: usize) -> Option<HostError> {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        hosts: HostsConfig::Remote(HOSTS.map(|name| format!("{name}:7001")).into()),
        listen: "0.0.0.0:7000".into(),
        ..Config::new(dir.path())
    };
    let coordinator = sim.net().host("coordinator");
    let end = async {
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
    };
    let result = App::builder(config).with_ambient(coordinator.ambient()).run_until(end).await;
    // Nothing listens at the address any more, so the next start succeeds.
    let again = Config { listen: "0.0.0.0:7000".into(), ..Config::new(dir.path()) };
    let host = App::builder(again).with_ambient(coordinator.ambient()).start().await.unwrap();
    host.stop().await.unwrap();
    result.err()
}

#[testkit::test(schedules = 20)]
async fn a_coordinator_can_be_killed_at_every_moment_of_its_start(sim: Sim) {
    let mut unfinished = std::collections::BTreeSet::new();
    for yields in 0..1_000 {
        let Some(error) = end_after(sim, yields).await else {
            assert!(unfinished.contains("server"), "the last constructor was interrupted, too: {unfinished:?}");
            return;
        };
        assert!(matches!(&error, HostError::Interrupted { failures, .. } if failures.is_empty()), "{error:?}");
        unfinished.extend(error.unfinished().iter().map(|unfinished| unfinished.node.name()));
    }
    panic!("the coordinator does not start within 1,000 turns");
}

#[testkit::test(schedules = 20)]
async fn a_storage_host_can_be_killed_at_every_moment_of_its_start(sim: Sim) {
    for yields in 0..1_000 {
        let dir = tempfile::tempdir().unwrap();
        let config = HostConfig { data_dir: dir.path().into(), listen: "0.0.0.0:7001".into() };
        let end = async {
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
        };
        let builder = StorageHost::builder(config).with_ambient(sim.net().host("host-1").ambient());
        if builder.run_until(end).await.is_ok() {
            return;
        }
    }
    panic!("the host does not start within 1,000 turns");
}

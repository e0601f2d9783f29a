//! Getting ready to deploy: timeouts, health, and an end in order.
//!
//! The service runs, and Alan writes how it ends, as a list of calls: leave the registry, close the disk, tell the server. The
//! platform sends a signal, waits for thirty seconds, and kills.
//!
//! It was killed in every deployment of a certain week: the registry was down, and to leave it waited for ever, before anything
//! else was stopped. When that was mended, uploads were lost: the disk was closed before the server, which still had one to store.
//!
//! What finds it: the end is run in a simulation whose virtual time is limited, as the platform limits it. What mends it: a `Host`.
//! It knows from the graph who needs whom, ends the tasks first and then stops each component before what it needs, gives each
//! hook a time, and tells of every one that failed. Health is asked of each component, each with a time of its own.

mod service;

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::{Container, HealthCheck, HealthChecks, Shutdown, task};
use service::{Disk, Registry, Server};
use testkit::{Explorer, Sim};

use crate::{Chapter, Source, Verdict};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "deploy",
    pitfall: "uploads are lost, and the process is killed: it ends in the wrong order and without timeouts",
    mend: "Let a `Host` end it: in the order of the graph, each hook within a time, and every failure is told.",
    source: Source { file: file!(), text: include_str!("mod.rs") },
    uncompiled: None,
    wrong: || on_the_platform().run(wrong::serve).into(),
    right,
};

/// How long the platform waits between its signal and the end.
const GRACE: Duration = Duration::from_secs(30);

/// The service runs for as long.
const RUN: Duration = Duration::from_secs(10);

fn on_the_platform() -> Explorer {
    explorer().max_virtual_time(RUN + GRACE)
}

mod wrong {
    use super::*;

    pub(super) async fn serve(sim: Sim) {
        let (disk, registry, shutdown) = (Arc::new(Disk::new()), Registry::new(), Shutdown::new());
        let server = Arc::new(Server::new(disk.clone()));
        let serving = task::spawn({
            let (server, shutdown) = (server.clone(), shutdown.clone());
            async move { server.serve(shutdown).await }
        });
        sim.sleep(RUN).await;

        registry.leave().await; // for ever, where the registry is down
        disk.close(); // the server is not over yet
        shutdown.request();
        serving.await.unwrap().unwrap();
    }
}

mod right {
    use super::*;

    #[derive(Container)]
    pub(super) struct App {
        #[component]
        pub(super) disk: Arc<Disk>,
        #[component]
        registry: Arc<Registry>,
        #[component]
        pub(super) server: Arc<Server>,
        #[collect(disk, registry)]
        checks: Vec<Arc<dyn HealthCheck>>,
        #[component]
        pub(super) health: Arc<HealthChecks>,
    }

    pub(super) async fn serve(sim: Sim) -> String {
        let host = App::builder().start().await.unwrap();
        sim.sleep(RUN - Duration::from_secs(5)).await;
        let health = host.health.report().await;
        let (disk, server) = (host.disk.clone(), host.server.clone());
        let ended = host.stop().await; // in production, `host.run_until_signal()` has gone before

        let (accepted, stored) = (server.accepted.load(Relaxed), disk.stored.load(Relaxed));
        assert_eq!(accepted, stored, "what was accepted is stored");
        let ended = ended.expect_err("the registry is down");
        format!("health:\n{health}the end: {ended}\nuploads: {accepted} accepted, {stored} stored\n")
    }
}

/// What the first schedule tells, and whether all pass.
fn right() -> Verdict {
    let told = Arc::new(Mutex::new(None));
    let first = told.clone();
    let outcome = on_the_platform().run(move |sim| {
        let told = first.clone();
        async move {
            let text = right::serve(sim).await;
            told.lock().unwrap().get_or_insert(text);
        }
    });
    let verdict = Verdict::from(outcome);
    let told = told.lock().unwrap().take().unwrap_or_default();
    if verdict.is_pass { Verdict::right(format!("{told}{verdict}")) } else { verdict }
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn a_list_of_calls_does_not_come_to_its_end() {
        assert_eq!((CHAPTER.wrong)().kind, Some(FailureKind::TimeLimit));
    }

    #[test]
    fn a_host_ends_in_order_and_tells_who_does_not() {
        let verdict = right();
        assert!(verdict.is_pass, "{verdict}");
        let text = verdict.to_string();
        assert!(text.contains("registry: no answer within 5s") && text.contains("took longer than 5s"), "{text}");
    }
}

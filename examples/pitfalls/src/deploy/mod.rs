//! Deployment: an ordered shutdown, timeouts and health checks.
//!
//! Alan writes the shutdown of the service as a list of calls: leave the registry, close the disk, stop the server. The
//! platform sends a signal, waits for 30 seconds, and kills the process.
//!
//! For a week, every deployment ended with a kill. The registry was down, and the call that leaves it waited forever,
//! before anything else was stopped. Once that was fixed, uploads were lost: the disk was closed while the server was
//! still storing one.
//!
//! Detection: run the shutdown in a simulation, with the platform's time limit as a limit of virtual time.
//!
//! Fix: a `Host`, which knows the dependencies from the graph. It ends the tasks first, then stops each component
//! before the components that it depends on. Each hook has a timeout, and every hook that fails is reported. Health
//! checks run per component, also with a timeout each.

mod service;

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::{Container, HealthCheck, HealthChecks, Shutdown, task};
use service::{Disk, Registry, Server};
use testkit::{Explorer, Sim};

use crate::report::explorer;
use crate::{Chapter, Report, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "deploy",
    pitfall: "uploads are lost and the process is killed: the shutdown has the wrong order and no timeouts",
    fix: "Use a `Host`: it stops components in the order of the graph, limits each hook, and reports every failure.",
    source: Source { file: file!(), text: include_str!("mod.rs") },
    uncompiled: None,
    run_wrong: || platform().run(wrong::serve).into(),
    run_fixed,
};

/// Time between the platform's signal and the kill.
const GRACE: Duration = Duration::from_secs(30);

/// Time that the service runs before the signal.
const RUN: Duration = Duration::from_secs(10);

fn platform() -> Explorer {
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

        registry.leave().await; // waits forever if the registry is down
        disk.close(); // the server is still storing an upload
        shutdown.request();
        serving.await.unwrap().unwrap();
    }
}

mod fixed {
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
        let ended = host.stop().await; // in production: `host.run_until_signal().await`

        let (accepted, stored) = (server.accepted.load(Relaxed), disk.stored.load(Relaxed));
        assert_eq!(accepted, stored, "every accepted upload is stored");
        let ended = ended.expect_err("the registry is down");
        format!("health:\n{health}shutdown: {ended}\nuploads: {accepted} accepted, {stored} stored\n")
    }
}

/// Runs the fixed service under all schedules. The report includes the text of the first run.
fn run_fixed() -> Report {
    let first_text = Arc::new(Mutex::new(None));
    let recorded = first_text.clone();
    let outcome = platform().run(move |sim| {
        let first_text = recorded.clone();
        async move {
            let text = fixed::serve(sim).await;
            first_text.lock().unwrap().get_or_insert(text);
        }
    });
    let report = Report::from(outcome);
    let first_text = first_text.lock().unwrap().take().unwrap_or_default();
    if report.passed { Report::passed(format!("{first_text}{report}")) } else { report }
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn a_list_of_calls_exceeds_the_time_limit() {
        assert_eq!((CHAPTER.run_wrong)().failure_kind, Some(FailureKind::TimeLimit));
    }

    #[test]
    fn a_host_stops_in_order_and_reports_a_hook_that_times_out() {
        let report = run_fixed();
        assert!(report.passed, "{report}");
        let text = report.to_string();
        assert!(text.contains("registry: no answer within 5s") && text.contains("took longer than 5s"), "{text}");
    }
}

//! State that outlives a run is reported as nondeterminism, because the schedule does not decide what happens.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use testkit::{Explorer, Failure, FailureKind, Sim};
use tokio::sync::{Semaphore, watch};

use crate::support::{assert_report_contains, failure};

#[track_caller]
fn assert_nondeterministic(failure: &Failure) {
    assert_eq!(failure.kind(), FailureKind::Nondeterminism, "{failure}");
    let causes = "likely causes, most common first:\n    state that outlives a run, such as a `static`";
    assert_report_contains(failure, &[causes]);
    assert!(!failure.to_string().contains("shrunk to"), "{failure}");
}

#[test]
fn permits_that_are_used_up_over_the_runs() {
    static SLOTS: Semaphore = Semaphore::const_new(20);
    let failure = failure(Explorer::new(), |_| async { SLOTS.acquire().await.unwrap().forget() });
    assert_nondeterministic(&failure);
}

#[test]
fn a_list_that_grows_over_the_runs() {
    static SEEN: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let pushing = sim.spawn("pushing", async {
            let mut seen = SEEN.lock().unwrap();
            seen.push(1);
            seen.len()
        });
        assert_eq!(pushing.await.unwrap(), 1);
    });
    assert_nondeterministic(&failure);
}

#[test]
fn a_value_that_is_set_in_a_run_that_is_repeated() {
    // A `watch` draws random numbers, so the first run is repeated with these draws accounted for.
    static CONFIG: std::sync::LazyLock<watch::Sender<u32>> = std::sync::LazyLock::new(|| watch::channel(0).0);
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let mut config = CONFIG.subscribe();
        let waiting = sim.spawn("waiting", async move { config.wait_for(|config| *config == 1).await.map(|_| ()) });
        sim.settle().await;
        assert!(!waiting.is_finished(), "the configuration is already set");
        CONFIG.send_replace(1);
        waiting.await.unwrap().unwrap();
    });
    assert_nondeterministic(&failure);
}

#[test]
fn a_failure_that_occurs_only_in_the_first_run() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let failure = failure(Explorer::new(), |_| async {
        assert!(RUNS.fetch_add(1, Ordering::Relaxed) > 0, "the cache is cold");
    });
    assert_nondeterministic(&failure);
}

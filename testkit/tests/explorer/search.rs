//! The search depends only on its seed. Failures are replayed and shrunk.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use testkit::{Explorer, Failure, FailureKind, Schedule, Scheduler, Sim};

use crate::support::{SECOND, failure, identity_of};

/// Fails if its four tasks complete in reverse order, which is rare.
pub(super) async fn rarely_fails(sim: Sim) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..4)
        .map(|number| {
            let order = order.clone();
            sim.spawn(&format!("task {number}"), async move {
                tokio::task::yield_now().await;
                order.lock().unwrap().push(number);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let order = order.lock().unwrap().clone();
    assert_ne!(order, [3, 2, 1, 0]);
}

pub(super) fn explorer() -> Explorer {
    Explorer::new().schedules(2_000)
}

#[test]
fn a_failure_does_not_depend_on_the_number_of_jobs() {
    let found = |jobs| identity_of(&failure(explorer().jobs(jobs).shrink(false), rarely_fails));
    let one = found(1);
    assert!(one.0 > 1);
    for jobs in [1, 2, 4] {
        for _ in 0..3 {
            assert_eq!(found(jobs), one, "with {jobs} jobs");
        }
    }
}

#[test]
fn the_result_of_shrinking_does_not_depend_on_the_number_of_jobs() {
    let found = |jobs| identity_of(&failure(explorer().jobs(jobs), rarely_fails));
    let smallest = found(1);
    for jobs in [1, 2, 4] {
        assert_eq!(found(jobs), smallest, "with {jobs} jobs");
    }
}

#[test]
fn the_number_of_schedules_does_not_depend_on_the_number_of_jobs() {
    for jobs in [1, 2, 4] {
        let outcome = Explorer::new().schedules(301).jobs(jobs).run(|sim: Sim| async move { sim.sleep(SECOND).await });
        assert!(outcome.failure().is_none());
        assert_eq!(outcome.schedules_run(), 301);
    }
}

#[test]
fn the_seed_determines_the_result() {
    let found = |seed, shrinks| identity_of(&failure(explorer().seed(seed).shrink(shrinks), rarely_fails));
    assert_eq!(found(7, true), found(7, true));
    let different: BTreeSet<_> = (0..5).map(|seed| found(seed, false).0).collect();
    assert!(different.len() > 1);
}

#[test]
fn a_schedule_is_replayed_from_its_text() {
    let found = failure(explorer(), rarely_fails);
    let schedule: Schedule = found.schedule().to_string().parse().unwrap();
    assert_eq!(&schedule, found.schedule());
    let again = failure(Explorer::new().replay(&schedule), rarely_fails);
    assert_eq!(again.choices(), found.choices());
    assert_eq!(again.schedule(), found.schedule());
    assert_eq!(again.found_after(), 1);
}

#[test]
fn a_replay_is_one_schedule() {
    let schedule: Schedule = "v1:0".parse().unwrap();
    let outcome = explorer().replay(&schedule).jobs(4).run(|_| async {});
    assert_eq!(outcome.schedules_run(), 1);
}

#[test]
fn a_search_ends_at_its_first_failure() {
    let outcome = explorer().run(rarely_fails);
    assert_eq!(outcome.schedules_run(), outcome.failure().unwrap().found_after());
}

#[test]
fn shrinking_leaves_few_choices_and_the_same_failure() {
    let whole = failure(explorer().shrink(false), rarely_fails);
    let small = failure(explorer(), rarely_fails);
    assert!(small.choices().len() < whole.choices().len(), "{small}");
    assert!(small.choices().len() <= 6, "{small}");
    assert_eq!((small.kind(), small.found_after()), (whole.kind(), whole.found_after()));
}

#[test]
fn shrinking_keeps_the_place_of_a_panic() {
    // The second panic needs fewer choices, but is a different failure.
    let test = |sim: Sim| async move {
        let (a, b) = (sim.choose(8), sim.choose(8));
        assert!(!(a == 5 && b == 6), "both");
        if a == 7 && sim.choose(64) == 9 {
            panic!("one");
        }
    };
    let found = failure(Explorer::new().schedules(5_000), test);
    let kept = failure(Explorer::new().schedules(5_000).shrink(false), test);
    let first_line = |failure: &Failure| failure.to_string().lines().next().unwrap().to_owned();
    assert_eq!(first_line(&found), first_line(&kept));
    assert_eq!(found.choices().len(), 2, "{found}");
}

#[test]
fn shrinking_keeps_the_kind() {
    let test = |sim: Sim| async move {
        let chosen = sim.choose(3);
        if chosen == 1 && sim.choose(2) == 1 {
            panic!("boom");
        }
        if chosen == 1 {
            std::future::pending::<()>().await;
        }
    };
    for seed in 0..8 {
        let found = failure(Explorer::new().seed(seed), test);
        let kept = failure(Explorer::new().seed(seed).shrink(false), test);
        assert_eq!(found.kind(), kept.kind());
    }
}

#[test]
fn found_after_counts_from_one() {
    assert_eq!(failure(Explorer::new(), |_| async { panic!("boom") }).found_after(), 1);
    let runs = Arc::new(AtomicUsize::new(0));
    let outcome = Explorer::new().check_determinism(false).schedules(10).run(move |_| {
        let number = runs.fetch_add(1, Ordering::Relaxed);
        async move { assert!(number < 4) }
    });
    assert_eq!(outcome.failure().unwrap().found_after(), 5);
}

#[test]
fn a_future_that_never_completes_is_a_test() {
    let outcome = Explorer::new().max_virtual_time(10 * SECOND).run(|sim: Sim| async move {
        loop {
            sim.sleep(SECOND).await;
        }
    });
    assert_eq!(outcome.failure().map(Failure::kind), Some(FailureKind::TimeLimit));
}

#[test]
fn the_time_limit_ends_a_search() {
    let begun = Instant::now();
    let outcome = Explorer::new()
        .schedules(usize::MAX)
        .time(Duration::from_millis(200))
        .run(|sim: Sim| async move { sim.sleep(SECOND).await });
    assert!(outcome.failure().is_none() && outcome.schedules_run() > 10);
    assert!(begun.elapsed() < 5 * SECOND);
}

#[test]
fn a_time_limit_set_before_the_schedules_applies() {
    let explorer = Explorer::new().time(Duration::from_millis(200)).schedules(200_000_000);
    let begun = Instant::now();
    let over = Duration::from_secs(1);
    let outcome = explorer.run(move |_| async move { assert!(begun.elapsed() < over, "the search continues") });
    assert!(outcome.failure().is_none(), "{outcome:?}");
}

#[test]
fn zero_schedules_are_rejected() {
    let outcome = std::panic::catch_unwind(|| Explorer::new().schedules(0).run(|_| async {}));
    assert!(outcome.is_err());
}

#[test]
fn a_choice_between_polls_of_raw_tasks_is_replayed() {
    let test = |sim: Sim| async move {
        let steps = Arc::new(Mutex::new(Vec::new()));
        for name in ["raw", "ours"] {
            let steps = steps.clone();
            let stepping = async move {
                for _ in 0..4 {
                    steps.lock().unwrap().push(name);
                    tokio::task::yield_now().await;
                }
            };
            if name == "raw" {
                tokio::spawn(stepping);
            } else {
                drop(sim.spawn(name, stepping));
            }
        }
        sim.settle().await;
        let steps = steps.lock().unwrap().clone();
        assert_ne!(steps[..6], ["raw", "ours", "ours", "raw", "raw", "ours"]);
    };
    let found = failure(explorer(), test);
    assert_eq!(found.kind(), FailureKind::Panic);
    let again = failure(Explorer::new().replay(found.schedule()).shrink(false), test);
    assert_eq!((again.kind(), again.schedule()), (FailureKind::Panic, found.schedule()));
}

#[test]
fn schedulers_are_parsed_from_strings() {
    assert_eq!("random".parse(), Ok(Scheduler::Random));
    assert!("fofo".parse::<Scheduler>().unwrap_err().contains("`fifo`"));
    let all = [Scheduler::Auto, Scheduler::Fifo, Scheduler::Random, Scheduler::Pct(5), Scheduler::Pos, Scheduler::Surw];
    for scheduler in all {
        assert_eq!(scheduler.to_string().parse(), Ok(scheduler));
    }
    assert_eq!("pct".parse(), Ok(Scheduler::Pct(3)));
    assert!("pct(x)".parse::<Scheduler>().is_err());
}

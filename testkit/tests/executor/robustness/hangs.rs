//! Limits stop code that blocks or loops forever.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use testkit::{FailureKind, Sim};

use super::{few, impatient};
use crate::support::{MILLISECOND, SECOND, assert_report_contains, failure};

#[test]
fn a_test_that_blocks_reaches_a_limit() {
    let failure = failure(impatient(), |_| async { std::thread::sleep(Duration::from_secs(3)) });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
    assert_report_contains(&failure, &["task 0 `main` did not return from its poll in step 1"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_poll_that_loops_is_found_soon_with_the_place_of_the_loop() {
    let failure = failure(few(), |sim: Sim| async move {
        let looping = sim.spawn("looping", async {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(20) {
                std::hint::spin_loop();
            }
        });
        looping.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
    let text = failure.to_string();
    assert!(text.contains("task 1 `looping` did not return from its poll in step 2"), "{text}");
    assert!(text.lines().next().unwrap().contains("or blocks, at hangs.rs:"), "{text}");
}

#[test]
fn a_loop_of_yields_while_a_timer_is_due_names_the_timer() {
    let failure = failure(few().check_determinism(false), |sim: Sim| async move {
        let refreshing = sim.spawn("refreshing", sim.clock().sleep(10 * MILLISECOND));
        while !refreshing.is_finished() {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
    let text = "has not ended after 100000 steps at one virtual time: tasks keep waking themselves or each other, so \
                time stands at 0 s; the next timer is that of task 1 `refreshing`, at 10 ms";
    assert_report_contains(&failure, &[text]);
}

#[test]
fn a_closure_that_blocks_before_it_returns_its_future_reaches_a_limit() {
    let failure = failure(impatient(), |_| {
        std::thread::sleep(Duration::from_secs(3));
        async {}
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
}

#[test]
fn a_task_that_loops_only_under_some_schedules_is_found() {
    let failure = failure(impatient().schedules(50), |sim: Sim| async move {
        let is_set = Arc::new(AtomicBool::new(false));
        let setting = sim.spawn("setting", {
            let is_set = is_set.clone();
            async move { is_set.store(true, Ordering::Relaxed) }
        });
        let spinning = sim.spawn("spinning", async move {
            let begun = Instant::now();
            while !is_set.load(Ordering::Relaxed) && begun.elapsed() < Duration::from_secs(3) {
                std::hint::spin_loop();
            }
        });
        setting.await.unwrap();
        spinning.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
    assert!(failure.found_after() > 1);
    assert_report_contains(&failure, &["task 2 `spinning` did not return from its poll"]);
}

#[test]
fn a_drop_that_blocks_in_an_aborted_task_reaches_a_limit() {
    struct Looping;
    impl Drop for Looping {
        fn drop(&mut self) {
            std::thread::sleep(Duration::from_secs(5));
        }
    }
    let failure = failure(impatient(), |sim: Sim| async move {
        let looping = Looping;
        let waiting = sim.spawn("waiting", async move {
            pending::<()>().await;
            drop(looping);
        });
        sim.sleep(SECOND).await;
        waiting.abort();
        _ = waiting.await;
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
}

#[test]
fn a_drop_that_blocks_at_teardown_reaches_a_limit() {
    struct Looping;
    impl Drop for Looping {
        fn drop(&mut self) {
            std::thread::sleep(Duration::from_secs(5));
        }
    }
    let failure = failure(impatient().allow_leaks(true), |sim: Sim| async move {
        let looping = Looping;
        drop(sim.spawn("waiting", async move {
            pending::<()>().await;
            drop(looping);
        }));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
    assert_report_contains(&failure, &["task 1 `waiting`"]);
}

#[test]
fn a_raw_task_that_ticks_forever_does_not_hide_a_deadlock() {
    let begun = Instant::now();
    let failure = failure(few().max_poll_time(2 * SECOND), |_| async {
        tokio::spawn(async {
            let mut tick = tokio::time::interval(SECOND);
            loop {
                tick.tick().await;
            }
        });
        pending::<()>().await;
    });
    assert!(matches!(failure.kind(), FailureKind::Deadlock | FailureKind::TimeLimit), "{failure}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_raw_task_that_yields_forever_reaches_a_limit() {
    let failure = failure(few().max_steps(10_000), |sim: Sim| async move {
        tokio::spawn(async {
            loop {
                tokio::task::yield_now().await;
            }
        });
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
}

#[test]
fn a_raw_task_that_blocks_reaches_a_limit() {
    let failure = failure(impatient(), |_| async {
        let blocking = tokio::spawn(async { std::thread::sleep(Duration::from_secs(3)) });
        blocking.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
}

#[test]
fn a_task_that_spawns_forever_reaches_a_limit() {
    fn spawning() -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async { drop(di_core::task::spawn(spawning())) })
    }
    let failure = failure(few().max_steps(10_000), |sim: Sim| async move {
        spawning().await;
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
}

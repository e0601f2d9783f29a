//! Deadlocks of some tasks while others keep running.

use std::future::Future;
use std::sync::Arc;

use testkit::{Explorer, Failure, FailureKind, Sim};
use tokio::sync::Notify;
use tokio::time::{interval, sleep};

use crate::support::{HOUR, SECOND, failure, passes};

async fn heartbeat() {
    let mut beats = interval(SECOND);
    loop {
        beats.tick().await;
    }
}

#[track_caller]
fn assert_deadlock_beside(failure: &Failure, beginning: &str) {
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    let text = failure.to_string();
    assert!(text.starts_with(beginning), "{text}");
}

#[test]
fn a_deadlock_beside_a_heartbeat_names_both_sides() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let serving = sim.spawn("serving", async { Notify::new().notified().await });
        let beating = sim.spawn("beating", heartbeat());
        serving.await.unwrap();
        beating.abort();
    });
    let beginning = "deadlock of `main` and `serving`, while `beating` ticks on: since 1 s, nothing has woken";
    assert_deadlock_beside(&failure, beginning);
    assert!(failure.to_string().contains("waits in tokio::sync::notify::Notified::poll"));
}

#[test]
fn a_deadline_that_no_timer_waits_for_does_not_hide_a_deadlock() {
    let failure = failure(Explorer::new(), |_| async {
        let (sender, mut receiver) = tokio::sync::oneshot::channel::<()>();
        let deadline = tokio::time::Instant::now() + SECOND;
        // To find out that no timer is left, a run moves the clock far beyond the deadline.
        std::future::poll_fn(|context| {
            if tokio::time::Instant::now() >= deadline {
                return std::task::Poll::Ready(());
            }
            std::pin::Pin::new(&mut receiver).poll(context).map(|_| ())
        })
        .await;
        drop(sender);
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    let text = failure.to_string();
    assert!(text.starts_with("deadlock: 1 task waits") && text.contains("task 0 `main`"), "{text}");
}

#[test]
fn a_deadlock_beside_a_raw_heartbeat_is_found() {
    let failure = failure(Explorer::new().max_virtual_time(HOUR), |_| async move {
        let beating = tokio::spawn(heartbeat());
        Notify::new().notified().await;
        beating.abort();
    });
    assert_deadlock_beside(&failure, "deadlock: 1 task waits");
    assert!(failure.to_string().contains("1 `tokio::spawn` task still alive"));
}

#[test]
fn a_wait_that_a_heartbeat_ends_after_a_thousand_ticks_is_not_a_deadlock() {
    passes(Explorer::new().schedules(20), |sim: Sim| async move {
        let done = Arc::new(Notify::new());
        let (serving_done, beating_done) = (done.clone(), done);
        let serving = sim.spawn("serving", async move { serving_done.notified().await });
        let beating = sim.spawn("beating", async move {
            let mut beats = interval(SECOND);
            for _ in 0..1_000 {
                beats.tick().await;
            }
            beating_done.notify_one();
        });
        serving.await.unwrap();
        beating.await.unwrap();
    });
}

#[test]
fn a_test_that_waits_for_a_timer_beyond_the_limit_is_not_in_a_deadlock() {
    let failure = failure(Explorer::new().max_virtual_time(HOUR), |sim: Sim| async move {
        let beating = sim.spawn("beating", heartbeat());
        sleep(10 * HOUR).await;
        beating.abort();
    });
    assert_eq!(failure.kind(), FailureKind::TimeLimit);
}

#[test]
fn a_missed_waker_beside_a_heartbeat_is_not_a_deadlock() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let flag = super::Flag::default();
        let serving = sim.spawn("serving", flag.raised(false));
        let beating = sim.spawn("beating", heartbeat());
        sleep(SECOND).await;
        flag.raise();
        serving.await.unwrap();
        beating.abort();
    });
    assert_eq!(failure.kind(), FailureKind::MissedWaker);
}

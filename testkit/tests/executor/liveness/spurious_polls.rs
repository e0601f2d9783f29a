//! Spurious polls (polls without a wake) may cure the mistake that they look for, so runs that count make none.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use testkit::{Explorer, FailureKind, Scheduler, Sim};
use tokio::time::{Interval, interval};

use crate::support::{SECOND, failure, replayed_failure};

/// Ends at the third tick. After the second one, it returns `Pending` without polling the interval again.
struct Sessions {
    ticks: Interval,
    left: u32,
}

impl Future for Sessions {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.ticks.poll_tick(context).is_ready() {
            self.left -= 1;
        }
        if self.left == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Takes 20 s on tokio, and 2 s if the task is polled once between the ticks.
async fn with_keep_alive() {
    let mut sessions = pin!(Sessions { ticks: interval(SECOND), left: 3 });
    let mut keep_alive = interval(20 * SECOND);
    loop {
        tokio::select! {
            biased;
            () = &mut sessions => return,
            _ = keep_alive.tick() => {}
        }
    }
}

async fn connection(sim: Sim) {
    sim.spawn("connection", with_keep_alive()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn tokio_takes_20_s() {
    let begun = tokio::time::Instant::now();
    tokio::spawn(with_keep_alive()).await.unwrap();
    assert_eq!(begun.elapsed(), 20 * SECOND);
}

#[test]
fn a_run_that_counts_takes_as_long_as_on_tokio() {
    let first = Arc::new(AtomicU64::new(0));
    let took = first.clone();
    let explorer = Explorer::new().schedules(1).scheduler(Scheduler::Fifo);
    let outcome = explorer.run(move |sim: Sim| {
        let took = took.clone();
        async move {
            connection(sim).await;
            // Runs that look for late wakes may be shorter. The first run counts.
            _ = took.compare_exchange(0, sim.elapsed().as_secs(), Ordering::Relaxed, Ordering::Relaxed);
        }
    });
    assert_eq!(first.load(Ordering::Relaxed), 20);
    assert_eq!(outcome.failure().unwrap().kind(), FailureKind::LostWakeup);
}

#[test]
fn a_cured_task_is_a_lost_wakeup_in_each_kind_of_search() {
    let explorers = [
        Explorer::new(),
        Explorer::new().schedules(1),
        Explorer::new().scheduler(Scheduler::Fifo),
        Explorer::new().exhaustive(1),
    ];
    for explorer in explorers {
        let failure = replayed_failure(explorer, connection);
        assert_eq!(failure.kind(), FailureKind::LostWakeup);
        assert!(failure.choices().is_empty(), "{failure}");
    }
}

#[test]
fn an_assertion_that_fails_later_is_shown_as_the_consequence() {
    let failure = failure(Explorer::new().schedules(1), |sim: Sim| async move {
        connection(sim).await;
        assert!(sim.elapsed() < 5 * SECOND, "it took {:?}", sim.elapsed());
    });
    assert_eq!(failure.kind(), FailureKind::LostWakeup);
    let text = failure.to_string();
    assert!(text.contains("Later, task 0 `main` panicked at") && text.contains("it took 20s"), "{text}");
}

#[test]
fn an_allowed_delay_is_no_failure() {
    let allowed = Explorer::new().schedules(1).allow_late_wakes(18 * SECOND).run(connection);
    assert!(allowed.failure().is_none(), "{:?}", allowed.failure());
    let failure = failure(Explorer::new().schedules(1).allow_late_wakes(17 * SECOND), connection);
    let text = failure.to_string();
    assert!(text.contains("if this delay is intended, set `allow_late_wakes = \"18s\"`"), "{text}");
}

#[testkit::test(schedules = 1, allow_late_wakes = "18s")]
async fn the_attribute_allows_a_delay(sim: Sim) {
    connection(sim).await;
}

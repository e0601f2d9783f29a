//! Wakers that panic when woken: each panic is reported, wherever the wake comes from.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use testkit::{FailureKind, Sim};
use tokio::sync::oneshot;

use super::{assert_panics, few};
use crate::support::{SECOND, failure};

/// A waker that panics when woken.
struct Explosive;

impl Wake for Explosive {
    fn wake(self: Arc<Self>) {
        panic!("the waker");
    }
}

/// Polls the future once with a waker that panics. Returns the future.
async fn polled_with_a_bad_waker<F: Future + Unpin>(mut future: F) -> F {
    let waker = Waker::from(Arc::new(Explosive));
    assert!(Pin::new(&mut future).poll(&mut Context::from_waker(&waker)).is_pending());
    future
}

#[test]
fn a_waker_may_panic_when_a_channel_wakes_it() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let (sender, receiver) = oneshot::channel::<()>();
        let _receiver = polled_with_a_bad_waker(receiver).await;
        sim.spawn("sending", async move { _ = sender.send(()) }).await.unwrap();
    });
}

#[test]
fn a_waker_may_panic_when_a_timer_wakes_it() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let _sleep = polled_with_a_bad_waker(Box::pin(tokio::time::sleep(SECOND))).await;
        sim.sleep(2 * SECOND).await;
    });
}

#[test]
fn a_waker_may_panic_when_an_advance_wakes_it() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let _sleep = polled_with_a_bad_waker(Box::pin(tokio::time::sleep(SECOND))).await;
        sim.advance(2 * SECOND).await;
    });
}

#[test]
fn a_waker_may_panic_when_an_aborted_task_wakes_it() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let waiting = sim.spawn("waiting", pending::<()>());
        let waiting = polled_with_a_bad_waker(waiting).await;
        waiting.abort();
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_waker_may_panic_when_a_panicking_task_wakes_it() {
    let failure = failure(few(), |sim: Sim| async move {
        let worker = sim.spawn("worker", async { panic!("boom") });
        let _worker = polled_with_a_bad_waker(worker).await;
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

#[test]
fn a_waker_may_panic_when_the_simulation_settles() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let _settling = polled_with_a_bad_waker(Box::pin(async move { sim.settle().await })).await;
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_waker_may_panic_when_a_raw_task_wakes_it() {
    // tokio wakes the waker of a poll that it preempts.
    let outcome = few().preempt(false).run(|sim: Sim| async move {
        let (sender, receiver) = oneshot::channel::<()>();
        let _receiver = polled_with_a_bad_waker(receiver).await;
        let sending = tokio::spawn(async move { _ = sender.send(()) });
        assert!(sending.await.unwrap_err().is_panic());
        sim.sleep(SECOND).await;
    });
    assert!(outcome.failure().is_none(), "{outcome:?}");
}

#[test]
fn a_waker_may_panic_at_teardown() {
    let outcome = few().allow_leaks(true).run(|sim: Sim| async move {
        let (sender, receiver) = oneshot::channel::<()>();
        let receiver = polled_with_a_bad_waker(receiver).await;
        drop(sim.spawn("holding", async move {
            pending::<()>().await;
            drop(sender);
        }));
        std::mem::forget(receiver);
    });
    assert_eq!(outcome.failure().unwrap().kind(), FailureKind::Panic);
}

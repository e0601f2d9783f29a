//! Panics in drops are reported, even two at the same time, which would otherwise abort the process.

use std::future::{Future, pending};
use std::pin::Pin;
use std::task::{Context, Poll};

use testkit::{FailureKind, Sim};

use super::{assert_panics, few};
use crate::support::{SECOND, assert_report_contains, failure, passes};

/// Panics when it is dropped.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

/// A future that never completes and holds values that panic when dropped.
async fn waiting_with(bombs: Vec<Bomb>) {
    pending::<()>().await;
    drop(bombs);
}

#[test]
fn a_panic_in_the_drop_of_a_local_is_reported() {
    assert_panics(&["task 1 `dropping` panicked at ", "drop_panics.rs", "boom"], |sim: Sim| async move {
        drop(sim.spawn("dropping", async {
            let _bomb = Bomb("boom");
            tokio::task::yield_now().await;
        }));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn panics_in_the_drops_of_two_locals_are_both_reported() {
    assert_panics(&["boom one", "boom two", "would have aborted the process"], |sim: Sim| async move {
        drop(sim.spawn("dropping", async {
            let _first = Bomb("boom one");
            let _second = Bomb("boom two");
            tokio::task::yield_now().await;
        }));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_a_drop_during_unwinding_is_reported_with_its_cause() {
    assert_panics(&["the cause", "boom", "would have aborted the process"], |_| async {
        let _bomb = Bomb("boom");
        panic!("the cause");
    });
}

#[test]
fn a_panic_of_the_test_lists_the_tasks_that_are_alive() {
    assert_panics(&["task 0 `main` panicked", "boom", "task 3 `waiting`"], |sim: Sim| async move {
        for _ in 0..3 {
            drop(sim.spawn("waiting", pending::<()>()));
        }
        sim.sleep(SECOND).await;
        panic!("boom");
    });
}

#[test]
fn a_panic_in_a_drop_at_teardown_is_reported() {
    let failure = failure(few().allow_leaks(true), |sim: Sim| async move {
        drop(sim.spawn("waiting", waiting_with(vec![Bomb("boom")])));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_report_contains(&failure, &["task 1 `waiting` panicked", "while it was dropped", "boom"]);
}

#[test]
fn two_panics_in_one_drop_at_teardown_are_both_reported() {
    let failure = failure(few().allow_leaks(true), |sim: Sim| async move {
        drop(sim.spawn("waiting", waiting_with(vec![Bomb("boom one"), Bomb("boom two")])));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_report_contains(&failure, &["boom one", "boom two"]);
}

#[test]
fn a_panic_in_a_drop_after_a_failure_does_not_hide_it() {
    assert_panics(&["task 0 `main` panicked", "the cause"], |sim: Sim| async move {
        drop(sim.spawn("waiting", waiting_with(vec![Bomb("boom")])));
        sim.sleep(SECOND).await;
        panic!("the cause");
    });
}

#[test]
fn a_panic_in_a_drop_after_a_deadlock_does_not_hide_it() {
    let failure = failure(few(), |sim: Sim| async move {
        drop(sim.spawn("waiting", waiting_with(vec![Bomb("boom")])));
        pending::<()>().await;
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
}

#[test]
fn a_panic_in_the_drop_of_an_aborted_task_is_reported() {
    assert_panics(&["task 1 `waiting` panicked", "boom"], |sim: Sim| async move {
        let waiting = sim.spawn("waiting", waiting_with(vec![Bomb("boom")]));
        sim.sleep(SECOND).await;
        waiting.abort();
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_an_aborted_task_is_a_join_error_as_in_tokio() {
    passes(few(), |sim: Sim| async move {
        let waiting = sim.spawn("waiting", waiting_with(vec![Bomb("boom")]));
        sim.sleep(SECOND).await;
        waiting.abort();
        let error = waiting.await.unwrap_err();
        assert!(error.is_panic(), "{error}");
    });
}

#[test]
fn a_panic_in_the_drop_of_a_completed_future_is_reported() {
    struct Ready(#[allow(dead_code)] Bomb);
    impl Future for Ready {
        type Output = ();
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            Poll::Ready(())
        }
    }
    assert_panics(&["task 1 `ready` panicked", "boom"], |sim: Sim| async move {
        drop(sim.spawn("ready", Ready(Bomb("boom"))));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_an_unread_result_is_reported() {
    assert_panics(&["task 1 `giving`", "boom"], |sim: Sim| async move {
        drop(sim.spawn("giving", async { Bomb("boom") }));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_a_spawners_unread_result_is_reported() {
    assert_panics(&["task 1 `giving`", "boom"], |sim: Sim| async move {
        drop(sim.spawner().spawn("giving", async { Bomb("boom") }));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_a_result_and_its_handle_at_teardown_is_reported() {
    assert_panics(&["boom"], |sim: Sim| async move {
        let _giving = sim.spawn("giving", async { Bomb("boom") });
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_a_raw_task_does_not_end_the_process() {
    passes(few(), |_| async {
        tokio::spawn(waiting_with(vec![Bomb("boom")]));
        tokio::task::yield_now().await;
    });
}

#[test]
fn a_drop_at_teardown_may_spawn_tasks() {
    struct Spawning(Sim);
    impl Drop for Spawning {
        fn drop(&mut self) {
            drop(self.0.spawn("late", pending::<()>()));
            drop(di_core::task::spawn(pending::<()>()));
            tokio::spawn(pending::<()>());
        }
    }
    passes(few().allow_leaks(true), |sim: Sim| async move {
        let spawning = Spawning(sim);
        drop(sim.spawn("waiting", async move {
            pending::<()>().await;
            drop(spawning);
        }));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_drop_at_teardown_may_use_the_simulation() {
    struct Asking(Sim);
    impl Drop for Asking {
        fn drop(&mut self) {
            self.0.note("dropped");
            assert!(self.0.choose(3) < 3);
            assert!(self.0.tasks().len() >= 2);
            self.0.clock().now();
            self.0.entropy().next_u64();
            drop(Box::pin(self.0.advance(SECOND)));
        }
    }
    passes(few().allow_leaks(true), |sim: Sim| async move {
        let asking = Asking(sim);
        drop(sim.spawn("waiting", async move {
            pending::<()>().await;
            drop(asking);
        }));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_a_function_that_cannot_unwind_is_reported() {
    extern "C" fn cannot_unwind() {
        panic!("boom");
    }
    assert_panics(&["boom", "would have aborted the process"], |_| async { cannot_unwind() });
}

//! `JoinHandle`, `AbortHandle` and `JoinSet` behave like tokio's.

use std::future::pending;

use di_core::task::{self, JoinSet};
use testkit::types::TaskState;
use testkit::{Explorer, Scheduler, Sim};
use tokio::sync::{mpsc, oneshot};

use super::{Log, log, log_twice, taken};
use crate::support::{SECOND, passes};

#[test]
fn a_task_that_is_aborted_before_its_first_poll_is_never_polled() {
    passes(Explorer::new().scheduler(Scheduler::Fifo), |sim: Sim| async move {
        let polled = Log::default();
        for is_ours in [true, false] {
            let logging = log(polled.clone(), 1);
            let handle = if is_ours { sim.spawn("a", logging) } else { task::spawn(logging) };
            handle.abort();
            assert!(!handle.is_finished());
            assert!(handle.await.unwrap_err().is_cancelled());
        }
        assert!(taken(&polled).is_empty());
    });
}

#[test]
fn a_task_that_is_aborted_while_it_waits_is_dropped() {
    passes(Explorer::new(), |sim: Sim| async move {
        for kind in 0..3 {
            let (held, mut released) = mpsc::channel::<()>(1);
            let waiting = async move {
                pending::<()>().await;
                drop(held);
            };
            let handle = match kind {
                0 => sim.spawn("a", waiting),
                1 => sim.spawner().spawn("a", waiting),
                _ => task::spawn(waiting),
            };
            sim.sleep(SECOND).await;
            handle.abort();
            assert_eq!(released.recv().await, None);
            let error = handle.await.unwrap_err();
            assert!(error.is_cancelled() && !error.is_panic());
            assert_eq!(error.to_string(), "the task was cancelled");
        }
    });
}

#[test]
fn an_abort_after_completion_changes_nothing() {
    passes(Explorer::new(), |sim: Sim| async move {
        for handle in [sim.spawn("a", async { 7 }), task::spawn(async { 7 })] {
            sim.sleep(SECOND).await;
            assert!(handle.is_finished());
            handle.abort();
            assert_eq!(handle.await.unwrap(), 7);
        }
    });
}

#[test]
fn a_task_that_aborts_itself_is_dropped_at_its_next_await() {
    passes(Explorer::new(), |sim: Sim| async move {
        let steps = Log::default();
        let (sender, receiver) = oneshot::channel::<task::AbortHandle>();
        let own = steps.clone();
        let handle = sim.spawn("a", async move {
            receiver.await.unwrap().abort();
            log(own.clone(), 1).await;
            pending::<()>().await;
            log(own, 2).await;
        });
        assert!(sender.send(handle.abort_handle()).is_ok());
        assert!(handle.await.unwrap_err().is_cancelled());
        assert_eq!(taken(&steps), [1]);
    });
}

#[test]
fn a_task_that_aborts_itself_in_a_poll_that_is_preempted_is_dropped() {
    passes(Explorer::new(), |sim: Sim| async move {
        let lock = tokio::sync::Mutex::new(());
        let (sender, receiver) = oneshot::channel::<task::AbortHandle>();
        let handle = sim.spawn("a", async move {
            receiver.await.unwrap().abort();
            drop(lock.lock().await);
            tokio::task::yield_now().await;
        });
        assert!(sender.send(handle.abort_handle()).is_ok());
        assert!(handle.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_task_that_aborts_itself_and_completes_returns_its_result() {
    passes(Explorer::new().scheduler(Scheduler::Fifo), |sim: Sim| async move {
        let (sender, receiver) = oneshot::channel::<task::AbortHandle>();
        let handle = sim.spawn("a", async move {
            receiver.await.unwrap().abort();
            7
        });
        assert!(sender.send(handle.abort_handle()).is_ok());
        assert_eq!(handle.await.unwrap(), 7);
    });
}

#[test]
fn a_task_may_be_aborted_twice() {
    passes(Explorer::new(), |sim: Sim| async move {
        let handle = sim.spawn("a", pending::<()>());
        let abort = handle.abort_handle();
        handle.abort();
        abort.clone().abort();
        abort.abort();
        assert!(handle.await.unwrap_err().is_cancelled());
        assert!(abort.is_finished());
    });
}

#[test]
fn a_task_is_finished_when_it_has_a_result() {
    passes(Explorer::new(), |sim: Sim| async move {
        let (sender, receiver) = oneshot::channel::<()>();
        let handle = sim.spawn("a", async move { receiver.await.unwrap() });
        let abort = handle.abort_handle();
        sim.settle().await;
        assert!(!handle.is_finished() && !abort.is_finished());
        sender.send(()).unwrap();
        sim.settle().await;
        assert!(handle.is_finished() && abort.is_finished());
        handle.await.unwrap();
    });
}

#[test]
fn a_task_whose_handle_is_dropped_continues() {
    passes(Explorer::new(), |sim: Sim| async move {
        let done = Log::default();
        drop(sim.spawn("a", log_twice(done.clone(), 1)));
        drop(task::spawn(log_twice(done.clone(), 1)));
        sim.settle().await;
        assert_eq!(taken(&done).len(), 4);
    });
}

#[test]
fn an_unread_result_is_dropped_with_the_task() {
    passes(Explorer::new(), |sim: Sim| async move {
        let (sender, mut receiver) = mpsc::channel::<()>(1);
        drop(sim.spawn("giving", async move { sender }));
        assert_eq!(receiver.recv().await, None);
    });
}

#[test]
fn an_unread_result_of_a_di_core_task_is_dropped_with_the_task() {
    passes(Explorer::new(), |_| async move {
        let (sender, mut receiver) = mpsc::channel::<()>(1);
        drop(task::spawn(async move { sender }));
        assert_eq!(receiver.recv().await, None);
    });
}

#[test]
fn a_result_is_dropped_with_a_handle_that_outlives_the_task() {
    passes(Explorer::new(), |sim: Sim| async move {
        let (sender, mut receiver) = mpsc::channel::<()>(1);
        let giving = sim.spawn("giving", async move { sender });
        sim.settle().await;
        drop(giving);
        assert_eq!(receiver.recv().await, None);
    });
}

#[test]
fn a_panic_is_a_join_error_with_its_payload() {
    passes(Explorer::new(), |sim: Sim| async move {
        let panicking = || async { std::panic::panic_any(42_u32) };
        for handle in [sim.spawn("a", panicking()), sim.spawner().spawn("a", panicking()), task::spawn(panicking())] {
            let error = handle.await.unwrap_err();
            assert!(error.is_panic() && !error.is_cancelled());
            assert_eq!(error.into_panic().downcast_ref::<u32>(), Some(&42));
        }
        let error = sim.spawn("a", async { panic!("boom") }).await.unwrap_err();
        assert_eq!(error.to_string(), "the task panicked: boom");
    });
}

#[test]
fn a_panic_observed_by_a_task_that_outlives_the_test_is_not_a_failure() {
    passes(Explorer::new(), |sim: Sim| async move {
        drop(sim.spawn("supervisor", async move {
            let worker = task::spawn(async { panic!("boom") });
            assert!(worker.await.unwrap_err().is_panic());
        }));
        task::yield_now().await;
    });
}

#[test]
fn a_join_set_that_is_dropped_aborts_its_tasks() {
    passes(Explorer::new(), |sim: Sim| async move {
        let mut set = JoinSet::new();
        for _ in 0..3 {
            set.spawn(pending::<()>());
        }
        drop(set);
        sim.settle().await;
        let cancelled = sim.tasks().into_iter().filter(|task| task.state() == TaskState::Cancelled);
        assert_eq!(cancelled.count(), 3);
    });
}

#[test]
fn blocking_work_runs_in_place() {
    passes(Explorer::new(), |sim: Sim| async move {
        let thread = std::thread::current().id();
        let done = task::spawn_blocking(move || assert_eq!(std::thread::current().id(), thread));
        assert!(done.is_finished());
        done.await.unwrap();
        let error = sim.spawner().spawn_blocking("work", || panic!("boom")).await.unwrap_err();
        assert!(error.is_panic());
        assert_eq!(sim.tasks().len(), 1);
    });
}

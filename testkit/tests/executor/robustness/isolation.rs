//! Each run is isolated: the next run sees no timer, task, waker or panic from it.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use di_core::task::JoinHandle;
use testkit::{Explorer, FailureKind, Scheduler, Sim};

use super::{few, impatient};
use crate::support::{MILLISECOND, SECOND, failure, passes};

/// Passes the run's number to the test.
fn numbered<R>(test: impl Fn(Sim, usize) -> R + Send + Sync + 'static) -> impl Fn(Sim) -> R + Send + Sync + 'static {
    let number = AtomicUsize::new(0);
    move |sim| test(sim, number.fetch_add(1, Ordering::Relaxed))
}

fn unchecked() -> Explorer {
    Explorer::new().schedules(50).check_determinism(false)
}

#[test]
fn a_timer_of_one_run_does_not_fire_in_the_next() {
    static FIRED: AtomicUsize = AtomicUsize::new(0);
    struct Counting;
    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            FIRED.fetch_add(1, Ordering::Relaxed);
        }
    }
    // A preempted poll wakes its task.
    passes(unchecked().preempt(false).allow_leaks(true), |sim: Sim| async move {
        drop(sim.spawn("late", async {
            let waker = Waker::from(Arc::new(Counting));
            let mut sleep = Box::pin(tokio::time::sleep(5 * SECOND));
            assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            pending::<()>().await;
            drop(sleep);
        }));
        sim.sleep(SECOND).await;
    });
    assert_eq!(FIRED.load(Ordering::Relaxed), 0);
}

#[test]
fn time_starts_at_zero_in_each_run() {
    passes(Explorer::new().schedules(50), |sim: Sim| async move {
        assert_eq!(sim.elapsed(), Duration::ZERO);
        let begun = tokio::time::Instant::now();
        sim.sleep(MILLISECOND).await;
        assert_eq!(begun.elapsed(), MILLISECOND);
        sim.advance(Duration::from_micros(300)).await;
        sim.sleep(Duration::from_micros(1)).await;
    });
}

#[test]
fn advancing_tokios_clock_does_not_affect_the_next_run() {
    passes(Explorer::new().schedules(50), |_| async move {
        let begun = tokio::time::Instant::now();
        tokio::time::sleep(MILLISECOND).await;
        assert_eq!(begun.elapsed(), MILLISECOND);
        tokio::time::advance(Duration::from_micros(300)).await;
    });
}

#[test]
fn a_run_that_only_advances_tokios_clock_does_not_affect_the_next() {
    passes(
        unchecked(),
        numbered(|_, number| async move {
            if number % 2 == 0 {
                tokio::time::advance(Duration::from_micros(300)).await;
            } else {
                let begun = tokio::time::Instant::now();
                tokio::time::sleep(MILLISECOND).await;
                assert_eq!(begun.elapsed(), MILLISECOND);
            }
        }),
    );
}

#[test]
fn a_clock_that_is_resumed_is_paused_in_the_next_run() {
    let begun = Instant::now();
    passes(
        unchecked(),
        numbered(|sim, number| async move {
            if number == 0 {
                tokio::time::resume();
            } else {
                sim.sleep(SECOND).await;
            }
        }),
    );
    assert!(begun.elapsed() < 5 * SECOND);
}

#[test]
fn a_raw_task_does_not_continue_in_the_next_run() {
    let ticks = Arc::new(AtomicUsize::new(0));
    let seen = ticks.clone();
    passes(
        unchecked(),
        numbered(move |sim, number| {
            let ticks = ticks.clone();
            async move {
                if number == 0 {
                    let ticks = ticks.clone();
                    tokio::spawn(async move {
                        loop {
                            tokio::time::sleep(SECOND).await;
                            ticks.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
                sim.sleep(10 * SECOND + MILLISECOND).await;
            }
        }),
    );
    assert_eq!(seen.load(Ordering::Relaxed), 10);
}

#[test]
fn a_task_does_not_continue_in_the_next_run() {
    let ticks = Arc::new(AtomicUsize::new(0));
    let seen = ticks.clone();
    passes(
        unchecked().allow_leaks(true),
        numbered(move |sim, number| {
            let ticks = ticks.clone();
            async move {
                if number == 0 {
                    let ticks = ticks.clone();
                    drop(sim.spawn("ticking", async move {
                        loop {
                            tokio::time::sleep(SECOND).await;
                            ticks.fetch_add(1, Ordering::Relaxed);
                        }
                    }));
                }
                assert_eq!(sim.tasks().len(), if number == 0 { 2 } else { 1 });
                sim.sleep(10 * SECOND + MILLISECOND).await;
            }
        }),
    );
    assert_eq!(seen.load(Ordering::Relaxed), 10);
}

#[test]
fn a_waker_that_outlives_its_run_wakes_nothing() {
    static STALE: Mutex<Vec<Waker>> = Mutex::new(Vec::new());
    passes(unchecked().allow_leaks(true), |sim: Sim| async move {
        let stale = std::mem::take(&mut *STALE.lock().unwrap());
        stale.into_iter().for_each(Waker::wake);
        let polls = Arc::new(AtomicUsize::new(0));
        let counted = polls.clone();
        drop(sim.spawn(
            "waiting",
            poll_fn(move |context| {
                counted.fetch_add(1, Ordering::Relaxed);
                STALE.lock().unwrap().push(context.waker().clone());
                Poll::<()>::Pending
            }),
        ));
        sim.settle().await;
        assert_eq!(polls.load(Ordering::Relaxed), 1);
    });
    for waker in std::mem::take(&mut *STALE.lock().unwrap()) {
        waker.wake();
    }
}

/// Aborts the tasks of earlier runs, and asserts that their handles report it.
async fn assert_all_abort(stale: &Mutex<Vec<JoinHandle<()>>>) {
    let handles = std::mem::take(&mut *stale.lock().unwrap());
    for handle in handles {
        handle.abort();
        let error = handle.await.unwrap_err();
        assert!(error.is_cancelled());
    }
}

#[test]
fn a_handle_that_outlives_its_run_does_no_harm() {
    static STALE: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());
    passes(unchecked().allow_leaks(true), |sim: Sim| async move {
        assert_all_abort(&STALE).await;
        let waiting = sim.spawn("waiting", pending::<()>());
        STALE.lock().unwrap().push(waiting);
        sim.sleep(SECOND).await;
        assert!(sim.tasks().iter().all(|task| task.state() == testkit::types::TaskState::Alive));
    });
}

#[test]
fn a_spawners_handle_that_outlives_its_run_does_no_harm() {
    static STALE: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());
    passes(unchecked().allow_leaks(true), |sim: Sim| async move {
        assert_all_abort(&STALE).await;
        let waiting = di_core::task::spawn(pending::<()>());
        STALE.lock().unwrap().push(waiting);
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_run_restores_its_thread_locals() {
    thread_local! {
        static LEFT: RefCell<Option<Probe>> = const { RefCell::new(None) };
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }
    /// Checks, when the simulation's thread ends, that neither a simulation nor a runtime is current.
    struct Probe(Arc<Mutex<Option<(bool, bool)>>>);
    impl Drop for Probe {
        fn drop(&mut self) {
            let is_inside = Sim::try_current().is_some();
            let is_in_tokio = tokio::runtime::Handle::try_current().is_ok();
            *self.0.lock().unwrap() = Some((is_inside, is_in_tokio));
        }
    }
    let seen = Arc::new(Mutex::new(None));
    let probe = seen.clone();
    // The simulation's thread ends after the searching thread.
    let searching = std::thread::spawn(|| {
        passes(few(), move |sim: Sim| {
            let probe = probe.clone();
            async move {
                COUNT.set(COUNT.get() + 1);
                LEFT.with_borrow_mut(|left| *left = left.take().or(Some(Probe(probe))));
                sim.sleep(SECOND).await;
            }
        });
    });
    searching.join().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(*seen.lock().unwrap(), Some((false, false)));
    assert!(Sim::try_current().is_none());
    assert!(tokio::runtime::Handle::try_current().is_err());
}

#[test]
fn a_panic_of_one_run_is_not_reported_in_the_next() {
    let failure = failure(
        unchecked().schedules(3).scheduler(Scheduler::Random),
        numbered(|_, number| async move {
            if number == 0 {
                _ = catch_unwind(|| panic!("of the first schedule"));
            } else {
                resume_unwind(Box::new(7_u32));
            }
        }),
    );
    assert!(!failure.to_string().contains("of the first schedule"), "{failure}");
}

#[test]
fn an_abandoned_worker_thread_does_not_affect_the_others() {
    let lost = failure(impatient(), |_| async { std::thread::sleep(Duration::from_secs(2)) });
    assert_eq!(lost.kind(), FailureKind::StepLimit);
    passes(Explorer::new().schedules(100), |sim: Sim| async move {
        sim.spawn("working", async { tokio::time::sleep(SECOND).await }).await.unwrap();
    });
}

#[test]
fn a_simulation_may_run_inside_another() {
    passes(few(), |sim: Sim| async move {
        let inner = Explorer::new().schedules(3).run(|inner: Sim| async move {
            inner.sleep(SECOND).await;
            assert_eq!(inner.elapsed(), SECOND);
        });
        assert!(inner.failure().is_none());
        assert_eq!(sim.elapsed(), Duration::ZERO);
    });
}

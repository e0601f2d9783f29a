//! `JoinHandle`, `AbortHandle`, `JoinSet` and `JoinError` behave in a simulation as on a runtime of tokio.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use testkit::Explorer;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::{self, JoinError, JoinSet, yield_now};

use crate::support::each_seen;

/// A program that describes what it observed.
type Program = fn() -> Pin<Box<dyn Future<Output = String>>>;

/// Asserts that a program observes the same on a runtime of tokio and under each schedule of a simulation.
#[track_caller]
fn assert_same(program: Program) {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let expected = runtime.block_on(program());
    let seen = each_seen(Explorer::new().schedules(100), move |_| program());
    assert!(seen.len() >= 100);
    for observed in seen {
        assert_eq!(observed, expected);
    }
}

/// Describes what a handle returns.
fn described<T: std::fmt::Debug>(result: Result<T, JoinError>) -> String {
    match result {
        Ok(output) => format!("{output:?}"),
        Err(error) if error.is_cancelled() => "cancelled".to_owned(),
        Err(error) => format!("panic: {}", error.into_panic().downcast_ref::<&str>().unwrap_or(&"of another type")),
    }
}

/// Returns a future that waits for ever, and a flag that is set when it is dropped.
fn waits() -> (impl Future<Output = ()>, Arc<AtomicBool>) {
    let dropped = Arc::new(AtomicBool::new(false));
    let guard = Dropped(dropped.clone());
    let future = async move {
        let _guard = guard;
        pending::<()>().await;
    };
    (future, dropped)
}

/// Sets a flag when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn results_and_panics_reach_the_handle() {
    assert_same(|| {
        Box::pin(async {
            let output = described(tokio::spawn(async { 1 }).await);
            let later = described(
                tokio::spawn(async {
                    yield_now().await;
                    2
                })
                .await,
            );
            let at_once = described::<()>(tokio::spawn(async { panic!("at once") }).await);
            let later_panic = tokio::spawn(async {
                yield_now().await;
                panic!("later")
            });
            let later_panic = described::<()>(later_panic.await);
            format!("{output} {later} {at_once} {later_panic}")
        })
    });
}

#[test]
fn a_task_has_the_id_of_its_handle() {
    assert_same(|| {
        Box::pin(async {
            let handle = tokio::spawn(async {
                let before = task::id();
                yield_now().await;
                let child = tokio::spawn(async { task::id() });
                let child_id = child.id();
                (before, task::id(), child_id == child.await.unwrap(), child_id != before)
            });
            let id = handle.id();
            let (before, after, is_child, differs) = handle.await.unwrap();
            let aborted = tokio::spawn(pending::<()>());
            let aborted_id = aborted.id();
            aborted.abort();
            let is_of_aborted = aborted.await.unwrap_err().id() == aborted_id;
            let panicked = tokio::spawn(async { panic!("expected") });
            let panicked_id = panicked.id();
            let is_of_panicked = panicked.await.unwrap_err().id() == panicked_id;
            format!("{} {is_child} {differs} {is_of_aborted} {is_of_panicked}", before == id && after == id)
        })
    });
}

#[test]
fn the_future_is_dropped_before_its_handle_completes() {
    assert_same(|| {
        Box::pin(async {
            let mut seen = Vec::new();
            for end in ["return", "abort", "abort at once", "panic"] {
                let dropped = Arc::new(AtomicBool::new(false));
                let guard = Dropped(dropped.clone());
                let (started, starting) = oneshot::channel();
                let handle = tokio::spawn(async move {
                    let _guard = guard;
                    _ = started.send(());
                    match end {
                        "return" => {}
                        "panic" => panic!("expected"),
                        _ => pending().await,
                    }
                });
                if end == "abort" {
                    starting.await.unwrap();
                }
                if end.starts_with("abort") {
                    handle.abort();
                }
                let result = described(handle.await);
                seen.push(format!("{end}: {result}, dropped {}", dropped.load(Ordering::Relaxed)));
            }
            seen.join("; ")
        })
    });
}

#[test]
fn aborting_takes_effect_later_and_only_once() {
    assert_same(|| {
        Box::pin(async {
            let (future, dropped) = waits();
            let handle = tokio::spawn(future);
            let abort = handle.abort_handle();
            yield_now().await;
            abort.abort();
            let at_once = (handle.is_finished(), abort.is_finished(), dropped.load(Ordering::Relaxed));
            handle.abort();
            let result = described(handle.await);
            abort.abort();
            format!("{at_once:?} {result} {}", abort.is_finished())
        })
    });
}

#[test]
fn a_completed_task_is_not_aborted() {
    assert_same(|| {
        Box::pin(async {
            let (done, finishing) = oneshot::channel();
            let handle = tokio::spawn(async move {
                _ = done.send(());
                7
            });
            finishing.await.unwrap();
            while !handle.is_finished() {
                yield_now().await;
            }
            handle.abort();
            described(handle.await)
        })
    });
}

#[test]
fn a_task_that_aborts_itself_can_still_return() {
    assert_same(|| {
        Box::pin(async {
            let mut seen = Vec::new();
            for waits in [false, true] {
                let (send, receive) = oneshot::channel::<task::AbortHandle>();
                let handle = tokio::spawn(async move {
                    receive.await.unwrap().abort();
                    if waits {
                        yield_now().await;
                    }
                    3
                });
                send.send(handle.abort_handle()).unwrap();
                seen.push(described(handle.await));
            }
            seen.join(" ")
        })
    });
}

#[test]
fn a_panic_of_an_aborted_future_reaches_the_handle() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in the destructor");
        }
    }
    assert_same(|| {
        Box::pin(async {
            let (started, starting) = oneshot::channel();
            let handle = tokio::spawn(async {
                let _panics = Panics;
                _ = started.send(());
                pending::<()>().await;
            });
            starting.await.unwrap();
            handle.abort();
            let error = handle.await.unwrap_err();
            format!("{} {}", error.is_panic(), error.is_cancelled())
        })
    });
}

#[test]
fn a_dropped_handle_leaves_the_task_running() {
    assert_same(|| {
        Box::pin(async {
            let (send, receive) = oneshot::channel();
            drop(tokio::spawn(async move {
                yield_now().await;
                _ = send.send(4);
            }));
            format!("{:?}", receive.await)
        })
    });
}

#[test]
fn a_join_set_collects_and_aborts() {
    assert_same(|| {
        Box::pin(async {
            let mut set = JoinSet::new();
            for number in 0..3 {
                set.spawn(async move {
                    yield_now().await;
                    number
                });
            }
            let mut sum = 0;
            while let Some(result) = set.join_next().await {
                sum += result.unwrap();
            }
            let aborted = set.spawn(pending());
            set.spawn(async { panic!("expected") });
            aborted.abort();
            let mut results: Vec<_> = Vec::new();
            while let Some(result) = set.join_next_with_id().await {
                results.push(described(result.map(|(_, output)| output)));
            }
            results.sort();
            set.spawn(pending());
            set.shutdown().await;
            format!("{sum} {results:?} {}", set.is_empty())
        })
    });
}

#[test]
fn a_dropped_join_set_drops_its_tasks() {
    assert_same(|| {
        Box::pin(async {
            let (future, dropped) = waits();
            let mut set = JoinSet::new();
            set.spawn(future);
            yield_now().await;
            drop(set);
            while !dropped.load(Ordering::Relaxed) {
                yield_now().await;
            }
            "dropped".to_owned()
        })
    });
}

#[test]
fn handles_of_runtimes_and_trackers_spawn_too() {
    assert_same(|| {
        Box::pin(async {
            let handle = Handle::current();
            let by_handle = described(handle.spawn(async { 1 }).await);
            let tracker = tokio_util::task::TaskTracker::new();
            let tracked = tracker.spawn(async {
                yield_now().await;
                2
            });
            tracker.close();
            tracker.wait().await;
            format!("{by_handle} {} {}", tracked.is_finished(), described(tracked.await))
        })
    });
}

/// A task of another runtime is one of the simulation, so its time is virtual and its order is explored.
#[testkit::test]
async fn a_runtime_of_the_code_under_test_spawns_into_the_simulation(sim: testkit::Sim) {
    let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let begun = sim.clock().now();
    let sleeping = runtime.spawn(tokio::time::sleep(std::time::Duration::from_secs(3600)));
    sleeping.await.unwrap();
    assert_eq!((sim.clock().now() - begun).as_secs(), 3600);
    runtime.shutdown_background();
}

/// A task that is spawned while the run ends is dropped, as by a runtime that shuts down.
#[test]
fn what_is_spawned_at_the_end_of_a_run_is_dropped() {
    struct Spawns(Arc<AtomicBool>);
    impl Drop for Spawns {
        fn drop(&mut self) {
            let guard = Dropped(self.0.clone());
            let handle = tokio::spawn(async move {
                let _guard = guard;
            });
            // The handle must not wait for ever: on a runtime that has shut down, it is complete.
            assert!(catch_unwind(AssertUnwindSafe(|| handle.is_finished())).unwrap());
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let dropping = dropped.clone();
    let outcome = Explorer::new().schedules(1).allow_leaks(true).run(move |_| {
        let spawns = Spawns(dropping.clone());
        async move {
            tokio::spawn(async move {
                let _spawns = spawns;
                pending::<()>().await;
            });
            yield_now().await;
        }
    });
    assert!(outcome.failure().is_none(), "{:?}", outcome.failure());
    assert!(dropped.load(Ordering::Relaxed));
}

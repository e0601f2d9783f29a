//! Tasks: a `JoinHandle` means what tokio's does, and which task runs when is explored.

mod support;

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::task::{self, JoinSet};
use di_core::{Component, Container, ambient};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use support::{MILLISECOND, SECOND, assert_tells, failure, passes, seen};
use testkit::types::TaskState;
use testkit::{Explorer, FailureKind, Sim, Scheduler};
use tokio::sync::{mpsc, oneshot};

type Log = Arc<Mutex<Vec<u8>>>;

async fn log(log: Log, what: u8) {
    log.lock().unwrap().push(what);
}

async fn log_twice(log: Log, what: u8) {
    log.lock().unwrap().push(what);
    task::yield_now().await;
    log.lock().unwrap().push(what);
}

fn taken(log: &Log) -> Vec<u8> {
    std::mem::take(&mut *log.lock().unwrap())
}

// Orders.

#[test]
fn both_orders_of_two_tasks_of_the_simulation_are_seen() {
    let orders = seen(|sim: Sim| async move {
        let order = Log::default();
        let (a, b) = (sim.spawn("a", log(order.clone(), 1)), sim.spawn("b", log(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}

#[test]
fn both_orders_of_two_tasks_of_a_spawner_are_seen() {
    let orders = seen(|sim: Sim| async move {
        let (order, spawner) = (Log::default(), sim.spawner());
        let (a, b) = (spawner.spawn("a", log(order.clone(), 1)), spawner.spawn("b", log(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}

#[test]
fn both_orders_of_two_tasks_of_di_core_are_seen() {
    let orders = seen(|_| async {
        let order = Log::default();
        let (a, b) = (task::spawn(log(order.clone(), 1)), task::spawn(log(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}

#[test]
fn all_six_orders_of_a_join_set_are_seen() {
    let orders = seen(|_| async {
        let mut set = JoinSet::new();
        for number in 1..=3_u8 {
            set.spawn(async move { number });
        }
        let mut order = Vec::new();
        while let Some(number) = set.join_next().await {
            order.push(number.unwrap());
        }
        order
    });
    assert_eq!(orders.len(), 6, "{orders:?}");
}

#[test]
fn all_interleavings_of_two_tasks_with_a_yield_are_seen() {
    let orders = seen(|sim: Sim| async move {
        let order = Log::default();
        let (a, b) = (sim.spawn("a", log_twice(order.clone(), 1)), sim.spawn("b", log_twice(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders.len(), 6, "{orders:?}");
}

#[test]
fn a_task_and_a_raw_task_are_seen_in_both_orders() {
    let orders = seen(|sim: Sim| async move {
        let order = Log::default();
        let (a, b) = (sim.spawn("a", log(order.clone(), 1)), tokio::spawn(log(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}

#[test]
fn first_in_first_out_is_one_schedule() {
    let outcome = Explorer::new().scheduler(Scheduler::Fifo).schedules(100).run(|sim: Sim| async move {
        let order = Log::default();
        let (a, b) = (sim.spawn("a", log_twice(order.clone(), 1)), sim.spawn("b", log_twice(order.clone(), 2)));
        a.await.unwrap();
        b.await.unwrap();
        assert_eq!(taken(&order), [1, 2, 1, 2]);
    });
    assert!(outcome.failure().is_none());
    assert_eq!(outcome.schedules_run(), 1);
}

#[test]
fn two_timers_that_are_due_at_once_are_seen_in_both_orders() {
    let orders = seen(|sim: Sim| async move {
        let order = Log::default();
        let task = |what| {
            let order = order.clone();
            async move {
                tokio::time::sleep(SECOND).await;
                log(order, what).await;
            }
        };
        let (a, b) = (sim.spawn("a", task(1)), sim.spawn("b", task(2)));
        a.await.unwrap();
        b.await.unwrap();
        taken(&order)
    });
    assert_eq!(orders, BTreeSet::from([vec![1, 2], vec![2, 1]]));
}

// A handle.

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
fn an_abort_behind_the_end_changes_nothing() {
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
fn a_task_that_aborts_itself_and_is_ready_has_its_result() {
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
fn two_aborts_are_one() {
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
fn a_task_is_finished_once_it_has_a_result() {
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
fn a_task_whose_handle_is_dropped_runs_on() {
    passes(Explorer::new(), |sim: Sim| async move {
        let done = Log::default();
        drop(sim.spawn("a", log_twice(done.clone(), 1)));
        drop(task::spawn(log_twice(done.clone(), 1)));
        sim.settle().await;
        assert_eq!(taken(&done).len(), 4);
    });
}

#[test]
fn a_result_that_nobody_takes_is_dropped_with_the_task() {
    passes(Explorer::new(), |sim: Sim| async move {
        let (sender, mut receiver) = mpsc::channel::<()>(1);
        drop(sim.spawn("giving", async move { sender }));
        assert_eq!(receiver.recv().await, None);
    });
}

#[test]
fn a_result_that_nobody_takes_of_di_core_is_dropped_with_the_task() {
    passes(Explorer::new(), |_| async move {
        let (sender, mut receiver) = mpsc::channel::<()>(1);
        drop(task::spawn(async move { sender }));
        assert_eq!(receiver.recv().await, None);
    });
}

#[test]
fn a_result_whose_handle_is_dropped_behind_the_end_is_dropped_with_the_handle() {
    passes(Explorer::new(), |sim: Sim| async move {
        let (sender, mut receiver) = mpsc::channel::<()>(1);
        let giving = sim.spawn("giving", async move { sender });
        sim.settle().await;
        drop(giving);
        assert_eq!(receiver.recv().await, None);
    });
}

#[test]
fn a_panic_is_a_join_error_with_its_value() {
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
fn a_panic_that_is_told_to_a_task_that_ends_behind_the_test_is_no_failure() {
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
fn blocking_work_is_done_in_place() {
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

// What the simulation tells and does.

#[test]
fn tasks_are_told_with_name_site_state_and_size() {
    passes(Explorer::new(), |sim: Sim| async move {
        let big = [0_u8; 500];
        let waiting = sim.spawn("waiting", async move {
            pending::<()>().await;
            assert_eq!(big.len(), 500);
        });
        let line = line!() - 4;
        sim.sleep(SECOND).await;
        let tasks = sim.tasks();
        assert_eq!((tasks[0].name(), tasks[0].number()), ("main", 0));
        let task = &tasks[1];
        assert_eq!((task.name(), task.number(), task.state()), ("waiting", 1, TaskState::Alive));
        assert_eq!((task.site().line(), task.polls(), task.is_ready()), (line, 1, false));
        assert!(task.site().file().ends_with("tasks.rs"));
        assert!(task.future_size() >= 500);
        waiting.abort();
        sim.settle().await;
        assert_eq!(sim.tasks()[1].state(), TaskState::Cancelled);
        _ = waiting.await;
    });
}

#[test]
fn a_task_that_is_ready_while_time_is_advanced_has_a_delay() {
    passes(Explorer::new().scheduler(Scheduler::Fifo), |sim: Sim| async move {
        let waiting = sim.spawn("waiting", async {});
        sim.advance(SECOND).await;
        assert_eq!(sim.tasks()[1].delay(), SECOND);
        waiting.await.unwrap();
    });
}

#[test]
fn notes_are_in_the_report_with_time_and_task() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        sim.spawn("noting", async move { sim.note(format_args!("item {}", 3)) }).await.unwrap();
        sim.sleep(1500 * MILLISECOND).await;
        sim.note("late");
        panic!("boom");
    });
    assert_tells(&failure, &["note at 0 s by task 1 `noting`: item 3", "note at 1.5 s by task 0 `main`: late"]);
}

#[test]
fn all_alternatives_are_chosen() {
    let chosen = seen(|sim: Sim| async move { (sim.choose(3), sim.choose(2)) });
    assert_eq!(chosen.len(), 6);
    assert_eq!(seen(|sim: Sim| async move { sim.choose(1) }), BTreeSet::from([0]));
}

#[test]
fn a_choice_is_replayed_and_shrunk() {
    let test = |sim: Sim| async move {
        let chosen: Vec<_> = (0..20).map(|_| sim.choose(4)).collect();
        assert_ne!(chosen[13], 2);
    };
    let failure = failure(Explorer::new(), test);
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert_eq!(failure.choices()[0].to_string(), "step 1  chose 2 for choice 14 of `main`");
    let again = Explorer::new().replay(failure.schedule()).run(test);
    assert_eq!(again.failure().unwrap().choices(), failure.choices());
}

#[test]
fn a_choice_in_the_closure_of_a_test_is_one_of_the_test() {
    let chosen = seen(|sim: Sim| {
        let chosen = sim.choose(3);
        async move { chosen }
    });
    assert_eq!(chosen.len(), 3);
}

#[test]
fn a_task_that_the_closure_of_a_test_spawns_is_not_taken_for_the_test() {
    let is_over = Arc::new(AtomicUsize::new(0));
    let over = is_over.clone();
    passes(Explorer::new().schedules(20).check_determinism(false), move |sim: Sim| {
        let handle = sim.spawn("early", async {});
        let over = over.clone();
        async move {
            handle.await.unwrap();
            sim.sleep(SECOND).await;
            assert_eq!(sim.tasks()[0].name(), "main");
            over.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(is_over.load(Ordering::Relaxed), 20);
}

#[test]
fn a_future_is_dropped_at_each_of_its_awaits() {
    let reached = seen(|sim: Sim| async move {
        let steps = Log::default();
        let own = steps.clone();
        let output = sim.cancel_anywhere(async move {
            for step in 0..3 {
                log(own.clone(), step).await;
                task::yield_now().await;
            }
            7
        });
        let output = output.await;
        (taken(&steps).len(), output)
    });
    let expected = [(1, None), (2, None), (3, None), (3, Some(7))];
    assert_eq!(reached, BTreeSet::from(expected));
}

#[test]
fn a_cancellation_is_replayed_and_shrunk() {
    let test = |sim: Sim| async move {
        let held = Arc::new(tokio::sync::Mutex::new(0));
        let own = held.clone();
        let updating = sim.cancel_anywhere(async move {
            *own.lock().await += 1;
            task::yield_now().await;
            *own.lock().await -= 1;
        });
        updating.await;
        assert_eq!(*held.lock().await, 0);
    };
    let failure = failure(Explorer::new(), test);
    assert_eq!(failure.choices().len(), 1, "{failure}");
    let again = Explorer::new().replay(failure.schedule()).run(test);
    assert_eq!(again.failure().unwrap().choices(), failure.choices());
}

#[test]
fn a_cancellation_reads_as_one() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let output = sim.cancel_anywhere(task::yield_now()).await;
        assert!(output.is_some());
    });
    assert_tells(&failure, &["dropped the future of `main`"]);
}

#[test]
fn settle_waits_until_all_others_are_blocked() {
    passes(Explorer::new(), |sim: Sim| async move {
        let steps = Arc::new(AtomicUsize::new(0));
        for _ in 0..3 {
            let steps = steps.clone();
            drop(sim.spawn("stepping", async move {
                for _ in 0..10 {
                    task::yield_now().await;
                    steps.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        sim.settle().await;
        assert_eq!(steps.load(Ordering::Relaxed), 30);
        assert_eq!(sim.elapsed(), Duration::ZERO);
    });
}

#[test]
fn settle_waits_for_raw_tasks_as_well() {
    passes(Explorer::new(), |sim: Sim| async move {
        let steps = Arc::new(AtomicUsize::new(0));
        let own = steps.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                tokio::task::yield_now().await;
                own.fetch_add(1, Ordering::Relaxed);
            }
        });
        sim.settle().await;
        assert_eq!(steps.load(Ordering::Relaxed), 10);
    });
}

#[test]
fn settle_is_not_ready_early_where_a_sibling_wakes_its_task() {
    passes(Explorer::new(), |sim: Sim| async move {
        let steps = Arc::new(AtomicUsize::new(0));
        let own = steps.clone();
        drop(sim.spawn("stepping", async move {
            for _ in 0..10 {
                task::yield_now().await;
                own.fetch_add(1, Ordering::Relaxed);
            }
        }));
        let settling = async {
            sim.settle().await;
            assert_eq!(steps.load(Ordering::Relaxed), 10);
        };
        tokio::join!(settling, task::yield_now());
    });
}

#[test]
fn advance_moves_time_and_fires_timers_although_others_are_ready() {
    passes(Explorer::new(), |sim: Sim| async move {
        let ringing = sim.spawn("ringing", tokio::time::sleep(SECOND));
        sim.settle().await;
        drop(sim.spawn("ready", async {
            for _ in 0..100 {
                task::yield_now().await
            }
        }));
        sim.advance(SECOND).await;
        assert_eq!(sim.elapsed(), SECOND);
        ringing.await.unwrap();
        assert_eq!(sim.elapsed(), SECOND);
    });
}

#[test]
fn advance_has_moved_time_where_a_group_polls_it() {
    passes(Explorer::new(), |sim: Sim| async move {
        // What is ready lets the group be polled twice by one poll of its task.
        let member = |is_first: bool| async move {
            if is_first {
                sim.advance(SECOND).await;
                assert_eq!(sim.elapsed(), SECOND);
            }
        };
        let group: FuturesUnordered<_> = [member(true), member(false)].into_iter().collect();
        group.collect::<Vec<()>>().await;
    });
}

#[test]
fn entropy_is_the_seeds() {
    let numbers = |seed| {
        let all = Arc::new(Mutex::new(Vec::new()));
        let seen = all.clone();
        passes(Explorer::new().seed(seed).schedules(10).check_determinism(false), move |sim: Sim| {
            let seen = seen.clone();
            async move { seen.lock().unwrap().push((sim.entropy().next_u64(), sim.entropy().next_u64())) }
        });
        std::mem::take(&mut *all.lock().unwrap())
    };
    let first = numbers(1);
    assert_eq!(first, numbers(1));
    assert_ne!(first, numbers(2));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 10);
    assert_ne!(first[0].0, first[0].1);
}

#[test]
fn entropy_is_replayed() {
    let test = |sim: Sim| async move {
        let number = sim.entropy().in_range(0..10);
        assert_ne!(number, 3, "three");
    };
    let failure = failure(Explorer::new().seed(9), test);
    let again = Explorer::new().replay(failure.schedule()).run(test);
    assert_eq!(again.failure().unwrap().kind(), FailureKind::Panic);
}

/// Sleeps by the clock in a task of the spawner.
#[derive(Component)]
struct Service {
    clock: Arc<dyn ambient::Clock>,
    spawner: Arc<dyn ambient::Spawner>,
    entropy: Arc<dyn ambient::Entropy>,
    network: Arc<dyn ambient::Network>,
}

#[derive(Container)]
struct App {
    #[module]
    ambient: ambient::Ambient,
    #[import(ambient)]
    clock: Arc<dyn ambient::Clock>,
    #[import(ambient)]
    spawner: Arc<dyn ambient::Spawner>,
    #[import(ambient)]
    entropy: Arc<dyn ambient::Entropy>,
    #[import(ambient)]
    network: Arc<dyn ambient::Network>,
    #[component]
    service: Arc<Service>,
}

#[test]
fn a_container_has_the_simulations_services() {
    passes(Explorer::new(), |sim: Sim| async move {
        let app = App::builder().with_ambient(sim.ambient()).build_sync().unwrap();
        let service = app.service.clone();
        let (clock, begun) = (service.clock.clone(), service.clock.now());
        let working = service.spawner.spawn("working", async move { clock.sleep(3600 * SECOND).await });
        working.await.unwrap();
        assert_eq!(service.clock.now() - begun, 3600 * SECOND);
        assert_eq!(sim.tasks()[1].name(), "working");
        assert!(service.entropy.in_range(0..3) < 3);
        assert!(service.network.connect("host:80").await.is_err());
        assert!(service.network.bind("host:80").await.is_err());
    });
}

#[test]
fn the_current_simulation_is_the_one_of_the_test() {
    assert!(Sim::try_current().is_none());
    passes(Explorer::new(), |sim: Sim| async move {
        Sim::current().sleep(SECOND).await;
        assert_eq!(sim.elapsed(), SECOND);
        sim.spawn("task", async { assert_eq!(Sim::current().tasks().len(), 2) }).await.unwrap();
        tokio::spawn(async { assert_eq!(Sim::current().elapsed(), SECOND) }).await.unwrap();
        std::thread::spawn(|| assert!(Sim::try_current().is_none())).join().unwrap();
    });
}

#[test]
fn a_cancelled_sleep_is_no_lost_wakeup() {
    passes(Explorer::new().schedules(400), |sim| async move {
        let slept = sim.cancel_anywhere(async {
            tokio::time::sleep(SECOND).await;
            tokio::time::sleep(SECOND).await;
        });
        slept.await;
    });
}

//! Each kind of failure is found, reported and replayed, and correct code that looks similar passes.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::future::join;
use testkit::{Explorer, FailureKind, Scheduler, Sim};
use tokio::sync::{mpsc, oneshot};

use crate::support::{SECOND, assert_report_contains, passes, replayed_failure as failure};

#[test]
fn a_panic_of_the_test_is_reported() {
    let failure = failure(Explorer::new(), |_| async { panic!("boom") });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_eq!(failure.found_after(), 1);
    assert!(failure.choices().is_empty());
    assert_report_contains(
        &failure,
        &["panic: task 0 `main` panicked at ", "verdicts.rs:", ": boom", "TESTKIT_REPLAY='v1:"],
    );
}

#[test]
fn a_panic_of_a_task_that_is_not_awaited_is_reported() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        drop(sim.spawn("worker", async { panic!("boom") }));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_report_contains(&failure, &["task 1 `worker` panicked", "boom"]);
}

#[test]
fn the_panic_of_an_awaited_task_comes_before_its_consequence() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let serving = sim.spawn("serving", async move {
            sim.sleep(SECOND).await;
            panic!("the map is empty");
        });
        sim.sleep(3 * SECOND).await;
        serving.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    let text = failure.to_string();
    let (first, second) = (text.lines().next().unwrap(), text.lines().nth(1).unwrap());
    assert!(first.starts_with("panic: task 1 `serving` panicked at testkit/tests/reports/verdicts.rs:"), "{text}");
    assert!(first.ends_with("after 1 s of virtual time: the map is empty"), "{text}");
    assert!(second.starts_with("  consequence: task 0 `main` panicked at"), "{text}");
    assert!(second.contains("after 3 s of virtual time: called `Result::unwrap()`"), "{text}");
}

#[test]
fn a_panic_in_a_library_names_the_line_that_called_it() {
    let failure = failure(Explorer::new(), |_| async {
        let barrier = tokio::sync::Semaphore::new(1);
        // The assertion is in tokio, and does not have the line of its caller.
        barrier.add_permits(usize::MAX);
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    let text = failure.to_string();
    assert!(text.contains("panicked at verdicts.rs:") && text.contains(", in tokio-1."), "{text}");
}

#[test]
fn a_panic_of_a_raw_task_that_nothing_awaits_is_reported() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        drop(tokio::spawn(async { panic!("in the background") }));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_report_contains(&failure, &["panic: a `tokio::spawn` task panicked at", ": in the background"]);
}

#[test]
fn a_panic_that_is_observed_is_not_a_failure() {
    passes(Explorer::new(), |sim: Sim| async move {
        let error = sim.spawn("worker", async { panic!("boom") }).await.unwrap_err();
        assert!(error.is_panic());
        let caught = std::panic::catch_unwind(|| panic!("caught"));
        assert!(caught.is_err());
    });
}

async fn deposit(account: Arc<tokio::sync::Mutex<u32>>) {
    let balance = *account.lock().await;
    *account.lock().await = balance + 1;
}

#[test]
fn a_lost_update_is_found_by_a_preemption() {
    let test = |sim: Sim| async move {
        let account = Arc::new(tokio::sync::Mutex::new(0));
        let tasks: Vec<_> = (0..2).map(|_| sim.spawn("deposit", deposit(account.clone()))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*account.lock().await, 2);
    };
    let failure = failure(Explorer::new(), test);
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert!(failure.choices()[0].to_string().contains("preempted `deposit` at verdicts.rs:"), "{failure}");
    passes(Explorer::new().preempt(false), test);
}

async fn forward(mut from: mpsc::Receiver<u8>, to: mpsc::Sender<u8>) {
    while let Some(item) = from.recv().await {
        to.send(item).await.unwrap();
    }
}

#[test]
fn a_deadlock_names_the_waiting_tasks_and_their_lines() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let (to_host, from_main) = mpsc::channel(1);
        let (to_main, mut from_host) = mpsc::channel(1);
        let host = sim.spawn("host", forward(from_main, to_main));
        for item in 0..5 {
            to_host.send(item).await.unwrap();
        }
        drop(to_host);
        while from_host.recv().await.is_some() {}
        host.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert_report_contains(
        &failure,
        &[
            "deadlock: 2 tasks wait, and nothing is left that could wake them",
            "task 1 `host`  verdicts.rs:",
            "forward",
            "waits in tokio::sync::mpsc::bounded::Sender::send",
        ],
    );
}

/// The handles have been polled before, so each must drop an older waker.
#[test]
fn a_wait_for_a_task_names_that_task() {
    let failure = failure(Explorer::new().preempt(false), |sim: Sim| async move {
        let spawned = sim.spawn("spawned", pending::<()>());
        let by_service = sim.spawner().spawn("by service", pending::<()>());
        let joining = sim.spawn("joining", async move { join(by_service, sim.sleep(SECOND)).await });
        _ = join(spawned, sim.sleep(SECOND)).await;
        _ = joining.await;
    });
    let texts = ["JoinHandle::poll, for task 1 `spawned`", "JoinHandle::poll, for task 2 `by service`"];
    assert_report_contains(&failure, &texts);
}

/// The hint follows from the wait: the task would not wait if the other side had been dropped.
#[test]
fn the_only_task_waiting_on_a_channel_gets_a_hint_about_its_other_side() {
    let failure = failure(Explorer::new(), |_| async {
        let (sender, _receiver) = mpsc::channel(1);
        for _ in 0..2 {
            sender.send(()).await.unwrap();
        }
    });
    let known = "the channel is full, and its receiver is alive but not read; \
                 most likely this task itself holds it, as no other task is left";
    assert_report_contains(&failure, &["waits in tokio::sync::mpsc::bounded::Sender::send", known]);
}

#[test]
fn pending_forever_is_a_deadlock_rather_than_a_missed_waker() {
    let failure = failure(Explorer::new(), |_| async { pending::<()>().await });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert_report_contains(&failure, &["registered no waker"]);
}

/// The poll gave its waker to a future that then completed.
#[test]
fn a_completed_await_is_not_reported_as_the_place_of_a_wait() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        sim.sleep(SECOND).await;
        let line = line!() - 1;
        sim.note(line);
        pending::<()>().await;
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    let text = failure.to_string();
    let line: u32 = text.lines().find_map(|line| line.split_once("by task 0 `main`: ")?.1.parse().ok()).unwrap();
    let past = format!("registered no waker, so nothing can wake it. Its last poll reached verdicts.rs:{line}\n");
    assert!(text.contains(&past) && !text.contains("waits in"), "{text}");
}

/// The user's own code clones the waker, so no library function is the place of the wait.
#[test]
fn a_hand_written_future_waits_in_no_primitive() {
    let kept = Arc::new(Mutex::new(None));
    let failure = failure(Explorer::new(), move |_| {
        let kept = kept.clone();
        poll_fn(move |context| {
            *kept.lock().unwrap() = Some(context.waker().clone());
            Poll::Pending
        })
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    let text = failure.to_string();
    assert!(text.contains("task 0 `main`  verdicts.rs:") && !text.contains("waits in"), "{text}");
}

#[test]
fn a_deadlock_after_hours_of_timers_is_found() {
    let failure = failure(Explorer::new().scheduler(Scheduler::Fifo), |sim: Sim| async move {
        sim.sleep(3 * 3600 * SECOND).await;
        let (_sender, receiver) = oneshot::channel::<()>();
        receiver.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
}

/// A hand-written future that is ready when a flag is set, but registers no waker.
struct Forgetful(Arc<AtomicBool>);

impl Future for Forgetful {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[test]
fn a_future_that_registers_no_waker_is_a_missed_waker() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let flag = Arc::new(AtomicBool::new(false));
        let waiting = sim.spawn("waiting", Forgetful(flag.clone()));
        sim.sleep(SECOND).await;
        flag.store(true, Ordering::Relaxed);
        waiting.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::MissedWaker);
    assert_eq!(failure.found_after(), 1);
    let text = "missed waker: task 1 `waiting` is ready, but its future registered no waker";
    assert_report_contains(&failure, &[text, "spawned at verdicts.rs:"]);
}

#[test]
fn a_missed_waker_hidden_by_a_sibling_is_a_lost_wakeup() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let flag = Arc::new(AtomicBool::new(false));
        let forgetful = Forgetful(flag.clone());
        let waiting = sim.spawn("waiting", async move {
            let mut forgetful = pin!(forgetful);
            // The timer hides that the other future is never woken.
            loop {
                tokio::select! {
                    biased;
                    () = &mut forgetful => break,
                    () = tokio::time::sleep(30 * SECOND) => {}
                }
            }
        });
        sim.sleep(SECOND).await;
        flag.store(true, Ordering::Relaxed);
        waiting.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::LostWakeup);
    assert_eq!(failure.found_after(), 1);
    let text = "task 1 `waiting` was ready, but was woken only 29 s later, by its own timer";
    let causes = "registered no waker or a stale one, or the code that made it ready did not wake it; \
                  the waker of a sibling future hides this";
    let suspects = "was found ready at 1 s, after task 0 `main` was polled";
    assert_report_contains(&failure, &[text, causes, suspects]);
}

#[test]
#[cfg(unix)]
fn the_report_names_the_poll_that_returns_pending_without_a_waker() {
    /// Like [`Forgetful`], but takes so long that samples of the call stack show it.
    struct Slow(Arc<AtomicBool>);
    impl Future for Slow {
        type Output = ();
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            (0..2_000).for_each(|number| _ = std::hint::black_box(number));
            if self.0.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        }
    }
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let flag = Arc::new(AtomicBool::new(false));
        let slow = Slow(flag.clone());
        let waiting = sim.spawn("waiting", tokio::time::timeout(30 * SECOND, slow));
        sim.sleep(SECOND).await;
        flag.store(true, Ordering::Relaxed);
        waiting.await.unwrap().unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::LostWakeup);
    let text = failure.to_string();
    let line = text.lines().find(|line| line.contains("returned `Pending` without a waker")).unwrap_or(&text);
    assert!(line.contains("Slow::poll` at verdicts.rs:"), "{text}");
}

#[test]
fn a_flag_set_before_its_wake_is_not_a_lost_wakeup() {
    #[derive(Clone, Default)]
    struct Event(Arc<Mutex<(bool, Option<Waker>)>>);
    passes(Explorer::new(), |sim: Sim| async move {
        let event = Event::default();
        let waiter = event.clone();
        let future = poll_fn(move |context| {
            let mut event = waiter.0.lock().unwrap();
            if event.0 {
                return Poll::Ready(());
            }
            event.1 = Some(context.waker().clone());
            Poll::Pending
        });
        let waiting = sim.spawn("waiting", future);
        sim.sleep(SECOND).await;
        event.0.lock().unwrap().0 = true;
        sim.sleep(SECOND).await;
        let waker = event.0.lock().unwrap().1.take();
        waker.unwrap().wake();
        waiting.await.unwrap();
    });
}

#[test]
fn a_deadline_checked_by_hand_is_not_a_missed_waker() {
    passes(Explorer::new(), |sim: Sim| async move {
        let deadline = tokio::time::Instant::now() + 5 * SECOND;
        let ticking = sim.spawn("waiting", async move {
            let mut tick = tokio::time::interval(SECOND);
            while tokio::time::Instant::now() < deadline {
                tick.tick().await;
            }
        });
        ticking.await.unwrap();
    });
}

async fn endless() {
    loop {
        tokio::time::sleep(SECOND).await;
    }
}

#[test]
fn a_task_that_outlives_the_test_is_a_leak() {
    let test = |sim: Sim| async move {
        drop(sim.spawn("endless", endless()));
    };
    let failure = failure(Explorer::new(), test);
    assert_eq!(failure.kind(), FailureKind::TaskLeak);
    assert_report_contains(&failure, &["the test ended, but 1 task has not", "task 1 `endless`", "future of "]);
    passes(Explorer::new().allow_leaks(true), test);
}

#[test]
fn a_task_that_ends_with_the_test_is_not_a_leak() {
    passes(Explorer::new(), |sim: Sim| async move {
        let (sender, mut receiver) = mpsc::channel::<u8>(1);
        drop(sim.spawn("draining", async move { while receiver.recv().await.is_some() {} }));
        sender.send(1).await.unwrap();
    });
}

#[test]
fn a_raw_task_that_outlives_the_test_is_only_noted() {
    passes(Explorer::new(), |_| async {
        tokio::spawn(pending::<()>());
    });
    let failure = failure(Explorer::new().scheduler(Scheduler::Fifo), |_| async {
        tokio::spawn(pending::<()>());
        pending::<()>().await;
    });
    assert_report_contains(&failure, &["1 `tokio::spawn` task still alive"]);
}

#[test]
fn a_loop_of_yields_reaches_the_step_limit() {
    let failure = failure(Explorer::new().max_steps(1_000).schedules(3), |_| async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
    assert_report_contains(&failure, &["not ended after 1000 steps"]);
}

#[test]
fn a_poll_that_does_not_return_reaches_its_time_limit() {
    let explorer = Explorer::new().max_poll_time(Duration::from_millis(300)).schedules(3);
    let outcome = explorer.run(|sim: Sim| async move {
        let looping = sim.spawn("looping", async {
            loop {
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        looping.await.unwrap();
    });
    let failure = outcome.failure().unwrap();
    println!("{failure}");
    assert_eq!(failure.kind(), FailureKind::StepLimit);
    assert_report_contains(failure, &["task 1 `looping` did not return from its poll"]);
}

#[test]
fn an_endless_test_reaches_the_limit_of_virtual_time() {
    let explorer = Explorer::new().max_virtual_time(3600 * SECOND).schedules(3);
    let failure = failure(explorer, |sim: Sim| async move {
        loop {
            sim.sleep(60 * SECOND).await;
        }
    });
    assert_eq!(failure.kind(), FailureKind::TimeLimit);
    assert_report_contains(&failure, &["not ended after 3600 s of virtual time"]);
}

#[test]
fn a_wake_from_another_thread_names_that_thread() {
    let outcome = Explorer::new().schedules(3).run(|_| async {
        let (sender, receiver) = oneshot::channel();
        let outsider = move || {
            std::thread::sleep(Duration::from_millis(5));
            sender.send(()).unwrap();
        };
        std::thread::Builder::new().name("outsider".into()).spawn(outsider).unwrap();
        receiver.await.unwrap();
    });
    let failure = outcome.failure().unwrap();
    println!("{failure}");
    assert_eq!(failure.kind(), FailureKind::ForeignWake);
    assert_report_contains(failure, &["woken by another thread, `outsider`"]);
}

/// With the feature `interpose`, sockets are simulated on Linux.
#[test]
#[cfg(not(feature = "interpose"))]
fn real_io_is_reported_with_its_location() {
    let failure = failure(Explorer::new().schedules(3), |_| async {
        _ = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    });
    assert_eq!(failure.kind(), FailureKind::ForeignWake);
    assert_report_contains(
        &failure,
        &["does real IO at ", "Use the feature `interpose` on Linux, a `Network` or another fake"],
    );
}

#[test]
fn nondeterminism_is_reported_with_the_first_difference() {
    let count = Arc::new(Mutex::new(0));
    let outcome = Explorer::new().run(move |sim: Sim| {
        let count = count.clone();
        async move {
            let number = {
                let mut count = count.lock().unwrap();
                *count += 1;
                *count
            };
            for _ in 0..number {
                sim.sleep(SECOND).await;
            }
        }
    });
    let failure = outcome.failure().unwrap();
    println!("{failure}");
    assert_eq!(failure.kind(), FailureKind::Nondeterminism);
    let texts = ["two runs of the same schedule differ", "first run: ", "likely causes"];
    assert_report_contains(failure, &texts);
}

#[test]
fn an_error_that_the_test_returns_is_reported() {
    let outcome = Explorer::new().run(|_| async { Err::<(), _>(std::io::Error::other("disk full")) });
    let failure = outcome.failure().unwrap();
    println!("{failure}");
    assert_eq!(failure.kind(), FailureKind::Error);
    assert_report_contains(failure, &["error: the test returned an error: disk full"]);
    let late = Explorer::new().run(|sim: Sim| async move {
        sim.sleep(90 * SECOND).await;
        Err::<(), _>("disk full")
    });
    assert_report_contains(
        late.failure().unwrap(),
        &["the test returned an error after 90 s of virtual time: disk full"],
    );
}

#[test]
fn raw_tasks_beside_other_tasks_are_deterministic() {
    passes(Explorer::new().schedules(500), |_| async {
        tokio::spawn(async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        });
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_waker_registered_only_on_the_second_poll_is_a_missed_waker() {
    let failure = failure(Explorer::new(), |_| async {
        let mut sleep = Box::pin(tokio::time::sleep(SECOND));
        let mut is_second = false;
        // The future starts to wait at its second poll, which nothing has woken.
        poll_fn(
            |context| {
                if std::mem::replace(&mut is_second, true) { sleep.as_mut().poll(context) } else { Poll::Pending }
            },
        )
        .await;
    });
    assert_eq!(failure.kind(), FailureKind::MissedWaker);
}

//! What never happens: a hang, an abort of the process, a leak, or state of one schedule that is seen in the next.

mod support;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{catch_unwind, panic_any, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use support::{MILLISECOND, SECOND, assert_tells, failure, passes, printed, run_alone};
use testkit::{Explorer, FailureKind, Sim, Scheduler};
use tokio::sync::{mpsc, oneshot};

/// Panics when it is dropped.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

/// A future that holds bombs, and never ends.
async fn waiting_with(bombs: Vec<Bomb>) {
    pending::<()>().await;
    drop(bombs);
}

fn few() -> Explorer {
    Explorer::new().schedules(5)
}

/// Fails by a panic, of which the report tells this.
#[track_caller]
fn assert_panics<F, R>(texts: &[&str], test: F)
where
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + 'static,
{
    let failure = failure(few(), test);
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_tells(&failure, texts);
}

fn impatient() -> Explorer {
    few().max_poll_time(Duration::from_millis(300))
}

// A panic in a drop.

#[test]
fn a_panic_in_the_drop_of_a_local() {
    assert_panics(&["task 1 `dropping` panicked at ", "never.rs", "boom"], |sim: Sim| async move {
        drop(sim.spawn("dropping", async {
            let _bomb = Bomb("boom");
            tokio::task::yield_now().await;
        }));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_two_locals() {
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
fn a_panic_in_a_drop_while_the_body_unwinds() {
    assert_panics(&["the cause", "boom", "would have aborted the process"], |_| async {
        let _bomb = Bomb("boom");
        panic!("the cause");
    });
}

#[test]
fn a_panic_of_the_body_with_tasks_alive() {
    assert_panics(&["task 0 `main` panicked", "boom", "task 3 `waiting`"], |sim: Sim| async move {
        for _ in 0..3 {
            drop(sim.spawn("waiting", pending::<()>()));
        }
        sim.sleep(SECOND).await;
        panic!("boom");
    });
}

#[test]
fn a_panic_in_a_drop_at_tear_down() {
    let failure = failure(few().allow_leaks(true), |sim: Sim| async move {
        drop(sim.spawn("waiting", waiting_with(vec![Bomb("boom")])));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_tells(&failure, &["task 1 `waiting` panicked", "while it was dropped", "boom"]);
}

#[test]
fn two_panics_in_one_drop_at_tear_down() {
    let failure = failure(few().allow_leaks(true), |sim: Sim| async move {
        drop(sim.spawn("waiting", waiting_with(vec![Bomb("boom one"), Bomb("boom two")])));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_tells(&failure, &["boom one", "boom two"]);
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
fn a_panic_in_the_drop_of_an_aborted_task_that_nobody_awaits() {
    assert_panics(&["task 1 `waiting` panicked", "boom"], |sim: Sim| async move {
        let waiting = sim.spawn("waiting", waiting_with(vec![Bomb("boom")]));
        sim.sleep(SECOND).await;
        waiting.abort();
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_an_aborted_task_is_told_to_who_awaits_it_as_tokio_does() {
    passes(few(), |sim: Sim| async move {
        let waiting = sim.spawn("waiting", waiting_with(vec![Bomb("boom")]));
        sim.sleep(SECOND).await;
        waiting.abort();
        let error = waiting.await.unwrap_err();
        assert!(error.is_panic(), "{error}");
    });
}

#[test]
fn a_panic_in_the_drop_of_a_hand_written_future_that_is_ready() {
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
fn a_panic_in_the_drop_of_a_result_that_nobody_takes() {
    assert_panics(&["task 1 `giving`", "boom"], |sim: Sim| async move {
        drop(sim.spawn("giving", async { Bomb("boom") }));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_a_result_of_a_spawner_that_nobody_takes() {
    assert_panics(&["task 1 `giving`", "boom"], |sim: Sim| async move {
        drop(sim.spawner().spawn("giving", async { Bomb("boom") }));
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_a_result_whose_handle_the_end_of_the_test_drops() {
    assert_panics(&["boom"], |sim: Sim| async move {
        let _giving = sim.spawn("giving", async { Bomb("boom") });
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_panic_in_the_drop_of_a_raw_task_leaves_the_process_alive() {
    passes(few(), |_| async {
        tokio::spawn(waiting_with(vec![Bomb("boom")]));
        tokio::task::yield_now().await;
    });
}

#[test]
fn a_drop_that_spawns_at_tear_down() {
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
fn a_drop_that_asks_the_simulation_at_tear_down() {
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
fn a_function_that_cannot_unwind_panics() {
    extern "C" fn cannot_unwind() {
        panic!("boom");
    }
    assert_panics(&["boom", "would have aborted the process"], |_| async { cannot_unwind() });
}

// Panics with odd payloads.

/// A payload whose own drop panics, so many times.
struct Nested(u32);

impl Drop for Nested {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Nested(self.0 - 1));
        }
    }
}

#[test]
fn a_payload_whose_drop_panics() {
    assert_panics(&["task 0 `main` panicked"], |_| async { panic_any(Nested(1)) });
}

#[test]
fn a_payload_whose_drop_panics_with_a_payload_whose_drop_panics() {
    let failure = failure(few(), |_| async { panic_any(Nested(3)) });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

#[test]
fn a_payload_whose_drop_panics_in_a_task_that_nobody_awaits() {
    let failure = failure(few(), |sim: Sim| async move {
        drop(sim.spawn("worker", async { panic_any(Nested(1)) }));
        drop(sim.spawner().spawn("worker", async { panic_any(Nested(1)) }));
        drop(di_core::task::spawn(async { panic_any(Nested(1)) }));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

#[test]
fn a_payload_whose_drop_panics_raised_by_a_drop() {
    struct Raising;
    impl Drop for Raising {
        fn drop(&mut self) {
            panic_any(Nested(2));
        }
    }
    let failure = failure(few().allow_leaks(true), |sim: Sim| async move {
        let raising = Raising;
        drop(sim.spawn("waiting", async move {
            pending::<()>().await;
            drop(raising);
        }));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

#[test]
fn a_body_that_panics_with_a_value_that_is_no_text() {
    assert_panics(&["task 0 `main` panicked at ", "never.rs", "a value that is no text"], |_| async {
        panic_any(42_u32)
    });
}

#[test]
fn a_body_that_resumes_a_panic_of_a_task() {
    assert_panics(&["task 0 `main` panicked", "boom"], |sim: Sim| async move {
        let error = sim.spawn("worker", async { panic!("boom") }).await.unwrap_err();
        resume_unwind(error.into_panic());
    });
}

#[test]
fn a_resumed_panic_is_told_by_its_own_text() {
    let failure = failure(few(), |_| async {
        _ = catch_unwind(|| panic!("another, which was caught"));
        let payload: Box<dyn Any + Send> = Box::new("boom");
        resume_unwind(payload);
    });
    assert_tells(&failure, &["boom"]);
    assert!(!failure.to_string().contains("another"), "{failure}");
}

#[test]
fn a_closure_that_panics_before_it_returns_a_future() {
    assert_panics(&["task 0 `main` panicked at ", "never.rs", "boom"], |sim: Sim| {
        assert!(sim.tasks().len() > 1, "boom");
        async {}
    });
}

#[test]
fn an_error_whose_text_panics() {
    struct Unprintable;
    impl std::fmt::Display for Unprintable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("boom")
        }
    }
    let outcome = few().run(|_| async { Err::<(), _>(Unprintable) });
    let failure = outcome.failure().unwrap();
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_tells(failure, &["boom"]);
}

#[test]
fn a_note_whose_text_panics() {
    struct Unprintable;
    impl std::fmt::Display for Unprintable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("boom")
        }
    }
    let failure = failure(few(), |sim: Sim| async move { sim.note(Unprintable) });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

// Wakers.

/// A waker of the user's own, which panics when it is woken.
struct Explosive;

impl Wake for Explosive {
    fn wake(self: Arc<Self>) {
        panic!("the waker");
    }
}

/// Polls once with a waker that panics, and is then ready.
async fn polled_with_a_bad_waker<F: Future + Unpin>(mut future: F) -> F {
    let waker = Waker::from(Arc::new(Explosive));
    assert!(Pin::new(&mut future).poll(&mut Context::from_waker(&waker)).is_pending());
    future
}

#[test]
fn a_waker_that_panics_when_a_channel_wakes_it() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let (sender, receiver) = oneshot::channel::<()>();
        let _receiver = polled_with_a_bad_waker(receiver).await;
        sim.spawn("sending", async move { _ = sender.send(()) }).await.unwrap();
    });
}

#[test]
fn a_waker_that_panics_when_a_timer_wakes_it() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let _sleep = polled_with_a_bad_waker(Box::pin(tokio::time::sleep(SECOND))).await;
        sim.sleep(2 * SECOND).await;
    });
}

#[test]
fn a_waker_that_panics_when_an_advance_wakes_it() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let _sleep = polled_with_a_bad_waker(Box::pin(tokio::time::sleep(SECOND))).await;
        sim.advance(2 * SECOND).await;
    });
}

#[test]
fn a_waker_that_panics_when_an_aborted_task_wakes_it() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let waiting = sim.spawn("waiting", pending::<()>());
        let waiting = polled_with_a_bad_waker(waiting).await;
        waiting.abort();
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_waker_that_panics_when_a_task_that_panics_wakes_it() {
    let failure = failure(few(), |sim: Sim| async move {
        let worker = sim.spawn("worker", async { panic!("boom") });
        let _worker = polled_with_a_bad_waker(worker).await;
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

#[test]
fn a_waker_that_panics_when_the_simulation_settles() {
    assert_panics(&["the waker"], |sim: Sim| async move {
        let _settling = polled_with_a_bad_waker(Box::pin(async move { sim.settle().await })).await;
        sim.sleep(SECOND).await;
    });
}

#[test]
fn a_waker_that_panics_when_a_raw_task_wakes_it() {
    // To preempt a poll, tokio wakes its waker.
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
fn a_waker_that_panics_at_tear_down() {
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

// What does not come back.

#[test]
fn a_body_that_blocks() {
    let failure = failure(impatient(), |_| async { std::thread::sleep(Duration::from_secs(3)) });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
    assert_tells(&failure, &["task 0 `main` did not return from its poll in step 1"]);
}

#[test]
fn a_closure_that_blocks_before_it_returns_a_future() {
    let failure = failure(impatient(), |_| {
        std::thread::sleep(Duration::from_secs(3));
        async {}
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
}

#[test]
fn a_task_that_loops_only_under_some_schedules() {
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
    assert_tells(&failure, &["task 2 `spinning` did not return from its poll"]);
}

#[test]
fn a_drop_that_loops_in_an_aborted_task() {
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
fn a_drop_that_loops_at_tear_down() {
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
    assert_tells(&failure, &["task 1 `waiting`"]);
}

#[test]
fn a_raw_task_that_ticks_for_ever_does_not_hide_a_deadlock() {
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
fn a_raw_task_that_yields_for_ever_has_a_limit() {
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
fn a_raw_task_that_blocks_has_a_limit() {
    let failure = failure(impatient(), |_| async {
        let blocking = tokio::spawn(async { std::thread::sleep(Duration::from_secs(3)) });
        blocking.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
}

#[test]
fn a_task_that_spawns_for_ever_has_a_limit() {
    fn spawning() -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async { drop(di_core::task::spawn(spawning())) })
    }
    let failure = failure(few().max_steps(10_000), |sim: Sim| async move {
        spawning().await;
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::StepLimit);
}

// Panics elsewhere.

#[test]
#[ignore = "run by `panics_of_other_threads_still_print`"]
fn prints_panics_of_another_thread() {
    passes(few(), |_| async {
        let outsider = std::thread::spawn(|| panic!("of another thread"));
        assert!(outsider.join().is_err());
        _ = catch_unwind(|| panic!("of the simulation"));
    });
    _ = catch_unwind(|| panic!("of the thread that explores"));
}

#[test]
fn panics_of_other_threads_still_print() {
    let output = run_alone("prints_panics_of_another_thread", &[]);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("of another thread") && text.contains("of the thread that explores"), "{text}");
    assert!(!text.contains("of the simulation"), "{text}");
}

// Memory.

#[cfg(target_os = "linux")]
fn resident_kilobytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4
}

/// The growth of resident memory over 90,000 schedules, behind a warm-up of 10,000.
#[cfg(target_os = "linux")]
#[track_caller]
fn assert_flat<F, R>(test: F)
where
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + 'static,
{
    let run = AtomicUsize::new(0);
    let (warm, last) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (at_warm, at_last) = (warm.clone(), last.clone());
    passes(Explorer::new().schedules(100_000), move |sim| {
        let run = run.fetch_add(1, Ordering::Relaxed);
        if run == 10_000 {
            at_warm.store(resident_kilobytes(), Ordering::Relaxed);
        } else if run == 99_999 {
            at_last.store(resident_kilobytes(), Ordering::Relaxed);
        }
        test(sim)
    });
    let (warm, last) = (warm.load(Ordering::Relaxed), last.load(Ordering::Relaxed));
    println!("{warm} kB behind 10,000 schedules, {last} kB behind 100,000");
    // One of 16 bytes a schedule would be 1,440 kB.
    assert!(last < warm + 1_200, "{warm} kB behind 10,000 schedules, {last} kB behind 100,000");
}

// Memory is the process's, so that this one is run alone.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by `a_hundred_thousand_schedules_leave_memory_flat`"]
fn leaves_memory_flat() {
    assert_flat(|sim: Sim| async move {
        let (sender, mut receiver) = mpsc::channel(1);
        let sending = sim.spawn("sending", async move {
            sender.send(1).await.unwrap();
            tokio::time::sleep(MILLISECOND).await;
        });
        assert_eq!(receiver.recv().await, Some(1));
        sending.await.unwrap();
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_hundred_thousand_schedules_leave_memory_flat() {
    let output = run_alone("leaves_memory_flat", &[]);
    let text = printed(&output);
    println!("{text}");
    assert!(output.status.success(), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by `panics_and_aborted_tasks_leave_memory_flat`"]
fn leaves_memory_flat_behind_panics() {
    assert_flat(|sim: Sim| async move {
        let error = sim.spawn("worker", async { panic_any(7) }).await.unwrap_err();
        assert!(error.is_panic());
        let waiting = sim.spawn("waiting", pending::<()>());
        waiting.abort();
        drop(waiting);
        drop(di_core::task::spawn(async { vec![0_u8; 64] }));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn panics_and_aborted_tasks_leave_memory_flat() {
    let output = run_alone("leaves_memory_flat_behind_panics", &[]);
    let text = printed(&output);
    println!("{text}");
    assert!(output.status.success(), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by `raw_tasks_that_are_left_leave_memory_flat`"]
fn leaves_memory_flat_behind_raw_tasks() {
    let warm = Arc::new(AtomicUsize::new(0));
    let at = warm.clone();
    let count = AtomicUsize::new(0);
    passes(Explorer::new().schedules(4_000), move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == 1_000 {
            at.store(resident_kilobytes(), Ordering::Relaxed);
        }
        async {
            tokio::spawn(async {
                let _memory = vec![0_u8; 1000];
                pending::<()>().await;
            });
            tokio::task::yield_now().await;
        }
    });
    let (warm, last) = (warm.load(Ordering::Relaxed), resident_kilobytes());
    assert!(last < warm + 1_500, "{warm} kB behind 1,000 schedules, {last} kB behind 4,000");
}

#[cfg(target_os = "linux")]
#[test]
fn raw_tasks_that_are_left_leave_memory_flat() {
    let output = run_alone("leaves_memory_flat_behind_raw_tasks", &[]);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
}

// One schedule and the next.

/// The number of a schedule, given to each of its runs.
fn numbered<R>(test: impl Fn(Sim, usize) -> R + Send + Sync + 'static) -> impl Fn(Sim) -> R + Send + Sync + 'static {
    let number = AtomicUsize::new(0);
    move |sim| test(sim, number.fetch_add(1, Ordering::Relaxed))
}

fn unchecked() -> Explorer {
    Explorer::new().schedules(50).check_determinism(false)
}

#[test]
fn a_timer_of_one_schedule_does_not_fire_in_the_next() {
    static FIRED: AtomicUsize = AtomicUsize::new(0);
    struct Counting;
    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            FIRED.fetch_add(1, Ordering::Relaxed);
        }
    }
    // A preempted poll wakes whoever made it.
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
fn time_begins_anew_in_each_schedule() {
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
fn time_that_tokio_advances_is_not_seen_in_the_next_schedule() {
    passes(Explorer::new().schedules(50), |_| async move {
        let begun = tokio::time::Instant::now();
        tokio::time::sleep(MILLISECOND).await;
        assert_eq!(begun.elapsed(), MILLISECOND);
        tokio::time::advance(Duration::from_micros(300)).await;
    });
}

#[test]
fn a_schedule_that_only_advances_tokios_time_is_not_seen_in_the_next() {
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
fn a_clock_that_is_resumed_is_paused_in_the_next_schedule() {
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
fn a_raw_task_does_not_run_on_in_the_next_schedule() {
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
fn a_task_does_not_run_on_in_the_next_schedule() {
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
fn a_waker_that_outlives_its_schedule_wakes_nothing() {
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

#[test]
fn a_handle_that_outlives_its_schedule_does_no_harm() {
    static STALE: Mutex<Vec<di_core::task::JoinHandle<()>>> = Mutex::new(Vec::new());
    passes(unchecked().allow_leaks(true), |sim: Sim| async move {
        let handles = std::mem::take(&mut *STALE.lock().unwrap());
        for handle in handles {
            handle.abort();
            let error = handle.await.unwrap_err();
            assert!(error.is_cancelled());
        }
        let waiting = sim.spawn("waiting", pending::<()>());
        STALE.lock().unwrap().push(waiting);
        sim.sleep(SECOND).await;
        assert!(sim.tasks().iter().all(|task| task.state() == testkit::types::TaskState::Alive));
    });
}

#[test]
fn a_handle_of_a_spawner_that_outlives_its_schedule_does_no_harm() {
    static STALE: Mutex<Vec<di_core::task::JoinHandle<()>>> = Mutex::new(Vec::new());
    passes(unchecked().allow_leaks(true), |sim: Sim| async move {
        let handles = std::mem::take(&mut *STALE.lock().unwrap());
        for handle in handles {
            handle.abort();
            let error = handle.await.unwrap_err();
            assert!(error.is_cancelled());
        }
        let waiting = di_core::task::spawn(pending::<()>());
        STALE.lock().unwrap().push(waiting);
        sim.sleep(SECOND).await;
    });
}

#[test]
fn thread_locals_are_as_before_behind_a_schedule() {
    thread_local! {
        static LEFT: RefCell<Option<Probe>> = const { RefCell::new(None) };
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }
    /// Looks around on the thread of the simulation when the thread ends.
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
    // The simulation's thread ends behind the one that searches.
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
fn a_panic_of_one_schedule_is_not_told_in_the_next() {
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
fn a_worker_that_was_given_up_leaves_the_others_alone() {
    let lost = failure(impatient(), |_| async { std::thread::sleep(Duration::from_secs(2)) });
    assert_eq!(lost.kind(), FailureKind::StepLimit);
    passes(Explorer::new().schedules(100), |sim: Sim| async move {
        sim.spawn("working", async { tokio::time::sleep(SECOND).await }).await.unwrap();
    });
}

#[test]
fn a_simulation_within_a_simulation() {
    passes(few(), |sim: Sim| async move {
        let inner = Explorer::new().schedules(3).run(|inner: Sim| async move {
            inner.sleep(SECOND).await;
            assert_eq!(inner.elapsed(), SECOND);
        });
        assert!(inner.failure().is_none());
        assert_eq!(sim.elapsed(), Duration::ZERO);
    });
}

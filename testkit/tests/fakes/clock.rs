//! `MockClock` on several runtimes, in a container, and inside a simulation.

use std::sync::{Arc, Mutex};
use std::task::Context;
use std::thread;
use std::time::{Duration, SystemTime};

use di_core::ambient::{Ambient, Clock};
use di_core::{BuildError, Component, Container};
use futures_executor::block_on;
use futures_util::FutureExt;
use futures_util::future::join3;
use testkit::{MockClock, Sim};

use crate::hooked::{run_with_timeout, waker};

const SECOND: Duration = Duration::from_secs(1);

fn dynamic(clock: &MockClock) -> Arc<dyn Clock> {
    Arc::new(clock.clone())
}

/// Sleeps `times` times, each time longer.
async fn back_off(clock: Arc<dyn Clock>, times: u32) -> u32 {
    for time in 1..=times {
        clock.sleep(time * SECOND).await;
    }
    times
}

/// Advances the clock through the sleeps of [`back_off`].
async fn follow(clock: &MockClock, times: u32) {
    for time in 1..=times {
        clock.wait_for_sleepers(1).await;
        assert_eq!(clock.advance_to_next(), Some(time * SECOND));
    }
}

#[test]
fn monotonic_time_and_wall_clock_time_are_independent() {
    let clock = MockClock::at(SystemTime::UNIX_EPOCH + 100 * SECOND);
    let begun = clock.now();
    clock.advance(2 * SECOND);
    assert_eq!((clock.now() - begun, clock.elapsed()), (2 * SECOND, 2 * SECOND));
    assert_eq!(clock.system_time(), SystemTime::UNIX_EPOCH + 102 * SECOND);
    clock.set_system_time(SystemTime::UNIX_EPOCH);
    clock.advance(SECOND);
    assert_eq!(clock.system_time(), SystemTime::UNIX_EPOCH + SECOND);
    assert_eq!((clock.now() - begun, clock.elapsed()), (3 * SECOND, 3 * SECOND));
}

#[test]
fn setting_the_wall_clock_does_not_affect_sleepers() {
    let clock = MockClock::new();
    let mut sleep = dynamic(&clock).sleep(10 * SECOND);
    assert!((&mut sleep).now_or_never().is_none());
    for system_time in [SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + u32::MAX * SECOND] {
        clock.set_system_time(system_time);
        assert_eq!(clock.sleepers(), [10 * SECOND]);
        assert!((&mut sleep).now_or_never().is_none());
    }
    clock.advance(10 * SECOND);
    assert!(sleep.now_or_never().is_some());
}

#[test]
fn sleepers_are_listed_by_remaining_time() {
    let clock = MockClock::new();
    let dynamic = dynamic(&clock);
    let mut sleeps = [5, 1, 3, 1].map(|seconds| dynamic.sleep(seconds * SECOND));
    assert!(clock.sleepers().is_empty(), "a sleep counts once it is polled");
    assert!(sleeps.iter_mut().all(|sleep| sleep.now_or_never().is_none()));
    assert_eq!(clock.sleepers(), [1, 1, 3, 5].map(|seconds| seconds * SECOND));
    assert!(format!("{clock:?}").contains("sleepers: [1s, 1s, 3s, 5s]"));
    clock.advance(2 * SECOND);
    assert_eq!(clock.sleepers(), [SECOND, 3 * SECOND]);
    drop(sleeps);
    assert!(clock.sleepers().is_empty());
    assert_eq!(clock.advance_to_next(), None);
}

#[test]
fn due_sleepers_are_woken_in_deadline_order() {
    let clock = MockClock::new();
    let woken = Arc::new(Mutex::new(Vec::new()));
    let sleeps: Vec<_> = [5, 1, 3, 1]
        .map(|seconds| {
            let mut sleep = dynamic(&clock).sleep(seconds * SECOND);
            let woken = woken.clone();
            let waker =
                futures_util::task::waker(Arc::new(Note(Box::new(move || woken.lock().unwrap().push(seconds)))));
            assert!(sleep.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
            sleep
        })
        .into();
    clock.advance(4 * SECOND);
    assert_eq!(*woken.lock().unwrap(), [1, 1, 3]);
    drop(sleeps);
}

/// A waker that calls a function when it is woken.
struct Note(Box<dyn Fn() + Send + Sync>);

impl futures_util::task::ArcWake for Note {
    fn wake_by_ref(note: &Arc<Self>) {
        (note.0)();
    }
}

#[test]
#[should_panic(expected = "a MockClock at 1s cannot be advanced by")]
fn an_advance_past_the_maximum_time_panics() {
    let clock = MockClock::new();
    clock.advance(SECOND);
    clock.advance(Duration::MAX);
}

#[test]
fn a_clock_still_works_after_a_failed_advance() {
    let clock = MockClock::new();
    let failed = thread::spawn({
        let clock = clock.clone();
        move || clock.advance(Duration::MAX)
    });
    assert!(failed.join().is_err());
    clock.advance(SECOND);
    assert_eq!(clock.elapsed(), SECOND);
}

#[tokio::test]
async fn a_clock_drives_tasks_on_one_thread() {
    let clock = MockClock::new();
    let backing_off = tokio::spawn(back_off(dynamic(&clock), 10));
    follow(&clock, 10).await;
    assert_eq!(backing_off.await.unwrap(), 10);
    assert_eq!(clock.elapsed(), 55 * SECOND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_drives_tasks_on_several_threads() {
    let clock = MockClock::new();
    let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(back_off(dynamic(&clock), 100))).collect();
    for time in 1..=100 {
        clock.wait_for_sleepers(8).await;
        assert_eq!(clock.sleepers(), [time * SECOND; 8]);
        clock.advance_to_next();
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), 100);
    }
}

#[test]
fn a_clock_needs_no_runtime() {
    let clock = MockClock::new();
    let (first, second, ()) =
        block_on(join3(back_off(dynamic(&clock), 3), back_off(dynamic(&clock), 3), follow(&clock, 3)));
    assert_eq!((first, second), (3, 3));
}

#[test]
fn no_wakeup_is_lost_between_threads() {
    const TIMES: u32 = 10_000;
    run_with_timeout(|| {
        let clock = MockClock::new();
        let sleeping = thread::spawn({
            let clock = dynamic(&clock);
            move || {
                block_on(async {
                    for _ in 0..TIMES {
                        clock.sleep(SECOND).await;
                    }
                });
            }
        });
        block_on(async {
            for _ in 0..TIMES {
                clock.wait_for_sleepers(1).await;
                clock.advance_to_next();
            }
        });
        sleeping.join().unwrap();
        assert_eq!(clock.elapsed(), TIMES * SECOND);
    });
}

#[test]
fn a_test_can_wait_for_one_sleep_among_many() {
    let clock = MockClock::new();
    let dynamic = dynamic(&clock);
    let mut long = dynamic.sleep(60 * SECOND);
    assert!((&mut long).now_or_never().is_none());
    let mut waiting = Box::pin(clock.wait_for_sleep_of(SECOND));
    assert!((&mut waiting).now_or_never().is_none());
    let mut short = dynamic.sleep(SECOND);
    assert!((&mut short).now_or_never().is_none());
    assert!(waiting.now_or_never().is_some());
}

#[tokio::test]
async fn a_test_can_wait_for_a_sleep_whose_remaining_time_shrinks() {
    let clock = MockClock::new();
    let mut sleep = dynamic(&clock).sleep(60 * SECOND);
    assert!((&mut sleep).now_or_never().is_none());
    let waiting = tokio::spawn({
        let clock = clock.clone();
        async move { clock.wait_for_sleep_of(10 * SECOND).await }
    });
    tokio::task::yield_now().await;
    clock.advance(50 * SECOND);
    waiting.await.unwrap();
}

#[test]
fn a_waker_may_call_the_clock() {
    run_with_timeout(|| {
        let clock = MockClock::new();
        let calling = || {
            let clock = clock.clone();
            waker(move || {
                clock.advance(Duration::from_millis(1));
                assert!(clock.sleepers().len() < 2);
            })
        };
        // The second waker replaces the first, which is dropped.
        let (first, second) = (calling(), calling());
        let mut sleep = dynamic(&clock).sleep(SECOND);
        assert!(sleep.poll_unpin(&mut Context::from_waker(&first)).is_pending());
        assert!(sleep.poll_unpin(&mut Context::from_waker(&second)).is_pending());
        clock.advance(SECOND);
        assert!(sleep.poll_unpin(&mut Context::from_waker(&first)).is_ready());
        let mut given_up = dynamic(&clock).sleep(SECOND);
        assert!(given_up.poll_unpin(&mut Context::from_waker(&first)).is_pending());
        drop(given_up);
        assert!(clock.sleepers().is_empty());
    });
}

#[test]
fn an_advance_while_the_waker_is_cloned_is_not_missed() {
    let clock = MockClock::new();
    let advancing = clock.clone();
    let waker = waker(move || advancing.advance(SECOND));
    let mut sleep = dynamic(&clock).sleep(SECOND);
    assert!(sleep.poll_unpin(&mut Context::from_waker(&waker)).is_ready());
}

#[derive(Component)]
struct Lease {
    clock: Arc<dyn Clock>,
}

impl Lease {
    async fn renew_after(&self, time: Duration) -> SystemTime {
        self.clock.sleep(time).await;
        self.clock.system_time()
    }
}

#[derive(Container)]
struct App {
    #[module]
    ambient: Ambient,
    #[import(ambient)]
    clock: Arc<dyn Clock>,
    #[component]
    lease: Arc<Lease>,
}

#[tokio::test]
async fn a_mock_clock_can_override_the_clock_of_a_container() -> Result<(), BuildError> {
    let clock = MockClock::at(SystemTime::UNIX_EPOCH);
    let lease: Arc<Lease> = App::slice().with_clock(Arc::new(clock.clone())).strict().get().await?;
    let renewing = tokio::spawn(async move { lease.renew_after(30 * SECOND).await });
    clock.wait_for_sleepers(1).await;
    clock.advance(30 * SECOND);
    assert_eq!(renewing.await.unwrap(), SystemTime::UNIX_EPOCH + 30 * SECOND);
    Ok(())
}

#[testkit::test]
async fn a_clock_drives_tasks_in_a_simulation(sim: Sim) -> Result<(), BuildError> {
    let clock = MockClock::at(SystemTime::UNIX_EPOCH);
    let app = App::builder().with_ambient(sim.ambient()).with_clock(Arc::new(clock.clone())).build().await?;
    let backing_off = sim.spawn("backing off", back_off(app.clock.clone(), 3));
    let renewing = sim.spawn("renewing", async move { app.lease.renew_after(10 * SECOND).await });
    for pause in [1, 2, 3] {
        clock.wait_for_sleepers(2).await;
        assert_eq!(clock.advance_to_next(), Some(pause * SECOND));
    }
    assert_eq!(backing_off.await.unwrap(), 3);
    assert_eq!(clock.advance_to_next(), Some(4 * SECOND));
    assert_eq!(renewing.await.unwrap(), SystemTime::UNIX_EPOCH + 10 * SECOND);
    assert_eq!(sim.elapsed(), Duration::ZERO, "the simulation's own time does not move");
    Ok(())
}

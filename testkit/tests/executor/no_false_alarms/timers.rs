//! Correct uses of timers in `tokio::time`.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};

use super::passes;
use crate::support::{MILLISECOND, SECOND};

#[test]
fn timers_that_fire_in_order_pass() {
    passes(|sim| async move {
        let fired = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for at in [50_u32, 10, 70, 30] {
            let fired = fired.clone();
            tasks.push(sim.spawn("sleeping", async move {
                sleep(at * MILLISECOND).await;
                fired.lock().unwrap().push(at);
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*fired.lock().unwrap(), [10, 30, 50, 70]);
    });
}

#[test]
fn timers_with_one_deadline_set_at_different_times_pass() {
    passes(|sim| async move {
        let deadline = Instant::now() + 200 * MILLISECOND;
        let (sender, mut receiver) = mpsc::unbounded_channel();
        for at in 0..12 {
            let sender = sender.clone();
            drop(sim.spawn("sleeping", async move {
                sleep(at * 16 * MILLISECOND).await;
                sleep_until(deadline).await;
                sender.send(at).unwrap();
            }));
        }
        drop(sender);
        while receiver.recv().await.is_some() {}
    });
}

#[test]
fn long_timers_with_one_deadline_set_at_different_times_pass() {
    passes(|sim| async move {
        let deadline = Instant::now() + 20_000 * MILLISECOND;
        let (sender, mut receiver) = mpsc::unbounded_channel();
        for at in 0..8 {
            let sender = sender.clone();
            drop(sim.spawn("sleeping", async move {
                sleep(at * 2_777 * MILLISECOND).await;
                sleep_until(deadline).await;
                for _ in 0..at {
                    yield_now().await;
                }
                sender.send(at).unwrap();
            }));
        }
        drop(sender);
        while receiver.recv().await.is_some() {}
    });
}

#[test]
fn timers_with_fractions_of_milliseconds_pass() {
    passes(|sim| async move {
        let sleeping = sim.spawn("sleeping", sleep(MILLISECOND * 3 / 2));
        sim.advance(MILLISECOND / 4).await;
        sleep(MILLISECOND / 3).await;
        sleeping.await.unwrap();
        timeout(MILLISECOND / 7, pending::<()>()).await.unwrap_err();
    });
}

#[test]
fn expired_and_unexpired_timeouts_pass() {
    passes(|_| async {
        assert!(timeout(SECOND, sleep(2 * SECOND)).await.is_err());
        assert!(timeout(2 * SECOND, sleep(SECOND)).await.is_ok());
        assert!(timeout(SECOND, pending::<()>()).await.is_err());
    });
}

#[test]
fn a_sleep_that_is_reset_passes() {
    passes(|sim| async move {
        let begun = sim.elapsed();
        let mut sleep = pin!(sleep(SECOND));
        for _ in 0..3 {
            assert!(timeout(SECOND / 2, &mut sleep).await.is_err());
            sleep.as_mut().reset(Instant::now() + SECOND);
        }
        sleep.await;
        assert_eq!(sim.elapsed() - begun, 2500 * MILLISECOND);
    });
}

#[test]
fn intervals_that_miss_ticks_pass() {
    passes(|_| async {
        for behavior in [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip] {
            let mut tick = interval(10 * MILLISECOND);
            tick.set_missed_tick_behavior(behavior);
            tick.tick().await;
            sleep(35 * MILLISECOND).await;
            for _ in 0..5 {
                tick.tick().await;
            }
        }
    });
}

#[test]
fn a_deadline_checked_between_sleeps_passes() {
    passes(|sim| async move {
        let deadline = Instant::now() + 50 * MILLISECOND;
        let polling = sim.spawn("polling", async move {
            while Instant::now() < deadline {
                sleep(3 * MILLISECOND).await;
            }
        });
        polling.await.unwrap();
    });
}

//! Correct code that a spurious poll (a poll without a wake) moves forward: it wakes late on purpose, or looks at a flag
//! or at the clock whenever it is polled.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use testkit::{Explorer, FailureKind, Sim};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, interval, sleep};

use super::Flag;
use crate::support::{MILLISECOND, SECOND, failure, passes};

/// Waits for the flag in a select loop with a timer.
async fn wait_with_ticks(flag: Flag, interval: Duration) {
    let mut raised = pin!(flag.raised(true));
    let mut ticks = tokio::time::interval(interval);
    loop {
        tokio::select! {
            () = &mut raised => break,
            _ = ticks.tick() => {}
        }
    }
}

/// A task raises the flag after 1 s, and wakes the task that waits for it a second later.
async fn lazy_notify(sim: Sim, interval: Duration) {
    let flag = Flag::default();
    let waiting = sim.spawn("waiting", wait_with_ticks(flag.clone(), interval));
    let raising = sim.spawn("raising", async move {
        sleep(SECOND).await;
        flag.set();
        sleep(SECOND).await;
        flag.wake();
    });
    raising.await.unwrap();
    waiting.await.unwrap();
}

#[test]
fn a_lazy_notifier_is_not_late() {
    passes(Explorer::new(), |sim| lazy_notify(sim, 30 * SECOND));
}

#[test]
fn a_lazy_notifier_is_not_late_even_if_a_tick_of_the_waiting_task_comes_first() {
    passes(Explorer::new(), |sim| lazy_notify(sim, 700 * MILLISECOND));
    // Here, the task has not ticked before the flag is raised.
    passes(Explorer::new(), |sim| lazy_notify(sim, 1_500 * MILLISECOND));
}

#[test]
fn a_lazy_notifier_may_be_another_task() {
    passes(Explorer::new(), |sim: Sim| async move {
        let flag = Flag::default();
        let waiting = sim.spawn("waiting", wait_with_ticks(flag.clone(), 1_500 * MILLISECOND));
        let waking = flag.clone();
        let flushing = sim.spawn("flushing", async move {
            sleep(2 * SECOND).await;
            waking.wake();
        });
        sleep(SECOND).await;
        flag.set();
        waiting.await.unwrap();
        flushing.await.unwrap();
    });
}

#[test]
fn a_lazy_notifier_may_use_a_notify() {
    passes(Explorer::new(), |sim: Sim| async move {
        let (flag, notify) = (Flag::default(), Arc::new(Notify::new()));
        let (seen, notified) = (flag.clone(), notify.clone());
        let waiting = sim.spawn("waiting", async move {
            let mut notified = pin!(notified.notified());
            poll_fn(|context| {
                if seen.is_raised() {
                    return Poll::Ready(());
                }
                notified.as_mut().poll(context)
            })
            .await;
        });
        let raising = sim.spawn("raising", async move {
            sleep(SECOND).await;
            flag.set();
            sleep(SECOND).await;
            notify.notify_one();
        });
        raising.await.unwrap();
        waiting.await.unwrap();
    });
}

/// Looks at the flag at each tick of its own timer, in the middle of an interval.
async fn look_at_each_tick(sim: Sim) {
    let flag = Flag::default();
    let seen = flag.clone();
    let serving = sim.spawn("serving", async move {
        let mut ticks = interval(SECOND);
        poll_fn(|context| {
            loop {
                if seen.is_raised() {
                    return Poll::Ready(());
                }
                ready!(ticks.poll_tick(context));
            }
        })
        .await;
    });
    sleep(SECOND * 7 / 2).await;
    flag.set();
    serving.await.unwrap();
}

#[test]
fn a_flag_that_is_looked_at_on_each_tick_is_not_late() {
    passes(Explorer::new(), look_at_each_tick);
}

/// Ends a request once its deadline is past, whenever it is polled.
struct WithDeadline<F> {
    inner: F,
    deadline: Instant,
}

impl<F: Future + Unpin> Future for WithDeadline<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if Instant::now() >= self.deadline {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.inner).poll(context).map(Some)
    }
}

async fn deadline_among_timers(sim: Sim, deadline: Duration, others: Duration) {
    let (sender, receiver) = oneshot::channel::<()>();
    let serving = sim.spawn("serving", async move {
        let mut request = WithDeadline { inner: receiver, deadline: Instant::now() + deadline };
        let mut beats = interval(SECOND);
        loop {
            tokio::select! {
                end = &mut request => return end.is_none(),
                _ = beats.tick() => {}
            }
        }
    });
    let other = sim.spawn("other", sleep(others));
    assert!(serving.await.unwrap());
    other.await.unwrap();
    drop(sender);
}

#[test]
fn a_deadline_that_is_looked_at_on_each_poll_is_not_late() {
    passes(Explorer::new(), |sim| deadline_among_timers(sim, SECOND * 5 / 2, 2_700 * MILLISECOND));
    // Here, the task has not ticked before the deadline.
    passes(Explorer::new(), |sim| deadline_among_timers(sim, SECOND / 2, 700 * MILLISECOND));
}

#[test]
fn a_queue_that_is_drained_on_each_tick_is_not_late() {
    passes(Explorer::new(), |sim: Sim| async move {
        let queue = Arc::new(Mutex::new(VecDeque::new()));
        let drained = queue.clone();
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let flushing = sim.spawn("flushing", async move {
            let mut ticks = interval(SECOND);
            poll_fn(move |context| {
                loop {
                    let batch: Vec<u32> = drained.lock().unwrap().drain(..).collect();
                    if !batch.is_empty() && sender.send(batch).is_err() {
                        return Poll::Ready(());
                    }
                    ready!(ticks.poll_tick(context));
                }
            })
            .await;
        });
        for number in 0..5 {
            queue.lock().unwrap().push_back(number);
            sleep(300 * MILLISECOND).await;
        }
        let mut all = Vec::new();
        while all.len() < 5 {
            all.extend(receiver.recv().await.unwrap());
        }
        drop(receiver);
        queue.lock().unwrap().push_back(9);
        flushing.await.unwrap();
    });
}

/// Stores another waker in a list each time it is polled.
struct WheelTimer {
    wheel: Arc<Mutex<Vec<(Instant, Waker)>>>,
    at: Instant,
}

impl Future for WheelTimer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.at {
            return Poll::Ready(());
        }
        self.wheel.lock().unwrap().push((self.at, context.waker().clone()));
        Poll::Pending
    }
}

#[test]
fn a_timer_wheel_of_the_service_is_not_late() {
    passes(Explorer::new(), |sim: Sim| async move {
        let wheel = Arc::new(Mutex::new(Vec::<(Instant, Waker)>::new()));
        let driven = wheel.clone();
        let driver = sim.spawn("driver", async move {
            let mut ticks = interval(100 * MILLISECOND);
            loop {
                let now = ticks.tick().await;
                driven.lock().unwrap().retain(|(at, waker)| {
                    if *at <= now {
                        waker.wake_by_ref();
                    }
                    *at > now
                });
            }
        });
        let start = Instant::now();
        let waiting = [250, 330, 1_000].map(|milliseconds| {
            let timer = WheelTimer { wheel: wheel.clone(), at: start + milliseconds * MILLISECOND };
            sim.spawn("waiting", async move {
                timer.await;
                sleep(SECOND).await;
            })
        });
        let other = sim.spawn("other", sleep(255 * MILLISECOND));
        for waiting in waiting {
            waiting.await.unwrap();
        }
        other.await.unwrap();
        driver.abort();
    });
}

#[test]
fn a_task_that_notifies_another_in_each_poll_is_not_late() {
    passes(Explorer::new(), |sim: Sim| async move {
        let notify = Arc::new(Notify::new());
        let notified = notify.clone();
        let counting = sim.spawn("counting", async move {
            for _ in 0..3 {
                notified.notified().await;
            }
        });
        let mut ticks = interval(SECOND);
        let polling = sim.spawn("polling", async move {
            let mut left = 3;
            poll_fn(|context| {
                notify.notify_one();
                while left > 0 {
                    ready!(ticks.poll_tick(context));
                    left -= 1;
                }
                Poll::Ready(())
            })
            .await;
        });
        let other = sim.spawn("other", async {
            let mut beats = interval(300 * MILLISECOND);
            loop {
                beats.tick().await;
            }
        });
        polling.await.unwrap();
        counting.abort();
        other.abort();
    });
}

#[test]
fn a_flag_that_is_looked_at_less_often_than_the_timer_ticks_is_late() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let flag = Flag::default();
        let seen = flag.clone();
        let serving = sim.spawn("serving", async move {
            let mut raised = pin!(seen.raised(false));
            // The second timer hides the flag for longer than the first one ticked.
            let mut first = interval(SECOND);
            for _ in 0..3 {
                first.tick().await;
            }
            tokio::select! {
                () = &mut raised => {}
                () = sleep(30 * SECOND) => {}
            }
        });
        sleep(SECOND * 7 / 2).await;
        flag.set();
        serving.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::LostWakeup);
}

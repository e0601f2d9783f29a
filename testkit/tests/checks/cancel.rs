//! `cancel::at_every_await` drops a future at each of its awaits, and a failed check names the await.

use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use testkit::{Explorer, FailureKind, Sim, cancel};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::support::{MILLISECOND, assert_report_contains, each_seen, failure, passes, replayed_failure};

/// An upload service with two slots.
struct Uploads {
    slots: Semaphore,
}

impl Uploads {
    fn new() -> Self {
        Uploads { slots: Semaphore::new(2) }
    }

    /// Returns the slot only if it runs to completion.
    async fn put_by_hand(&self) {
        sleep(MILLISECOND).await;
        self.slots.acquire().await.unwrap().forget();
        self.write().await;
        self.slots.add_permits(1);
    }

    async fn put(&self) {
        sleep(MILLISECOND).await;
        let _slot = self.slots.acquire().await.unwrap();
        self.write().await;
    }

    async fn write(&self) {
        sleep(MILLISECOND).await;
        sleep(MILLISECOND).await;
    }
}

async fn slots_come_back(by_hand: bool) {
    let uploads = Uploads::new();
    let put = async || if by_hand { uploads.put_by_hand().await } else { uploads.put().await };
    cancel::at_every_await(put, async || assert_eq!(uploads.slots.available_permits(), 2)).await;
}

#[test]
fn a_lost_slot_is_found_and_the_await_is_named() {
    for preempt in [false, true] {
        let found = replayed_failure(Explorer::new().preempt(preempt), |_| slots_come_back(true));
        assert_eq!((found.kind(), found.found_after()), (FailureKind::Panic, 1));
        assert!(found.choices().is_empty(), "{found}");
        assert_report_contains(
            &found,
            &[
                "left: 1\n right: 2\n  `at_every_await` at cancel.rs:",
                ": the future was dropped at await 2 while it waited, and then checked:\n",
                "write  <- cancel.rs:",
                "put_by_hand  <- cancel.rs:",
                "waits in tokio::time::sleep::Sleep",
            ],
        );
    }
}

#[test]
fn a_future_that_always_returns_its_slot_passes() {
    passes(Explorer::new(), |_| slots_come_back(false));
    passes(Explorer::new().preempt(false), |_| slots_come_back(false));
}

/// A future with several awaits. On drop, it records the number of its polls.
struct Counted {
    left: usize,
    polls: usize,
    dropped: Arc<Mutex<Vec<usize>>>,
}

impl Future for Counted {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.polls += 1;
        if self.polls > self.left {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.dropped.lock().unwrap().push(self.polls);
    }
}

#[test]
fn each_await_is_dropped_exactly_once() {
    passes(Explorer::new(), |_| async {
        for left in [0, 1, 5] {
            let dropped = Arc::new(Mutex::new(Vec::new()));
            let checked = AtomicUsize::new(0);
            let make = || Counted { left, polls: 0, dropped: dropped.clone() };
            let awaits = cancel::at_every_await(make, async || _ = checked.fetch_add(1, Ordering::Relaxed)).await;
            assert_eq!(awaits, left);
            // Dropped before the first poll, at each await, and after the last one.
            assert_eq!(*dropped.lock().unwrap(), Vec::from_iter(0..=left + 1));
            assert_eq!(checked.into_inner(), left + 1);
        }
    });
}

#[test]
fn other_tasks_run_between_polls_of_the_future() {
    passes(Explorer::new(), |sim: Sim| async move {
        let (sender, receiver) = mpsc::channel(1);
        let receiver = tokio::sync::Mutex::new(receiver);
        let sending = sim.spawn("sending", async move {
            for number in 0.. {
                sleep(MILLISECOND).await;
                if sender.send(number).await.is_err() {
                    return;
                }
            }
        });
        let two = async || {
            let mut receiver = receiver.lock().await;
            (receiver.recv().await, receiver.recv().await)
        };
        let awaits = cancel::at_every_await(two, async || {}).await;
        assert!(awaits >= 1);
        drop(receiver);
        sending.await.unwrap();
    });
}

/// Returns the number of awaits in three tokio operations that are ready immediately.
fn awaits_of_ready_ones(explorer: Explorer) -> BTreeSet<usize> {
    let all = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = all.clone();
    passes(explorer, move |_| {
        let seen = seen.clone();
        async move {
            let semaphore = Semaphore::new(1);
            let thrice = async || {
                for _ in 0..3 {
                    drop(semaphore.acquire().await);
                }
            };
            let awaits = cancel::at_every_await(thrice, async || assert_eq!(semaphore.available_permits(), 1)).await;
            seen.lock().unwrap().insert(awaits);
        }
    });
    all.lock().unwrap().clone()
}

#[test]
fn a_ready_operation_is_an_await_only_if_it_is_preempted() {
    assert_eq!(awaits_of_ready_ones(Explorer::new().preempt(false)), BTreeSet::from([0]));
    let preempted = awaits_of_ready_ones(Explorer::new());
    assert!(preempted.contains(&0) && preempted.contains(&1), "{preempted:?}");
}

#[test]
fn a_notification_lost_with_a_dropped_future_is_found() {
    // A notification that was received but not yet handled is lost with the future.
    let test = |sim: Sim| async move {
        let (told, news) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        let heard = AtomicUsize::new(0);
        let (telling, count) = (told.clone(), news.clone());
        let teller = sim.spawn("teller", async move {
            loop {
                sleep(MILLISECOND).await;
                count.fetch_add(1, Ordering::Relaxed);
                telling.notify_waiters();
            }
        });
        let hear = async || {
            told.notified().await;
            heard.store(news.load(Ordering::Relaxed), Ordering::Relaxed);
        };
        cancel::at_every_await(hear, async || {
            assert_eq!(news.load(Ordering::Relaxed), heard.load(Ordering::Relaxed), "news was missed");
        })
        .await;
        teller.abort();
    };
    let found = failure(Explorer::new().preempt(false), test);
    assert!(found.found_after() > 1, "it was not woken yet: {found}");
    assert_report_contains(
        &found,
        &[
            "at await 1 after it was woken, and then checked",
            "dropped the future of `at_every_await` at await 1 only after it was woken",
        ],
    );
}

#[test]
fn each_attempt_may_have_its_own_fixture() {
    // Each attempt loses a slot; with a shared fixture, all but the first would fail.
    passes(Explorer::new(), |_| async {
        let built = AtomicUsize::new(0);
        let awaits = cancel::at_every_await_of(
            async || {
                built.fetch_add(1, Ordering::Relaxed);
                yield_now().await;
                Uploads::new()
            },
            Uploads::put_by_hand,
            async |uploads| assert!(uploads.slots.available_permits() >= 1),
        )
        .await;
        assert!(awaits >= 3);
        assert_eq!(built.into_inner(), awaits + 2);
    });
}

#[test]
fn a_future_that_never_completes_is_an_error() {
    let found = failure(Explorer::new(), |_| async {
        let endless = async || {
            loop {
                yield_now().await;
            }
        };
        cancel::at_every_await::<()>(endless, async || {}).await;
    });
    assert_eq!(found.kind(), FailureKind::Panic);
    assert_report_contains(
        &found,
        &["the future of `at_every_await` at ", "has not finished after 200 awaits", "await 200 while it waited"],
    );
}

#[test]
fn a_future_that_waits_forever_is_a_deadlock() {
    let found = failure(Explorer::new(), |_| async {
        let never = async || {
            sleep(MILLISECOND).await;
            pending::<()>().await;
        };
        cancel::at_every_await(never, async || {}).await;
    });
    assert_eq!(found.kind(), FailureKind::Deadlock);
    assert_report_contains(&found, &["the last future was dropped at await 2 while it waited, and passed its check"]);
}

#[test]
fn an_unchecked_lost_slot_is_reported_where_the_next_attempt_waits() {
    let found = failure(Explorer::new(), |_| async {
        let uploads = Uploads::new();
        cancel::at_every_await(async || uploads.put_by_hand().await, async || {}).await;
    });
    assert_eq!(found.kind(), FailureKind::Deadlock);
    assert_report_contains(
        &found,
        &[
            "waits in tokio::sync::semaphore::Semaphore::acquire",
            "the last future was dropped at await 3 while it waited, and passed its check; the next one is running:",
        ],
    );
}

#[test]
fn a_check_may_wait_for_other_tasks() {
    passes(Explorer::new(), |sim: Sim| async move {
        let slots = Arc::new(Semaphore::new(1));
        let put = || {
            let slots = slots.clone();
            async move {
                let slot = slots.acquire_owned().await.unwrap();
                // The slot stays taken for a while after the future is dropped.
                let writing = sim.spawn("writing", async move {
                    sleep(MILLISECOND).await;
                    drop(slot);
                });
                writing.await.unwrap();
            }
        };
        let check = async || {
            sleep(2 * MILLISECOND).await;
            assert_eq!(slots.available_permits(), 1);
        };
        assert!(cancel::at_every_await(put, check).await >= 1);
    });
}

#[test]
fn a_panic_in_a_drop_is_reported_with_the_await() {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("dropped too early");
            }
        }
    }
    let found = failure(Explorer::new(), |_| async {
        let make = async || {
            sleep(MILLISECOND).await;
            let guard = Guard;
            sleep(MILLISECOND).await;
            std::mem::forget(guard);
        };
        cancel::at_every_await(make, async || {}).await;
    });
    assert_report_contains(&found, &["dropped too early", "was dropped at await 2"]);
}

#[test]
fn a_later_failure_does_not_mention_the_check() {
    let found = failure(Explorer::new(), |_| async {
        cancel::at_every_await(async || sleep(MILLISECOND).await, async || {}).await;
        panic!("something else");
    });
    assert!(!found.to_string().contains("at_every_await"), "{found}");
}

#[test]
#[should_panic(expected = "where `cancel::at_every_await` drops a future is decided by the schedule of a simulation")]
fn at_every_await_panics_outside_a_simulation() {
    drop(cancel::at_every_await(async || {}, async || {}));
}

#[test]
fn schedules_drop_a_future_both_before_and_after_its_wake() {
    // A future that is dropped after its wake has waited for some time.
    // Without preemption, it waits only once.
    let times = each_seen(Explorer::new().preempt(false), |sim: Sim| async move {
        let last = Mutex::new(Duration::ZERO);
        let begun = Mutex::new(Duration::ZERO);
        let make = || {
            *begun.lock().unwrap() = sim.elapsed();
            sleep(MILLISECOND)
        };
        let check = async || *last.lock().unwrap() = sim.elapsed() - *begun.lock().unwrap();
        cancel::at_every_await(make, check).await;
        last.into_inner().unwrap()
    });
    assert!(times.contains(&Duration::ZERO) && times.iter().any(|time| *time >= MILLISECOND), "{times:?}");
}

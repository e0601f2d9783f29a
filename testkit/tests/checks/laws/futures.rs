//! Typical mistakes in implementations of `Future`, and the law that each breaks.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use testkit::laws::Law;

use super::future;
use super::inbox::Inbox;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_future_that_returns_pending_and_registers_no_waker_is_found() {
    future(Law::LeavesWaker, |case, made| {
        let inbox = Inbox::of(case, [7]);
        poll_fn(move |context| if made.is_wrong() { inbox.look() } else { inbox.poll(context) })
    });
}

#[test]
fn an_event_that_does_not_wake_the_registered_waker_is_found() {
    future(Law::LeavesWaker, |case, made| {
        let inbox = Inbox::new();
        let event = inbox.clone();
        case.then(move || if made.is_wrong() { event.lock().items.push_back(7) } else { event.push(7) });
        poll_fn(move |context| inbox.poll(context))
    });
}

#[test]
fn a_future_that_keeps_only_the_waker_of_its_first_poll_is_found() {
    future(Law::KeepsNewestWaker, |case, made| {
        let inbox = Inbox::of(case, [7]);
        let mut has_left = false;
        poll_fn(move |context| {
            let looked = inbox.look();
            if looked.is_ready() || (made.is_wrong() && has_left) {
                return looked;
            }
            has_left = true;
            inbox.poll(context)
        })
    });
}

#[test]
fn a_future_that_replaces_only_a_waker_that_would_wake_the_same_task_is_found() {
    future(Law::KeepsNewestWaker, |case, made| {
        let inbox = Inbox::of(case, [7]);
        poll_fn(move |context| {
            let mut state = inbox.lock();
            let looked = state.look();
            let is_to_go = |waker: &Waker| waker.will_wake(context.waker()) == made.is_wrong();
            if looked.is_pending() && state.waiting.as_ref().is_none_or(is_to_go) {
                state.waiting = Some(context.waker().clone());
            }
            looked
        })
    });
}

/// Only some wakers of a registry are woken.
#[test]
fn an_event_that_wakes_only_the_oldest_waker_is_found() {
    future(Law::KeepsNewestWaker, |case, made| {
        let inbox = Inbox::new();
        let wakers = Arc::new(Mutex::new(Vec::<Waker>::new()));
        let (event, to_wake) = (inbox.clone(), wakers.clone());
        case.then(move || {
            event.push(7);
            let mut wakers = to_wake.lock().unwrap();
            let count = if made.is_wrong() { 1 } else { wakers.len() };
            wakers.drain(..).take(count).for_each(Waker::wake);
        });
        poll_fn(move |context| {
            wakers.lock().unwrap().push(context.waker().clone());
            inbox.look()
        })
    });
}

/// The future reads the flag without a lock.
#[test]
fn a_future_that_does_not_check_again_after_registering_its_waker_is_found() {
    future(Law::ChecksAgain, |case, made| {
        let flag = Arc::new((AtomicBool::new(false), Mutex::new(None::<Waker>)));
        let event = flag.clone();
        case.then(move || {
            event.0.store(true, Ordering::SeqCst);
            if let Some(waker) = event.1.lock().unwrap().take() {
                waker.wake();
            }
        });
        poll_fn(move |context| {
            if made.is_wrong() && flag.0.load(Ordering::SeqCst) {
                return Poll::Ready(());
            }
            *flag.1.lock().unwrap() = Some(context.waker().clone());
            if !made.is_wrong() && flag.0.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        })
    });
}

/// An event races with the second waker that a poll registers.
#[test]
fn a_future_that_checks_both_sources_before_registering_a_waker_is_found() {
    future(Law::ChecksAgain, |case, made| {
        let (first, second) = (Inbox::new(), Inbox::of(case, [7]));
        poll_fn(move |context| {
            if !made.is_wrong() {
                let polled: Poll<Option<i32>> = first.poll(context);
                return if polled.is_ready() { polled } else { second.poll(context) };
            }
            let polled = first.poll(context);
            let looked = second.look();
            if polled.is_pending() && looked.is_pending() {
                second.leave(context.waker().clone());
            }
            if polled.is_ready() { polled } else { looked }
        })
    });
}

#[test]
fn two_waiters_that_share_the_place_of_one_waker_are_found() {
    future(Law::LeavesWaker, |case, made| {
        let inboxes = [Inbox::new(), Inbox::new()];
        let other = if made.is_wrong() { inboxes[0].clone() } else { inboxes[1].clone() };
        let [event, _] = inboxes.clone();
        case.then(move || event.push(7));
        // This waiter consumes nothing, but overwrites the other waiter's waker.
        tokio::spawn(poll_fn(move |context| {
            other.leave(context.waker().clone());
            Poll::<()>::Pending
        }));
        poll_fn(move |context| inboxes[0].poll(context))
    });
}

#[test]
fn a_select_that_skips_its_second_branch_if_the_first_is_pending_is_found() {
    future(Law::LeavesWaker, |case, made| {
        let (first, second) = (Inbox::<i32>::new(), Inbox::of(case, [7]));
        let mut polls = 0;
        poll_fn(move |context| {
            polls += 1;
            let turn = if polls % 2 == 1 { [&first, &second] } else { [&second, &first] };
            let polled = turn[0].poll(context);
            if polled.is_ready() || made.is_wrong() { polled } else { turn[1].poll(context) }
        })
    });
}

#[test]
fn a_future_that_wakes_itself_in_a_busy_loop_is_found() {
    future(Law::Rests, |case, made| {
        let inbox = Inbox::of(case, [7]);
        poll_fn(move |context| {
            if made.is_wrong() {
                context.waker().wake_by_ref();
                return inbox.look();
            }
            inbox.poll(context)
        })
    });
}

#[test]
fn a_future_that_treats_each_poll_as_a_wake_is_found() {
    future(Law::SameOutcome, |case, made| {
        let inbox = Inbox::of(case, [7]);
        let mut is_waiting = false;
        poll_fn(move |context| {
            let polled = inbox.poll(context);
            assert!(!made.is_wrong() || !is_waiting || polled.is_ready(), "woken without an item");
            is_waiting = true;
            polled
        })
    });
}

#[test]
fn a_future_that_counts_polls_as_attempts_is_found() {
    future(Law::SameOutcome, |case, made| {
        let inbox = Inbox::of(case, [7]);
        let mut polls = 0;
        poll_fn(move |context| {
            polls += 1;
            match inbox.poll(context) {
                Poll::Pending if made.is_wrong() && polls == 3 => Poll::Ready(Err("three attempts have failed")),
                polled => polled.map(Ok),
            }
        })
    });
}

#[test]
fn a_future_that_waits_for_an_event_that_never_occurs_is_found() {
    future(Law::Finishes, |case, made| {
        let inbox = Inbox::of(case, [1, 2]);
        let mut left = 2;
        poll_fn(move |context| {
            while left > 0 || made.is_wrong() {
                match inbox.poll(context) {
                    Poll::Ready(Some(_)) => left -= 1,
                    Poll::Ready(None) if !made.is_wrong() => break,
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(left)
        })
    });
}

#[test]
fn a_future_that_creates_a_new_timer_at_each_poll_is_found() {
    future(Law::Finishes, |_, made| {
        let mut timer = None;
        poll_fn(move |context| {
            if made.is_wrong() {
                timer = None;
            }
            timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(SECOND))).as_mut().poll(context)
        })
    });
}

/// Takes a permit in its first poll and returns it later.
struct Permit {
    free: Arc<AtomicI32>,
    inner: Pin<Box<dyn Future<Output = ()>>>,
    has_permit: bool,
    gives_back: fn(&mut Permit, is_dropped: bool),
}

impl Permit {
    fn new(free: &Arc<AtomicI32>, gives_back: fn(&mut Permit, bool)) -> Self {
        let inner = Box::pin(tokio::time::sleep(SECOND));
        Permit { free: free.clone(), inner, has_permit: false, gives_back }
    }
}

impl Future for Permit {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.has_permit {
            self.has_permit = true;
            self.free.fetch_sub(1, Ordering::SeqCst);
        }
        let polled = self.inner.as_mut().poll(context);
        if polled.is_ready() {
            (self.gives_back)(&mut self, false);
        }
        polled
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        (self.gives_back)(self, true);
    }
}

/// Returns the permit once.
fn once(permit: &mut Permit, _is_dropped: bool) {
    if std::mem::take(&mut permit.has_permit) {
        permit.free.fetch_add(1, Ordering::SeqCst);
    }
}

/// Checks a future that takes a permit and returns it, either incorrectly or exactly once.
#[track_caller]
fn permit(law: Law, wrong: fn(&mut Permit, bool)) {
    future(law, move |case, made| {
        let free = Arc::new(AtomicI32::new(1));
        let is_free = free.clone();
        case.after_drop(move || assert_eq!(is_free.load(Ordering::SeqCst), 1, "permits that are free"));
        Permit::new(&free, if made.is_wrong() { wrong } else { once })
    });
}

#[test]
fn a_future_that_returns_its_permit_only_on_completion_is_found() {
    permit(Law::SurvivesDrop, |permit, is_dropped| {
        if !is_dropped {
            once(permit, is_dropped);
        }
    });
}

#[test]
fn a_future_that_returns_its_permit_twice_is_found() {
    permit(Law::SurvivesDrop, |permit, _| {
        if permit.has_permit {
            permit.free.fetch_add(1, Ordering::SeqCst);
        }
    });
}

#[test]
fn a_drop_that_relies_on_an_earlier_poll_is_found() {
    struct Lazy {
        begun: Option<Pin<Box<dyn Future<Output = ()>>>>,
        is_wrong: bool,
    }

    impl Future for Lazy {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            self.begun.get_or_insert_with(|| Box::pin(tokio::time::sleep(SECOND))).as_mut().poll(context)
        }
    }

    impl Drop for Lazy {
        fn drop(&mut self) {
            let begun = self.begun.take();
            assert!(begun.is_some() || !self.is_wrong, "it has begun");
        }
    }

    future(Law::SurvivesDrop, |_, made| Lazy { begun: None, is_wrong: made.is_wrong() });
}

#[test]
fn a_waker_that_stays_in_a_registry_is_found() {
    static REGISTRY: Mutex<Vec<(u32, Waker)>> = Mutex::new(Vec::new());
    static NUMBERS: AtomicU32 = AtomicU32::new(0);

    struct Registered {
        inner: Pin<Box<dyn Future<Output = ()>>>,
        number: u32,
        is_wrong: bool,
    }

    impl Future for Registered {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            REGISTRY.lock().unwrap().push((self.number, context.waker().clone()));
            self.inner.as_mut().poll(context)
        }
    }

    impl Drop for Registered {
        fn drop(&mut self) {
            if !self.is_wrong {
                REGISTRY.lock().unwrap().retain(|(number, _)| *number != self.number);
            }
        }
    }

    future(Law::ReleasesWakers, |_, made| Registered {
        inner: Box::pin(tokio::time::sleep(SECOND)),
        number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        is_wrong: made.is_wrong(),
    });
}

/// Correct async code keeps all laws.
#[test]
fn an_async_block_keeps_all_laws() {
    testkit::laws::future(|case| {
        let inbox = Inbox::of(case, [1, 2]);
        async move {
            let mut next = pin!(poll_fn(|context| inbox.poll(context)));
            tokio::time::sleep(SECOND).await;
            let first = next.as_mut().await;
            tokio::time::sleep(SECOND).await;
            (first, next.await)
        }
    })
    .check();
}

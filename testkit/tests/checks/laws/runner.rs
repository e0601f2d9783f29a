//! Execution of the checks: panics, checked code that never ends, other threads, and allowed laws.

use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use futures_util::{FutureExt, stream};
use testkit::laws::{self, Law, Laws};

use super::inbox::Inbox;

/// Returns the panic message of a check.
fn panic_of(laws: Laws) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| laws.check())).expect_err("it panics");
    panic.downcast_ref::<String>().expect("it has a message").clone()
}

#[test]
fn a_panic_of_the_checked_code_is_reported() {
    let text = panic_of(laws::future(|case| {
        let inbox = Inbox::of(case, [7]);
        poll_fn(move |context| inbox.poll(context).map(|item| assert_eq!(item, Some(8))))
    }));
    assert!(text.starts_with("the subject panicked: assertion `left == right` failed"), "{text}");
    assert!(text.contains("2  poll  A      panicked: assertion"), "{text}");
}

#[test]
fn a_panic_of_an_event_is_reported() {
    let text = panic_of(laws::future(|case| {
        case.then(|| {}).then(|| panic!("no such host"));
        pending::<()>()
    }));
    assert!(text.starts_with("event 2 of the case panicked: no such host\n"), "{text}");
    assert!(text.contains("- event 1 happens and wakes no waker"), "{text}");
}

/// The event panics only if it occurs during a poll.
#[test]
fn a_panic_of_an_event_while_a_waker_is_cloned_is_reported() {
    let text = panic_of(laws::future(|case| {
        let inbox = Inbox::new();
        let event = inbox.clone();
        case.then(move || {
            assert_ne!(thread::current().name(), None, "it is the first thread");
            event.push(7);
        });
        poll_fn(move |context| inbox.poll(context))
    }));
    assert!(text.contains("event 1 of the case panicked: assertion"), "{text}");
}

#[test]
fn a_future_that_never_completes_is_reported() {
    super::breaks(Law::Finishes, laws::future(|_| pending::<()>()));
    laws::future(|_| pending::<()>()).allow(Law::Finishes).check();
}

#[test]
fn a_future_that_timers_wake_forever_is_reported() {
    super::breaks(
        Law::Finishes,
        laws::future(|_| {
            let mut interval = tokio::time::interval(Duration::from_secs(60));
            async move {
                loop {
                    interval.tick().await;
                }
            }
        }),
    );
}

#[test]
fn an_endless_stream_is_checked_up_to_the_given_number_of_items() {
    laws::stream(|_| stream::repeat(7)).check();
    laws::stream(|_| {
        let mut items = 0;
        stream::poll_fn(move |_| {
            items += 1;
            assert!(items <= 10, "it was asked for {items} items");
            Poll::Ready(Some(items))
        })
    })
    .at_most(10)
    .check();
}

/// Some runtimes have such a thread for timers.
#[test]
fn a_waker_may_be_woken_from_another_thread() {
    laws::future(|_| {
        let (ask, asked) = channel::<(std::task::Waker, Arc<Mutex<bool>>)>();
        thread::spawn(move || {
            for (waker, is_done) in asked {
                thread::sleep(Duration::from_millis(1));
                *is_done.lock().unwrap() = true;
                waker.wake();
            }
        });
        let is_done = Arc::new(Mutex::new(false));
        poll_fn(move |context| {
            if *is_done.lock().unwrap() {
                return Poll::Ready(());
            }
            ask.send((context.waker().clone(), is_done.clone())).unwrap();
            Poll::Pending
        })
    })
    .check();
}

/// The other thread drops the waker shortly after the checked future is dropped.
#[test]
fn a_waker_may_be_dropped_late() {
    laws::future(|case| {
        let (end, is_ended) = channel::<()>();
        let inbox = Inbox::of(case, [7]);
        poll_fn(move |context| {
            let (waker, end) = (context.waker().clone(), end.clone());
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(5));
                drop((waker, end));
            });
            _ = is_ended.try_recv();
            inbox.poll(context)
        })
    })
    .check();
}

#[test]
fn a_check_may_run_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { laws::future(|_| tokio::time::sleep(Duration::from_secs(1))).check() });
}

/// The code also breaks another law, which is still found.
#[test]
fn allowing_a_law_hides_no_other() {
    let broken = |allowed: &[Law]| {
        let laws = laws::stream(|case| {
            let inbox = Inbox::of(case, [1, 2]);
            let mut has_ended = false;
            stream::poll_fn(move |context| {
                assert!(!has_ended, "polled after its end");
                let looked = inbox.look();
                if looked.is_pending() {
                    inbox.leave(context.waker().clone());
                }
                has_ended = looked == Poll::Ready(None);
                looked
            })
        });
        let laws = allowed.iter().fold(laws, |laws, law| laws.allow(*law));
        laws.verdict().map_err(|broken| broken.law())
    };
    assert_eq!(broken(&[]), Err(Law::StaysEnded));
    assert_eq!(broken(&[Law::StaysEnded]), Err(Law::ChecksAgain));
    assert_eq!(broken(&[Law::StaysEnded, Law::ChecksAgain]), Ok(()));
}

/// Checks a future that is ready immediately, and one that does not need the event.
#[test]
fn events_may_remain_unused() {
    laws::future(|case| {
        case.then(|| {}).then(|| panic!("the future is complete"));
        ready(7)
    })
    .check();
    laws::future(|case| {
        case.then(|| {});
        tokio::time::sleep(Duration::from_secs(1)).map(|()| 7)
    })
    .check();
}

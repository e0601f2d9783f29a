//! Typical mistakes in implementations of `Stream`, and the law that each breaks.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::stream::{Stream, poll_fn};
use testkit::laws::Law;
use tokio::time::Sleep;

use super::inbox::Inbox;
use super::stream;

#[test]
fn a_stream_that_registers_no_waker_is_found() {
    stream(Law::LeavesWaker, |case, made| {
        let inbox = Inbox::of(case, [1, 2]);
        poll_fn(move |context| if made.is_wrong() { inbox.look() } else { inbox.poll(context) })
    });
}

#[test]
fn a_stream_that_is_pending_after_it_skips_an_item_is_found() {
    stream(Law::LeavesWaker, |case, made| {
        let inbox = Inbox::of(case, [1, 2, 3, 5, 7, 8]);
        poll_fn(move |context| {
            loop {
                match inbox.poll(context) {
                    Poll::Ready(Some(item)) if item % 2 == 1 && made.is_wrong() => return Poll::Pending,
                    Poll::Ready(Some(item)) if item % 2 == 1 => {}
                    polled => return polled,
                }
            }
        })
    });
}

/// All skipped items arrive before the poll, so one or two spurious polls do not reveal the mistake.
#[test]
fn a_stream_that_is_pending_after_it_skips_several_items_is_found() {
    stream(Law::LeavesWaker, |_, made| {
        let mut items = VecDeque::from([1, 3, 5, 8]);
        poll_fn(move |_| {
            loop {
                match items.pop_front() {
                    Some(item) if item % 2 == 1 && made.is_wrong() => return Poll::Pending,
                    Some(item) if item % 2 == 1 => {}
                    item => return Poll::Ready(item),
                }
            }
        })
    });
}

/// The created future would wake the stream, but nothing polls the future.
#[test]
fn a_stream_that_does_not_poll_the_future_it_waits_for_is_found() {
    stream(Law::LeavesWaker, |_, made| {
        let mut items = VecDeque::from([1, 2]);
        let mut waiting: Option<Pin<Box<dyn Future<Output = u32>>>> = None;
        poll_fn(move |context| {
            loop {
                if let Some(making) = &mut waiting {
                    let item = ready!(making.as_mut().poll(context));
                    waiting = None;
                    return Poll::Ready(Some(item));
                }
                let Some(item) = items.pop_front() else { return Poll::Ready(None) };
                // A timer is registered only when it is polled.
                waiting = Some(Box::pin(async move {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    item
                }));
                if made.is_wrong() {
                    return Poll::Pending;
                }
            }
        })
    });
}

#[test]
fn a_stream_that_does_not_check_again_after_registering_its_waker_is_found() {
    stream(Law::ChecksAgain, |case, made| {
        let inbox = Inbox::of(case, [1, 2]);
        poll_fn(move |context| {
            if !made.is_wrong() {
                return inbox.poll(context);
            }
            let looked = inbox.look();
            if looked.is_pending() {
                inbox.leave(context.waker().clone());
            }
            looked
        })
    });
}

#[test]
fn a_merge_that_skips_its_second_stream_if_the_first_is_pending_is_found() {
    stream(Law::LeavesWaker, |case, made| {
        let (second, first) = (Inbox::of(case, [1, 2]), Inbox::of(case, [3]));
        poll_fn(move |context| match first.poll(context) {
            Poll::Ready(None) => second.poll(context),
            Poll::Pending if !made.is_wrong() => match second.poll(context) {
                Poll::Ready(None) => Poll::Pending,
                polled => polled,
            },
            // While it has no item, the second stream is not polled, so it gets no waker.
            Poll::Pending if second.lock().items.is_empty() => Poll::Pending,
            Poll::Pending => second.poll(context),
            polled => polled,
        })
    });
}

#[test]
fn a_stream_that_restarts_after_its_end_is_found() {
    stream(Law::StaysEnded, |_, made| {
        let mut at = 0;
        poll_fn(move |_| {
            at = if made.is_wrong() { (at + 1) % 3 } else { (at + 1).min(3) };
            Poll::Ready((at % 3 > 0).then_some(at))
        })
    });
}

#[test]
fn a_stream_that_is_pending_after_its_end_is_found() {
    stream(Law::StaysEnded, |case, made| {
        let inbox = Inbox::of(case, [1]);
        poll_fn(move |context| {
            let polled = inbox.poll(context);
            if let Poll::Ready(None) = polled
                && made.is_wrong()
            {
                // Consumes the end like an item.
                inbox.lock().is_closed = false;
            }
            polled
        })
    });
}

/// The even numbers of a stream, with a size hint.
struct Even {
    numbers: VecDeque<u32>,
    hint: fn(&Even) -> (usize, Option<usize>),
}

impl Stream for Even {
    type Item = u32;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
        loop {
            match self.numbers.pop_front() {
                Some(number) if number % 2 == 1 => {}
                item => return Poll::Ready(item),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.hint)(self)
    }
}

#[track_caller]
fn hint(wrong: fn(&Even) -> (usize, Option<usize>)) {
    stream(Law::SizeHint, move |_, made| {
        let right = |even: &Even| (0, Some(even.numbers.len()));
        Even { numbers: [1, 2, 4, 6].into(), hint: if made.is_wrong() { wrong } else { right } }
    });
}

#[test]
fn a_size_hint_that_counts_skipped_items_is_found() {
    hint(|even| (even.numbers.len(), Some(even.numbers.len())));
}

#[test]
fn a_size_hint_with_an_upper_bound_that_is_too_low_is_found() {
    hint(|even| (0, Some(even.numbers.len() / 2)));
}

#[test]
fn a_size_hint_that_never_changes_is_found() {
    hint(|_| (3, Some(3)));
}

#[test]
fn a_stream_that_loses_the_waiting_item_at_a_spurious_poll_is_found() {
    stream(Law::SameOutcome, |_, made| {
        let mut items = VecDeque::from([1, 2, 3]);
        let mut waiting = None;
        poll_fn(move |context| {
            let is_over = |(_, delay): &(_, Pin<Box<Sleep>>)| delay.is_elapsed();
            if waiting.is_none() || (made.is_wrong() && !waiting.as_ref().is_some_and(is_over)) {
                let Some(item) = items.pop_front() else { return Poll::Ready(None) };
                waiting = Some((item, Box::pin(tokio::time::sleep(Duration::from_secs(1)))));
            }
            let (item, delay) = waiting.as_mut().expect("an item waits");
            ready!(delay.as_mut().poll(context));
            let item = *item;
            waiting = None;
            Poll::Ready(Some(item))
        })
    });
}

/// Items are requested one by one.
#[test]
fn a_stream_that_requests_its_item_again_at_a_spurious_poll_is_found() {
    stream(Law::SameOutcome, |case, made| {
        let inbox = Inbox::new();
        let asked = Arc::new(AtomicU32::new(0));
        for item in [1, 2] {
            let (inbox, asked) = (inbox.clone(), asked.clone());
            case.then(move || (0..asked.swap(0, Ordering::SeqCst).max(1)).for_each(|_| inbox.push(item)));
        }
        let closed = inbox.clone();
        case.then(move || closed.close());
        let mut is_under_way = false;
        poll_fn(move |context| {
            if !is_under_way || made.is_wrong() {
                asked.fetch_add(1, Ordering::SeqCst);
                is_under_way = true;
            }
            let polled = inbox.poll(context);
            is_under_way = polled.is_pending();
            polled
        })
    });
}

/// Batches of two items, and a smaller one after a second without an item.
#[test]
fn a_stream_that_mistakes_a_spurious_poll_for_its_timeout_is_found() {
    stream(Law::SameOutcome, |case, made| {
        let inbox = Inbox::of(case, [1, 2, 3, 4]);
        let mut batch = Vec::new();
        let mut timeout = None;
        poll_fn(move |context| {
            while batch.len() < 2 {
                match inbox.poll(context) {
                    Poll::Ready(Some(item)) => batch.push(item),
                    Poll::Ready(None) if batch.is_empty() => return Poll::Ready(None),
                    Poll::Ready(None) => break,
                    Poll::Pending if batch.is_empty() => return Poll::Pending,
                    Poll::Pending if made.is_wrong() && timeout.is_some() => break,
                    Poll::Pending => {
                        let timeout =
                            timeout.get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_secs(1))));
                        ready!(timeout.as_mut().poll(context));
                        break;
                    }
                }
            }
            timeout = None;
            Poll::Ready(Some(std::mem::take(&mut batch)))
        })
    });
}

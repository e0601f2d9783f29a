//! Streams.

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
fn it_leaves_no_waker() {
    stream(Law::LeavesWaker, |case, made| {
        let inbox = Inbox::of(case, [1, 2]);
        poll_fn(move |context| if made.is_wrong() { inbox.look() } else { inbox.poll(context) })
    });
}

#[test]
fn it_is_pending_where_it_has_left_out_an_item() {
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

/// All that it leaves out is there before it is polled: a poll or two without a wake are not enough to see it.
#[test]
fn it_is_pending_where_it_has_left_out_several_items() {
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

/// What it has begun would wake it, if it had been polled.
#[test]
fn it_begins_to_wait_and_does_not_poll_what_it_waits_for() {
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
                // Its timer is there once it is polled.
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
fn it_looks_and_then_leaves_its_waker() {
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
fn a_merge_does_not_poll_its_second_stream_where_the_first_is_pending() {
    stream(Law::LeavesWaker, |case, made| {
        let (second, first) = (Inbox::of(case, [1, 2]), Inbox::of(case, [3]));
        poll_fn(move |context| match first.poll(context) {
            Poll::Ready(None) => second.poll(context),
            Poll::Pending if !made.is_wrong() => match second.poll(context) {
                Poll::Ready(None) => Poll::Pending,
                polled => polled,
            },
            // Not before it is polled for another reason.
            Poll::Pending if second.lock().items.is_empty() => Poll::Pending,
            Poll::Pending => second.poll(context),
            polled => polled,
        })
    });
}

#[test]
fn it_begins_anew_after_its_end() {
    stream(Law::StaysEnded, |_, made| {
        let mut at = 0;
        poll_fn(move |_| {
            at = if made.is_wrong() { (at + 1) % 3 } else { (at + 1).min(3) };
            Poll::Ready((at % 3 > 0).then_some(at))
        })
    });
}

#[test]
fn it_is_pending_after_its_end() {
    stream(Law::StaysEnded, |case, made| {
        let inbox = Inbox::of(case, [1]);
        poll_fn(move |context| {
            let polled = inbox.poll(context);
            if let Poll::Ready(None) = polled
                && made.is_wrong()
            {
                // Its end is taken as an item is.
                inbox.lock().is_closed = false;
            }
            polled
        })
    });
}

/// The even ones of some numbers, with a hint.
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
fn its_hint_counts_what_is_left_out() {
    hint(|even| (even.numbers.len(), Some(even.numbers.len())));
}

#[test]
fn its_hint_has_room_for_too_few() {
    hint(|even| (0, Some(even.numbers.len() / 2)));
}

#[test]
fn its_hint_stays_what_it_was() {
    hint(|_| (3, Some(3)));
}

#[test]
fn it_loses_the_item_that_waits_when_it_is_polled_without_a_wake() {
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

/// Items are asked for one by one.
#[test]
fn it_asks_for_its_item_once_more_when_it_is_polled_without_a_wake() {
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

/// Items in batches of two, and a smaller one once nothing comes for a second.
#[test]
fn it_takes_a_poll_without_a_wake_for_its_timeout() {
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

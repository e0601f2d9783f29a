//! Typical mistakes in implementations of `Sink`, and the law that each breaks.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures_sink::Sink;
use testkit::laws::{Case, Law};

use super::{Made, sink};

/// Destination of the items, with limited capacity.
#[derive(Default)]
struct Line {
    arrived: Vec<u32>,
    room: usize,
    waiting: Option<Waker>,
}

/// Sends items to a line. Buffers items while the line is full.
struct Sender {
    line: Arc<Mutex<Line>>,
    kept: VecDeque<u32>,
    mistake: Option<Mistake>,
    is_reserved: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Mistake {
    LeavesNoWaker,
    LeavesFirstWakerOnly,
    LooksOnce,
    FlushesNothing,
    DropsOnClose,
    SendsAgain,
    ReservesAgain,
    RefusesSometimes,
    TakesItemsOnPending,
}

impl Sender {
    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    /// Sends the buffered items.
    fn pass_on(&mut self, context: &Context<'_>) -> Poll<Result<(), &'static str>> {
        let line = self.line.clone();
        while let Some(&item) = self.kept.front() {
            let mut looked = line.lock().unwrap();
            if looked.room > 0 {
                looked.room -= 1;
                looked.arrived.push(item);
                self.kept.pop_front();
                continue;
            }
            if self.makes(Mistake::SendsAgain) && !looked.arrived.ends_with(&[item]) {
                // The item is sent immediately, and again when there is room.
                looked.arrived.push(item);
            }
            let has_left = looked.waiting.is_some();
            if self.makes(Mistake::LeavesNoWaker) || (self.makes(Mistake::LeavesFirstWakerOnly) && has_left) {
                return Poll::Pending;
            }
            if self.makes(Mistake::LooksOnce) {
                drop(looked);
                let waker = context.waker().clone();
                line.lock().unwrap().waiting = Some(waker);
            } else {
                looked.waiting = Some(context.waker().clone());
            }
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl Sink<u32> for Sender {
    type Error = &'static str;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        if self.makes(Mistake::ReservesAgain) && std::mem::take(&mut self.is_reserved) {
            // There is room for one item, but a second reservation is made.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let passed = self.pass_on(context);
        self.is_reserved = passed.is_ready();
        passed
    }

    fn start_send(mut self: Pin<&mut Self>, item: u32) -> Result<(), &'static str> {
        if self.makes(Mistake::RefusesSometimes) && self.line.lock().unwrap().room == 0 {
            return Err("there is no room");
        }
        self.is_reserved = false;
        self.kept.push_back(item);
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        if self.makes(Mistake::TakesItemsOnPending) && self.line.lock().unwrap().room == 0 {
            self.kept.pop_front();
        }
        if self.makes(Mistake::FlushesNothing) { Poll::Ready(Ok(())) } else { self.pass_on(context) }
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        if self.makes(Mistake::DropsOnClose) {
            self.kept.clear();
        }
        self.pass_on(context)
    }
}

fn sender(case: &mut Case, made: Made, mistake: Mistake) -> Sender {
    let line = Arc::new(Mutex::new(Line::default()));
    for _ in 0..5 {
        let line = line.clone();
        case.then(move || {
            let waiting = {
                let mut line = line.lock().unwrap();
                line.room += 1;
                line.waiting.take()
            };
            waiting.into_iter().for_each(Waker::wake);
        });
    }
    let arrived = line.clone();
    case.received(move || arrived.lock().unwrap().arrived.clone());
    let mistake = made.is_wrong().then_some(mistake);
    Sender { line, kept: VecDeque::new(), mistake, is_reserved: false }
}

#[track_caller]
fn mistake(law: Law, mistake: Mistake) {
    sink(law, move |case, made| sender(case, made, mistake));
}

#[test]
fn a_sink_that_registers_no_waker_is_found() {
    mistake(Law::LeavesWaker, Mistake::LeavesNoWaker);
}

#[test]
fn a_sink_that_keeps_only_the_waker_of_its_first_poll_is_found() {
    mistake(Law::KeepsNewestWaker, Mistake::LeavesFirstWakerOnly);
}

#[test]
fn a_sink_that_does_not_check_again_after_registering_its_waker_is_found() {
    mistake(Law::ChecksAgain, Mistake::LooksOnce);
}

#[test]
fn a_sink_that_accepts_more_than_it_flushes_is_found() {
    mistake(Law::Flushes, Mistake::FlushesNothing);
}

#[test]
fn a_sink_that_closes_before_all_items_are_sent_is_found() {
    mistake(Law::DeliversAccepted, Mistake::DropsOnClose);
}

#[test]
fn a_sink_that_sends_an_item_again_when_it_continues_is_found() {
    mistake(Law::DeliversAccepted, Mistake::SendsAgain);
}

#[test]
fn a_sink_that_loses_an_item_if_a_flush_is_pending_is_found() {
    mistake(Law::Flushes, Mistake::TakesItemsOnPending);
}

#[test]
fn a_sink_that_is_no_longer_ready_when_polled_again_is_found() {
    mistake(Law::AcceptsWhenReady, Mistake::ReservesAgain);
}

#[test]
fn a_sink_that_rejects_an_item_although_it_was_ready_is_found() {
    mistake(Law::AcceptsWhenReady, Mistake::RefusesSometimes);
}

//! A hand-written turnstile that admits one visitor at a time. A leaving visitor wakes the next one. A visitor that is
//! woken but dropped before its next poll leaves the queue without waking the next one.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use tokio::sync::mpsc;

#[derive(Default)]
struct Line {
    /// The first visitor in the queue is admitted.
    tickets: VecDeque<u32>,
    wakers: BTreeMap<u32, Waker>,
}

/// A place in the queue, held until the visitor leaves.
struct Place<const FIXED: bool> {
    line: Arc<Mutex<Line>>,
    ticket: u32,
    is_inside: bool,
}

impl<const FIXED: bool> Place<FIXED> {
    fn new(line: &Arc<Mutex<Line>>, ticket: u32) -> Self {
        line.lock().unwrap().tickets.push_back(ticket);
        Place { line: line.clone(), ticket, is_inside: false }
    }

    /// Ready when the visitor is first in the queue.
    async fn enter(&mut self) {
        poll_fn(|context| {
            let mut line = self.line.lock().unwrap();
            if line.tickets.front() == Some(&self.ticket) {
                return Poll::Ready(());
            }
            line.wakers.insert(self.ticket, context.waker().clone());
            Poll::Pending
        })
        .await;
        self.is_inside = true;
    }
}

impl<const FIXED: bool> Drop for Place<FIXED> {
    fn drop(&mut self) {
        let mut line = self.line.lock().unwrap();
        line.tickets.retain(|ticket| *ticket != self.ticket);
        let wakes = FIXED || self.is_inside;
        let next = line.tickets.front().copied().filter(|_| wakes);
        let waker = next.and_then(|next| line.wakers.remove(&next));
        drop(line);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let line = Arc::<Mutex<Line>>::default();
    let (to_office, mut stamps) = mpsc::channel(1);
    let mut visitors = Vec::new();
    for ticket in 0..5 {
        let (line, office) = (line.clone(), to_office.clone());
        visitors.push(crate::spawn("visitor", async move {
            let mut place = Place::<FIXED>::new(&line, ticket);
            place.enter().await;
            office.send(ticket).await.unwrap();
        }));
    }
    drop(to_office);
    for _ in 0..3 {
        assert!(stamps.recv().await.is_some());
    }
    // The visitor may have been admitted already.
    visitors[2].abort();
    while stamps.recv().await.is_some() {}
}

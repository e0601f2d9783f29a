//! An outbox that sends events to a broker, and retries those that a busy broker rejected. A retried event arrives
//! after later events of the same account.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

/// An account, and the number of an event within it.
type Event = (u32, u32);

/// An event, and whether the broker has accepted it.
type Request = (Event, oneshot::Sender<bool>);

#[derive(Default)]
struct Broker {
    stored: Mutex<Vec<Event>>,
    segments: Mutex<usize>,
}

impl Broker {
    async fn run(self: Arc<Self>, mut requests: mpsc::Receiver<Request>) {
        while let Some((event, answer)) = requests.recv().await {
            // The broker is busy while it compacts its log.
            let stored = self.stored.try_lock().map(|mut stored| stored.push(event));
            answer.send(stored.is_ok()).unwrap();
        }
    }

    async fn compact(self: Arc<Self>) {
        for _ in 0..2 {
            let stored = self.stored.lock().await;
            *self.segments.lock().await = stored.len() / 2;
        }
    }
}

async fn send<const FIXED: bool>(mut events: mpsc::Receiver<Event>, broker: mpsc::Sender<Request>) {
    let mut backlog = VecDeque::new();
    while let Some(event) = events.recv().await {
        backlog.push_back(event);
        while let Some(event) = backlog.pop_front() {
            let (answer, is_taken) = oneshot::channel();
            broker.send((event, answer)).await.unwrap();
            if !is_taken.await.unwrap() {
                if FIXED {
                    backlog.push_front(event);
                } else {
                    backlog.push_back(event);
                }
            }
            while let Ok(event) = events.try_recv() {
                backlog.push_back(event);
            }
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let (events, queue) = mpsc::channel(2);
    let (requests, sent) = mpsc::channel(1);
    let broker = Arc::new(Broker::default());
    let running = crate::spawn("broker", broker.clone().run(sent));
    let outbox = crate::spawn("outbox", send::<FIXED>(queue, requests));
    let compacting = crate::spawn("compacting", broker.clone().compact());
    let accounts = [1, 2].map(|account| {
        let events = events.clone();
        crate::spawn("account", async move {
            for number in 1..=3 {
                events.send((account, number)).await.unwrap();
            }
        })
    });
    drop(events);

    for account in accounts {
        account.await.unwrap();
    }
    outbox.await.unwrap();
    compacting.await.unwrap();
    running.await.unwrap();
    let mut stored = broker.stored.lock().await.clone();
    // The order within each account must be preserved.
    stored.sort_by_key(|event| event.0);
    assert_eq!(stored, [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)], "events of an account are out of order");
}

//! An outbox that sends events to a broker, and tries again what the broker has no room for. What it tries again comes behind
//! later events of the same account.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, mpsc};

/// An account, and the number of its event.
type Event = (u32, u32);

async fn send<const FIXED: bool>(mut events: mpsc::Receiver<Event>, broker: mpsc::Sender<Event>) {
    let mut backlog = VecDeque::new();
    loop {
        if backlog.is_empty() {
            let Some(event) = events.recv().await else { return };
            backlog.push_back(event);
        }
        while let Ok(event) = events.try_recv() {
            backlog.push_back(event);
        }
        while let Some(event) = backlog.pop_front() {
            match broker.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    if FIXED {
                        backlog.push_front(event);
                    } else {
                        backlog.push_back(event);
                    }
                    // Until there is room.
                    drop(broker.reserve().await.unwrap());
                }
                Err(TrySendError::Closed(_)) => return,
            }
        }
    }
}

async fn consume(mut events: mpsc::Receiver<Event>, stored: &Mutex<BTreeMap<u32, u32>>) {
    while let Some((account, number)) = events.recv().await {
        let before = stored.lock().await.insert(account, number).unwrap_or(0);
        assert_eq!(number, before + 1, "event {number} of account {account} comes after event {before}");
    }
}

async fn record(events: mpsc::Sender<Event>, account: u32) {
    for number in 1..=4 {
        events.send((account, number)).await.unwrap();
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let (record_at, events) = mpsc::channel(2);
    let (to_broker, from_outbox) = mpsc::channel(3);
    let broker = crate::spawn("broker", async move {
        let stored = Mutex::default();
        consume(from_outbox, &stored).await;
        stored.into_inner()
    });
    let outbox = crate::spawn("outbox", send::<FIXED>(events, to_broker));
    let accounts = [1, 2].map(|account| crate::spawn("account", record(record_at.clone(), account)));
    drop(record_at);

    for account in accounts {
        account.await.unwrap();
    }
    outbox.await.unwrap();
    assert_eq!(broker.await.unwrap(), BTreeMap::from([(1, 4), (2, 4)]));
}

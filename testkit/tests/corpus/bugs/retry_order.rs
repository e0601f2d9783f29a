//! An outbox that sends events to a broker, and tries again what the broker has no room for. What it tries again comes behind
//! later events of the same account.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

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

async fn store(mut events: mpsc::Receiver<Event>) -> Vec<Event> {
    let mut stored = Vec::new();
    while let Some(event) = events.recv().await {
        stored.push(event);
    }
    stored
}

async fn record(events: mpsc::Sender<Event>, account: u32) {
    for number in 1..=4 {
        events.send((account, number)).await.unwrap();
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let (record_at, events) = mpsc::channel(2);
    let (to_broker, from_outbox) = mpsc::channel(3);
    let broker = crate::spawn("broker", store(from_outbox));
    let outbox = crate::spawn("outbox", send::<FIXED>(events, to_broker));
    let accounts = [1, 2].map(|account| crate::spawn("account", record(record_at.clone(), account)));
    drop(record_at);

    for account in accounts {
        account.await.unwrap();
    }
    outbox.await.unwrap();
    let stored = broker.await.unwrap();
    for account in [1, 2] {
        let numbers: Vec<_> = stored.iter().filter(|event| event.0 == account).map(|event| event.1).collect();
        assert_eq!(numbers, [1, 2, 3, 4], "the events of account {account} are out of order");
    }
}

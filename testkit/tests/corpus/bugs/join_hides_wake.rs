//! An outbox that is flushed beside a heartbeat. An abandoned message leaves the outbox like a confirmed one, but does
//! not wake the flush, which continues only at the next heartbeat.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_util::future::join;
use tokio::sync::mpsc;

#[derive(Default)]
struct Outbox {
    unconfirmed: BTreeSet<u32>,
    waker: Option<Waker>,
}

type Shared = Arc<Mutex<Outbox>>;

fn remove(outbox: &Shared, message: u32, wakes: bool) {
    let waker = {
        let mut outbox = outbox.lock().unwrap();
        outbox.unconfirmed.remove(&message);
        if outbox.unconfirmed.is_empty() && wakes { outbox.waker.take() } else { None }
    };
    if let Some(waker) = waker {
        waker.wake();
    }
}

async fn flushed(outbox: Shared) {
    poll_fn(|context| {
        let mut outbox = outbox.lock().unwrap();
        if outbox.unconfirmed.is_empty() {
            return Poll::Ready(());
        }
        outbox.waker = Some(context.waker().clone());
        Poll::Pending
    })
    .await;
}

async fn heartbeat(peer: mpsc::Sender<&'static str>) {
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        peer.send("alive").await.unwrap();
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let outbox = Shared::default();
    outbox.lock().unwrap().unconfirmed.extend(0..6);
    let (to_peer, mut told) = mpsc::channel(1);
    let peer = crate::spawn("peer", async move { while told.recv().await.is_some() {} });
    let (giving_up, confirming) = (outbox.clone(), outbox.clone());
    // Abandons messages that are too old.
    let giving_up = crate::spawn("give up", async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        for message in [0, 1] {
            remove(&giving_up, message, FIXED);
        }
    });
    let confirming = crate::spawn("confirm", async move {
        for message in 2..6 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            remove(&confirming, message, true);
        }
    });
    let flushing = async {
        flushed(outbox.clone()).await;
        to_peer.send("flushed").await.unwrap();
    };
    join(flushing, heartbeat(to_peer.clone())).await;
    drop(to_peer);
    for task in [peer, giving_up, confirming] {
        task.await.unwrap();
    }
    assert!(outbox.lock().unwrap().unconfirmed.is_empty());
}

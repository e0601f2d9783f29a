//! A cache that answers requests in the same `select!` that polls its refresh. While a request waits for the lock of
//! the entries, the refresh is not polled, but may hold that lock or be next in its queue.

use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::{Mutex, mpsc, oneshot};

type Entries = Arc<Mutex<Vec<u32>>>;

async fn origin(mut requests: mpsc::Receiver<oneshot::Sender<u32>>) {
    let mut value = 0;
    while let Some(reply) = requests.recv().await {
        value += 1;
        // The client may have been dropped.
        _ = reply.send(value);
    }
}

async fn refresh(entries: Entries, origin: mpsc::Sender<oneshot::Sender<u32>>) {
    for _ in 0..2 {
        let (reply, value) = oneshot::channel();
        origin.send(reply).await.unwrap();
        let value = value.await.unwrap();
        entries.lock().await.push(value);
    }
}

/// Drops the oldest entries, and records which.
async fn evict(entries: Entries, log: mpsc::Sender<usize>) {
    for _ in 0..2 {
        let mut entries = entries.lock().await;
        let count = entries.len().saturating_sub(1);
        entries.drain(..count);
        log.send(count).await.unwrap();
    }
}

async fn serve<const FIXED: bool>(
    entries: Entries,
    origin: mpsc::Sender<oneshot::Sender<u32>>,
    mut questions: mpsc::Receiver<oneshot::Sender<usize>>,
) {
    let refreshing = refresh(entries.clone(), origin);
    let mut refreshing =
        if FIXED { crate::spawn("refresh", refreshing).map(Result::unwrap).boxed() } else { refreshing.boxed() };
    let mut is_fresh = false;
    loop {
        tokio::select! {
            () = &mut refreshing, if !is_fresh => is_fresh = true,
            question = questions.recv() => match question {
                Some(reply) => reply.send(entries.lock().await.len()).unwrap(),
                None if is_fresh => return,
                None => {
                    (&mut refreshing).await;
                    return;
                }
            },
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let entries = Entries::default();
    let (to_origin, requests) = mpsc::channel(1);
    let (to_log, mut log) = mpsc::channel(4);
    let (to_server, questions) = mpsc::channel(1);
    let logging = crate::spawn("log", async move { while log.recv().await.is_some() {} });
    let tasks = [
        crate::spawn("origin", origin(requests)),
        crate::spawn("serve", serve::<FIXED>(entries.clone(), to_origin, questions)),
        crate::spawn("evict", evict(entries, to_log)),
    ];
    for _ in 0..3 {
        let (reply, count) = oneshot::channel();
        to_server.send(reply).await.unwrap();
        assert!(count.await.unwrap() <= 2);
    }
    drop(to_server);
    for task in tasks {
        task.await.unwrap();
    }
    logging.await.unwrap();
}

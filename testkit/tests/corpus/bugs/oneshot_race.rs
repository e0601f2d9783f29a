//! A connection with several concurrent calls. When it is closed, it fails all unanswered calls, but also some with
//! answers that have arrived and were not read yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

type Calls = Arc<Mutex<BTreeMap<u32, oneshot::Sender<u32>>>>;

/// Passes answers on to the waiting callers.
async fn read(mut answers: mpsc::Receiver<(u32, u32)>, calls: Calls) {
    while let Some((call, answer)) = answers.recv().await {
        if let Some(caller) = calls.lock().await.remove(&call) {
            // The caller may have been dropped.
            _ = caller.send(answer);
        }
    }
}

/// A server that closes the connection after a number of answers.
async fn answer(
    mut requests: mpsc::Receiver<(u32, u32)>,
    answers: mpsc::Sender<(u32, u32)>,
    hang_up: oneshot::Sender<()>,
    count: u32,
) {
    for _ in 0..count {
        let Some((call, number)) = requests.recv().await else { break };
        answers.send((call, number * number)).await.unwrap();
    }
    // The client may have closed the connection first.
    _ = hang_up.send(());
}

async fn call(number: u32, calls: Calls, requests: mpsc::Sender<(u32, u32)>) -> Option<u32> {
    let (caller, answer) = oneshot::channel();
    calls.lock().await.insert(number, caller);
    requests.send((number, number)).await.ok()?;
    drop(requests);
    answer.await.ok()
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let calls = Calls::default();
    let (requests, asked) = mpsc::channel(2);
    let (answers, answered) = mpsc::channel(2);
    let (hang_up, closed) = oneshot::channel();
    let server = crate::spawn("server", answer(asked, answers, hang_up, 3));
    let reader = crate::spawn("reader", read(answered, calls.clone()));
    let watching = calls.clone();
    let watcher = crate::spawn("watcher", async move {
        closed.await.unwrap();
        if FIXED {
            reader.await.unwrap();
            watching.lock().await.clear();
        } else {
            watching.lock().await.clear();
            reader.await.unwrap();
        }
    });
    let callers = [2, 3, 4].map(|number| crate::spawn("caller", call(number, calls.clone(), requests.clone())));
    drop(requests);

    for (caller, number) in callers.into_iter().zip(2..) {
        assert_eq!(caller.await.unwrap(), Some(number * number), "an answer arrived, but its caller got an error");
    }
    server.await.unwrap();
    watcher.await.unwrap();
}

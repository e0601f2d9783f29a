//! A ticket for the result of a job. Its future keeps its first waker. If another task takes the ticket over, that task
//! is not woken.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use tokio::sync::{mpsc, oneshot};

#[derive(Default)]
struct Shared {
    result: Option<u32>,
    waker: Option<Waker>,
}

/// Future that is ready when the job is done.
struct Ticket<const FIXED: bool>(Arc<Mutex<Shared>>);

impl<const FIXED: bool> Future for Ticket<FIXED> {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let mut shared = self.0.lock().unwrap();
        if let Some(result) = shared.result.take() {
            return Poll::Ready(result);
        }
        if FIXED || shared.waker.is_none() {
            shared.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

async fn worker(mut jobs: mpsc::Receiver<(u32, Arc<Mutex<Shared>>)>) {
    while let Some((number, job)) = jobs.recv().await {
        let waker = {
            let mut job = job.lock().unwrap();
            job.result = Some(number * number);
            job.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Waits for a result. If the client leaves, the result is collected in the background.
async fn front<const FIXED: bool>(jobs: mpsc::Sender<(u32, Arc<Mutex<Shared>>)>, gone: oneshot::Receiver<()>) -> u32 {
    let shared = Arc::new(Mutex::new(Shared::default()));
    jobs.send((7, shared.clone())).await.unwrap();
    drop(jobs);
    let mut ticket = Ticket::<FIXED>(shared);
    tokio::select! {
        result = &mut ticket => result,
        _ = gone => crate::spawn("collect", ticket).await.unwrap(),
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let (to_worker, jobs) = mpsc::channel(4);
    let (leave, gone) = oneshot::channel();
    let working = crate::spawn("worker", worker(jobs));
    for number in 0..3 {
        to_worker.send((number, Arc::default())).await.unwrap();
    }
    let waiting = crate::spawn("front", front::<FIXED>(to_worker, gone));
    let client = crate::spawn("client", async move {
        // The result may have arrived already.
        _ = leave.send(());
    });
    assert_eq!(waiting.await.unwrap(), 49);
    client.await.unwrap();
    working.await.unwrap();
}

//! A gateway that limits its calls. It forgets a permit and adds one after the call. A call that is cancelled in
//! between loses the permit.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};

const LIMIT: usize = 2;

struct Gateway {
    permits: Semaphore,
    backend: mpsc::Sender<(u32, oneshot::Sender<u32>)>,
}

impl Gateway {
    async fn call<const FIXED: bool>(&self, number: u32) -> u32 {
        let permit = self.permits.acquire().await.unwrap();
        let _held = if FIXED {
            Some(permit)
        } else {
            permit.forget();
            None
        };
        let (reply, answer) = oneshot::channel();
        self.backend.send((number, reply)).await.unwrap();
        let answer = answer.await.unwrap();
        if !FIXED {
            self.permits.add_permits(1);
        }
        answer
    }
}

async fn backend(mut calls: mpsc::Receiver<(u32, oneshot::Sender<u32>)>) {
    while let Some((number, reply)) = calls.recv().await {
        // The caller may have been dropped.
        _ = reply.send(number + 1);
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let (to_backend, calls) = mpsc::channel(1);
    let answering = crate::spawn("backend", backend(calls));
    let gateway = Arc::new(Gateway { permits: Semaphore::new(LIMIT), backend: to_backend });
    let mut calls = Vec::new();
    for number in 0..4 {
        let gateway = gateway.clone();
        calls.push(crate::spawn("call", async move { gateway.call::<FIXED>(number).await }));
    }
    let left = calls.remove(1);
    for (call, answer) in calls.into_iter().zip([1, 3, 4]) {
        assert_eq!(call.await.unwrap(), answer);
    }
    // Cancels this call, which may already have its answer.
    left.abort();
    _ = left.await;
    assert_eq!(gateway.permits.available_permits(), LIMIT, "a permit is lost");
    drop(gateway);
    answering.await.unwrap();
}

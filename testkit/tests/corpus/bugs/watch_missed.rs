//! A worker that applies each new configuration. A configuration that is published while another one is applied is
//! marked as seen, but is not applied.

use std::sync::Arc;

use tokio::sync::{Mutex, watch};

type Applied = Arc<Mutex<Vec<u32>>>;

async fn apply(applied: &Mutex<Vec<u32>>, limit: u32) {
    let mut applied = applied.lock().await;
    if applied.last() != Some(&limit) {
        applied.push(limit);
    }
}

async fn follow<const FIXED: bool>(mut limits: watch::Receiver<u32>, applied: Applied) {
    loop {
        if FIXED {
            let limit = *limits.borrow_and_update();
            apply(&applied, limit).await;
        } else {
            let limit = *limits.borrow();
            apply(&applied, limit).await;
            // Marks the applied configuration as seen.
            limits.borrow_and_update();
        }
        if limits.changed().await.is_err() {
            return;
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let applied = Applied::default();
    let (publish, limits) = watch::channel(10);
    let worker = crate::spawn("worker", follow::<FIXED>(limits, applied.clone()));

    // An operator reads the active configuration before and after.
    let operator = applied.clone();
    let operator = crate::spawn("operator", async move {
        for limit in [20, 30] {
            let in_force = operator.lock().await.last().copied();
            assert!(in_force.is_none_or(|in_force| in_force <= limit));
            publish.send(limit).unwrap();
        }
    });

    operator.await.unwrap();
    worker.await.unwrap();
    assert_eq!(applied.lock().await.last(), Some(&30), "the last published limit is not in force");
}

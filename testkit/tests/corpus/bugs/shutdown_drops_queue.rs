//! A mail worker that stops on a signal and drops the accepted mails that are still in its queue.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, watch};

type Outbox = Arc<Mutex<Vec<u32>>>;

async fn work<const FIXED: bool>(mut mails: mpsc::Receiver<u32>, mut stop: watch::Receiver<bool>, outbox: Outbox) {
    loop {
        tokio::select! {
            mail = mails.recv() => match mail {
                Some(mail) => outbox.lock().await.push(mail),
                None => return,
            },
            _ = stop.changed() => break,
        }
    }
    if FIXED {
        // Rejects new mails, and delivers the accepted ones.
        mails.close();
        while let Some(mail) = mails.recv().await {
            outbox.lock().await.push(mail);
        }
    }
}

/// Sends mails until the worker rejects one. Returns the accepted ones.
async fn send(mails: mpsc::Sender<u32>, first: u32) -> Vec<u32> {
    let mut accepted = Vec::new();
    for mail in first..first + 3 {
        if mails.send(mail).await.is_err() {
            break;
        }
        accepted.push(mail);
    }
    accepted
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let outbox = Outbox::default();
    let (mails, queue) = mpsc::channel(2);
    let (stop, stopped) = watch::channel(false);
    let worker = crate::spawn("worker", work::<FIXED>(queue, stopped, outbox.clone()));
    let signup = crate::spawn("signup", send(mails.clone(), 10));
    let billing = crate::spawn("billing", send(mails, 20));

    let mut accepted = signup.await.unwrap();
    // The worker has ended already if all senders have.
    _ = stop.send(true);
    accepted.extend(billing.await.unwrap());
    worker.await.unwrap();

    let mut delivered = outbox.lock().await.clone();
    delivered.sort_unstable();
    accepted.sort_unstable();
    assert_eq!(delivered, accepted, "an accepted mail was never delivered");
}

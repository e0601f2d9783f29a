//! Sends mail in the background.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use crate::transport::{Mail, Transport};

/// Number of mails that wait at most.
const QUEUE: usize = 16;

/// Welcomes new users, each with one mail, with several workers.
pub struct Mailer {
    queue: mpsc::Sender<String>,
    workers: JoinSet<()>,
}

impl Mailer {
    /// Starts the workers.
    pub fn start(transport: Arc<Transport>, workers: usize) -> Self {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let worker = Worker { queue: Arc::new(Mutex::new(receiver)), welcomed: Arc::default(), transport };
        let mut running = JoinSet::new();
        for _ in 0..workers {
            running.spawn(worker.clone().run());
        }
        Mailer { queue, workers: running }
    }

    /// Queues a mail to a user. A welcomed user gets no second mail.
    pub async fn welcome(&self, user: &str) {
        _ = self.queue.send(user.to_owned()).await;
    }

    /// Waits until all mails are sent, and stops.
    pub async fn stop(self) {
        drop(self.queue);
        self.workers.join_all().await;
    }
}

#[derive(Clone)]
struct Worker {
    queue: Arc<Mutex<mpsc::Receiver<String>>>,
    welcomed: Arc<Mutex<HashSet<String>>>,
    transport: Arc<Transport>,
}

impl Worker {
    async fn run(self) {
        while let Some(user) = self.next().await {
            // The bug: another worker may look between the two locks.
            let is_welcomed = self.welcomed.lock().await.contains(&user);
            if !is_welcomed {
                self.welcomed.lock().await.insert(user.clone());
                self.transport.send(Mail { to: user, text: "Welcome".to_owned() }).await;
            }
        }
    }

    async fn next(&self) -> Option<String> {
        self.queue.lock().await.recv().await
    }
}

//! A worker whose `select!` is biased, with its jobs before the order to pause. As long as there are jobs, it does not pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, mpsc, oneshot};

#[derive(Default)]
struct Worker {
    started: AtomicUsize,
    disk: Mutex<Vec<u32>>,
}

impl Worker {
    async fn job(&self, job: u32) {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.disk.lock().await.push(job);
    }

    async fn run<const FIXED: bool>(self: Arc<Self>, mut jobs: mpsc::Receiver<u32>, mut pause: oneshot::Receiver<()>) {
        loop {
            if FIXED {
                tokio::select! {
                    biased;
                    _ = &mut pause => return,
                    Some(job) = jobs.recv() => self.job(job).await,
                }
            } else {
                tokio::select! {
                    biased;
                    Some(job) = jobs.recv() => self.job(job).await,
                    _ = &mut pause => return,
                }
            }
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let worker = Arc::new(Worker::default());
    let (submit, jobs) = mpsc::channel(8);
    let (pause, paused) = oneshot::channel();
    let running = crate::spawn("worker", worker.clone().run::<FIXED>(jobs, paused));
    let clients = [1, 2].map(|client| {
        let submit = submit.clone();
        crate::spawn("client", async move {
            for number in 0..3 {
                // A worker that pauses takes no more.
                _ = submit.send(10 * client + number).await;
            }
        })
    });
    drop(submit);

    let [first, second] = clients;
    first.await.unwrap();
    // Whoever pauses may count on it: no job is started from now on.
    pause.send(()).unwrap();
    let started = worker.started.load(Ordering::Relaxed);
    second.await.unwrap();
    running.await.unwrap();
    assert_eq!(worker.started.load(Ordering::Relaxed), started, "jobs were started after the order to pause");
}

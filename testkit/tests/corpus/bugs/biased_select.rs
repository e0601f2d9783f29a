//! A worker with a biased `select!` that prefers jobs to the order to pause. It never pauses while there are jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, mpsc, oneshot};

/// A job: the data to write, and the sender that reports its completion.
type Job = (u32, oneshot::Sender<()>);

#[derive(Default)]
struct Worker {
    started: AtomicUsize,
    disk: Mutex<Vec<u32>>,
}

impl Worker {
    async fn work(&self, (job, done): Job) {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.disk.lock().await.push(job);
        // The client may have been dropped.
        _ = done.send(());
    }

    async fn run<const FIXED: bool>(self: Arc<Self>, mut jobs: mpsc::Receiver<Job>, mut pause: oneshot::Receiver<()>) {
        loop {
            if FIXED {
                tokio::select! {
                    biased;
                    _ = &mut pause => return,
                    Some(job) = jobs.recv() => self.work(job).await,
                }
            } else {
                tokio::select! {
                    biased;
                    Some(job) = jobs.recv() => self.work(job).await,
                    _ = &mut pause => return,
                }
            }
        }
    }
}

/// Submits jobs one by one until the worker accepts no more.
async fn submit(jobs: mpsc::Sender<Job>, client: u32) {
    for number in 0..8 {
        let (done, is_done) = oneshot::channel();
        if jobs.send((10 * client + number, done)).await.is_err() || is_done.await.is_err() {
            return;
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let worker = Arc::new(Worker::default());
    let (jobs, queue) = mpsc::channel(4);
    let (pause, paused) = oneshot::channel();
    let running = crate::spawn("worker", worker.clone().run::<FIXED>(queue, paused));
    let [first, second] = [1, 2].map(|client| crate::spawn("client", submit(jobs.clone(), client)));
    drop(jobs);

    first.await.unwrap();
    pause.send(()).unwrap();
    // After the order to pause, the worker may start only the one job that it was about to take.
    let started = worker.started.load(Ordering::Relaxed);
    second.await.unwrap();
    running.await.unwrap();
    assert!(worker.started.load(Ordering::Relaxed) <= started + 1, "jobs were started after the order to pause");
}

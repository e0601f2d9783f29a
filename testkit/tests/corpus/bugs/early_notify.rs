//! A service with clients that wait until it is warm. A client that finds it cold waits for a notification, which may
//! already have been sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, Notify, mpsc};

#[derive(Default)]
struct Warmth {
    is_warm: AtomicBool,
    warmed: Notify,
    waiting: Mutex<Vec<u32>>,
}

impl Warmth {
    async fn wait<const FIXED: bool>(&self, client: u32) {
        if FIXED {
            let warmed = self.warmed.notified();
            if !self.is_warm.load(Ordering::Acquire) {
                self.waiting.lock().await.push(client);
                warmed.await;
            }
        } else if !self.is_warm.load(Ordering::Acquire) {
            self.waiting.lock().await.push(client);
            self.warmed.notified().await;
        }
    }

    fn set(&self) {
        self.is_warm.store(true, Ordering::Release);
        self.warmed.notify_waiters();
    }
}

async fn warm_up(warmth: Arc<Warmth>, mut pages: mpsc::Receiver<u32>) {
    let mut read = 0;
    while let Some(page) = pages.recv().await {
        read += page;
    }
    assert_eq!(read, 10);
    warmth.set();
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let warmth = Arc::new(Warmth::default());
    let (disk, pages) = mpsc::channel(2);
    let mut tasks = vec![crate::spawn("warm up", warm_up(warmth.clone(), pages))];
    for client in 0..3 {
        let warmth = warmth.clone();
        tasks.push(crate::spawn("client", async move { warmth.wait::<FIXED>(client).await }));
    }
    for page in 1..=4 {
        disk.send(page).await.unwrap();
    }
    drop(disk);
    for task in tasks {
        task.await.unwrap();
    }
    assert!(warmth.waiting.lock().await.len() <= 3);
}

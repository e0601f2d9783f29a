//! A batcher that flushes when a batch is full or after some time. A flush copies the batch, writes it, and then clears
//! it. If both flushes coincide, items are written twice, and items added in the meantime are lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};
use tokio::time::{sleep, timeout};

const SIZE: usize = 3;
const WHILE: Duration = Duration::from_millis(50);

#[derive(Default)]
struct Batcher {
    batch: Mutex<Vec<u32>>,
    disk: Mutex<Vec<u32>>,
}

impl Batcher {
    async fn add<const FIXED: bool>(&self, item: u32) {
        let is_full = {
            let mut batch = self.batch.lock().await;
            batch.push(item);
            batch.len() >= SIZE
        };
        if is_full {
            self.flush::<FIXED>().await;
        }
    }

    async fn flush<const FIXED: bool>(&self) {
        if FIXED {
            let batch = std::mem::take(&mut *self.batch.lock().await);
            self.disk.lock().await.extend(batch);
        } else {
            let batch = self.batch.lock().await.clone();
            self.disk.lock().await.extend(batch);
            self.batch.lock().await.clear();
        }
    }

    async fn flush_by_time<const FIXED: bool>(&self, mut stop: oneshot::Receiver<()>) {
        while timeout(WHILE, &mut stop).await.is_err() {
            self.flush::<FIXED>().await;
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let batcher = Arc::new(Batcher::default());
    let (stop, stopped) = oneshot::channel();
    let ticking = batcher.clone();
    let ticking = crate::spawn("ticking", async move { ticking.flush_by_time::<FIXED>(stopped).await });
    let sources = [10, 20].map(|first| {
        let batcher = batcher.clone();
        crate::spawn("source", async move {
            for item in first..first + 5 {
                batcher.add::<FIXED>(item).await;
                sleep(Duration::from_millis(25)).await;
            }
        })
    });

    for source in sources {
        source.await.unwrap();
    }
    stop.send(()).unwrap();
    ticking.await.unwrap();
    batcher.flush::<FIXED>().await;
    let mut written = batcher.disk.lock().await.clone();
    written.sort_unstable();
    assert_eq!(written, (10..15).chain(20..25).collect::<Vec<_>>(), "items are lost or written twice");
}

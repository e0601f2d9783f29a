//! Correct uses of tokio-stream: throttles, timeouts, merges, chunks and channel wrappers.

use std::pin::pin;

use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{interval, sleep};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::{BroadcastStream, IntervalStream, ReceiverStream, UnboundedReceiverStream, WatchStream};

use super::passes;
use crate::support::{MILLISECOND, SECOND};

#[test]
fn a_throttled_stream_passes() {
    passes(|sim| async move {
        let begun = sim.elapsed();
        let mut items = pin!(tokio_stream::iter(0..4).throttle(10 * MILLISECOND));
        while items.next().await.is_some() {}
        assert!(sim.elapsed() - begun >= 30 * MILLISECOND);
    });
}

#[test]
fn a_stream_with_a_timeout_passes() {
    passes(|sim| async move {
        let (sender, receiver) = mpsc::channel(1);
        drop(sim.spawn("sending", async move {
            sender.send(1).await.unwrap();
            sleep(SECOND).await;
            sender.send(2).await.unwrap();
        }));
        let mut items = pin!(ReceiverStream::new(receiver).timeout(300 * MILLISECOND));
        let mut timeouts = 0;
        while let Some(item) = items.next().await {
            timeouts += u32::from(item.is_err());
        }
        assert_eq!(timeouts, 1);
    });
}

#[test]
fn merged_and_chunked_streams_pass() {
    passes(|sim| async move {
        let (sender, receiver) = mpsc::unbounded_channel();
        drop(sim.spawn("sending", async move {
            for item in 0..4 {
                sleep(3 * MILLISECOND).await;
                sender.send(item).unwrap();
            }
        }));
        let ticks = IntervalStream::new(interval(4 * MILLISECOND)).take(4).map(|_| 100);
        let merged = UnboundedReceiverStream::new(receiver).merge(ticks);
        let mut chunks = pin!(merged.chunks_timeout(3, 5 * MILLISECOND));
        let mut count = 0;
        while let Some(chunk) = chunks.next().await {
            count += chunk.len();
        }
        assert_eq!(count, 8);
    });
}

#[test]
fn streams_of_a_watch_and_a_broadcast_pass() {
    passes(|sim| async move {
        let (sender, receiver) = watch::channel(0);
        let watching = sim.spawn("watching", async move {
            let mut last = 0;
            let mut values = WatchStream::new(receiver);
            while let Some(value) = values.next().await {
                last = value;
            }
            last
        });
        let (all, subscription) = broadcast::channel(8);
        let listening = sim.spawn("listening", async move {
            let mut items = BroadcastStream::new(subscription);
            let mut sum = 0;
            while let Some(item) = items.next().await {
                sum += item.unwrap();
            }
            sum
        });
        for value in 1..=3 {
            sleep(SECOND).await;
            sender.send(value).unwrap();
            all.send(value).unwrap();
        }
        drop((sender, all));
        assert_eq!(watching.await.unwrap(), 3);
        assert_eq!(listening.await.unwrap(), 6);
    });
}

//! Correct uses of the channels in `tokio::sync`.

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::sleep;

use super::passes;
use crate::support::{MILLISECOND, SECOND};

#[test]
fn a_watch_with_receivers_that_see_the_latest_value_passes() {
    passes(|sim| async move {
        let (sender, receiver) = watch::channel(0);
        let mut tasks = Vec::new();
        for _ in 0..3 {
            let mut receiver = receiver.clone();
            tasks.push(sim.spawn("watching", async move { *receiver.wait_for(|&value| value == 3).await.unwrap() }));
        }
        let mut last = receiver.clone();
        tasks.push(sim.spawn("last", async move {
            while last.changed().await.is_ok() {}
            *last.borrow()
        }));
        drop(receiver);
        for value in 1..=3 {
            sleep(30 * MILLISECOND).await;
            sender.send_replace(value);
        }
        drop(sender);
        for task in tasks {
            assert_eq!(task.await.unwrap(), 3);
        }
    });
}

#[test]
fn a_watch_with_a_sender_that_waits_until_it_is_closed_passes() {
    passes(|sim| async move {
        let (sender, receiver) = watch::channel(());
        let waiting = sim.spawn("waiting", async move { sender.closed().await });
        sleep(SECOND).await;
        drop(receiver);
        waiting.await.unwrap();
    });
}

#[test]
fn a_broadcast_with_a_lagging_receiver_passes() {
    passes(|sim| async move {
        let (sender, mut slow) = broadcast::channel(2);
        let mut quick = sender.subscribe();
        let reading = sim.spawn("reading", async move {
            let mut sum = 0;
            while let Ok(item) = quick.recv().await {
                sum += item;
            }
            sum
        });
        for item in 0..5 {
            sender.send(item).unwrap();
            sim.settle().await;
        }
        assert!(matches!(slow.recv().await, Err(broadcast::error::RecvError::Lagged(3))));
        assert_eq!(slow.recv().await, Ok(3));
        drop(sender);
        assert_eq!(reading.await.unwrap(), 10);
    });
}

#[test]
fn a_bounded_channel_under_backpressure_passes() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::channel(2);
        for _ in 0..3 {
            let sender = sender.clone();
            drop(sim.spawn("sending", async move {
                for item in 0..5 {
                    sender.send(item).await.unwrap();
                }
            }));
        }
        drop(sender);
        let mut sum = 0;
        while let Some(item) = receiver.recv().await {
            sleep(MILLISECOND).await;
            sum += item;
        }
        assert_eq!(sum, 30);
    });
}

#[test]
fn a_channel_with_a_sender_that_reserves_permits_passes() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::channel(1);
        let sending = sim.spawn("sending", async move {
            for item in 0..3 {
                let permit = sender.reserve().await.unwrap();
                sleep(2 * MILLISECOND).await;
                permit.send(item);
            }
            sender.closed().await;
        });
        let mut items = Vec::new();
        while items.len() < 3 {
            receiver.recv_many(&mut items, 10).await;
        }
        drop(receiver);
        sending.await.unwrap();
    });
}

#[test]
fn an_unbounded_channel_with_a_long_wait_passes() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let reading = sim.spawn("reading", async move { receiver.recv().await });
        sleep(3600 * MILLISECOND).await;
        sender.send(7).unwrap();
        assert_eq!(reading.await.unwrap(), Some(7));
    });
}

#[test]
fn a_oneshot_that_is_sent_late_or_closed_passes() {
    passes(|sim| async move {
        let (sender, receiver) = oneshot::channel();
        let reading = sim.spawn("reading", async move { receiver.await.unwrap() });
        sleep(SECOND).await;
        sender.send(7).unwrap();
        assert_eq!(reading.await.unwrap(), 7);
        let (mut sender, receiver) = oneshot::channel::<()>();
        let closing = sim.spawn("closing", async move { sender.closed().await });
        sleep(SECOND).await;
        drop(receiver);
        closing.await.unwrap();
    });
}

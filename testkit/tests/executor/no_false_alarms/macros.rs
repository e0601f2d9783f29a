//! Correct uses of `select!`, `join!` and `try_join!`.

use std::future::pending;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{interval, sleep};

use super::passes;
use crate::support::{MILLISECOND, SECOND};

#[test]
fn a_biased_select_in_a_loop_passes() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::channel(1);
        drop(sim.spawn("sending", async move {
            for item in 0..4 {
                sleep(15 * MILLISECOND).await;
                sender.send(item).await.unwrap();
            }
        }));
        let mut tick = interval(10 * MILLISECOND);
        let mut ticks = 0;
        loop {
            tokio::select! {
                biased;
                item = receiver.recv() => if item.is_none() { break },
                _ = tick.tick() => ticks += 1,
            }
        }
        assert!(ticks > 4);
    });
}

#[test]
fn a_select_with_branches_that_are_never_ready_together_passes() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::channel(8);
        let sending = sim.spawn("sending", async move {
            for item in 0..4 {
                sleep(15 * MILLISECOND).await;
                sender.send(item).await.unwrap();
            }
            sleep(SECOND).await;
        });
        for _ in 0..4 {
            tokio::select! {
                item = receiver.recv() => assert!(item.is_some()),
                () = sleep(3600 * SECOND) => unreachable!("an item comes first"),
            }
        }
        sending.await.unwrap();
    });
}

#[test]
fn a_di_core_select_with_branches_that_are_ready_together_passes() {
    passes(|_| async {
        let (sender, mut left) = mpsc::channel(8);
        let (other, mut right) = mpsc::channel(8);
        for item in 0..4 {
            sender.send(item).await.unwrap();
            other.send(item).await.unwrap();
        }
        for _ in 0..8 {
            di_core::select! {
                item = left.recv() => assert!(item.is_some()),
                item = right.recv() => assert!(item.is_some()),
            }
            sleep(MILLISECOND).await;
            if left.is_empty() || right.is_empty() {
                break;
            }
        }
    });
}

#[test]
fn join_and_try_join_pass() {
    passes(|sim| async move {
        let (sender, receiver) = oneshot::channel();
        let (_, item) = tokio::join!(
            async {
                sleep(20 * MILLISECOND).await;
                sender.send(7).unwrap();
            },
            async { receiver.await.unwrap() }
        );
        assert_eq!(item, 7);
        let result: Result<((), ()), u8> = tokio::try_join!(
            async {
                sim.sleep(SECOND).await;
                Err(3)
            },
            pending::<Result<(), u8>>()
        );
        assert_eq!(result, Err(3));
    });
}

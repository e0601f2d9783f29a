//! Select loops in which unrelated messages hide that a future registers no waker.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::StreamExt;
use testkit::{Explorer, Failure, FailureKind, Sim};
use tokio::sync::{Notify, Semaphore, broadcast, mpsc, watch};
use tokio::time::{interval, sleep};

use super::Flag;
use crate::support::{SECOND, failure};

/// Runs a service in which one task waits for a flag or a message, and another sends a message each 10 s. The flag is
/// raised after 1 s. Asserts that the wakeup counts as lost.
macro_rules! assert_lost_beside {
    ($channel:expr, |$sender:ident| $send:expr, |$receiver:ident| $receive:expr) => {
        let failure = failure(Explorer::new().schedules(8), move |sim: Sim| async move {
            #[allow(unused_mut)]
            let ($sender, mut $receiver) = $channel;
            let flag = Flag::default();
            let raised = flag.raised(false);
            let serving = sim.spawn("serving", async move {
                let mut raised = pin!(raised);
                loop {
                    tokio::select! {
                        () = &mut raised => break,
                        _ = async { $receive } => {}
                    }
                }
                drop($receiver);
            });
            let sending = sim.spawn("sending", async move {
                loop {
                    $send;
                    sleep(10 * SECOND).await;
                }
            });
            sleep(SECOND).await;
            flag.raise();
            serving.await.unwrap();
            sending.abort();
        });
        assert_lost_for_9_s(&failure);
    };
}

#[track_caller]
fn assert_lost_for_9_s(failure: &Failure) {
    assert_eq!(failure.kind(), FailureKind::LostWakeup, "{failure}");
    let text = failure.to_string();
    let expected =
        ["task 1 `serving` was ready, but was woken only 9 s later, by task 2 `sending`, for another reason"];
    expected.iter().for_each(|expected| assert!(text.contains(expected), "{text}"));
}

#[test]
fn a_message_of_any_channel_is_unrelated() {
    assert_lost_beside!(mpsc::unbounded_channel(), |sender| _ = sender.send(1), |receiver| receiver.recv().await);
    assert_lost_beside!(watch::channel(0), |sender| _ = sender.send(1), |receiver| receiver.changed().await);
    assert_lost_beside!(broadcast::channel(4), |sender| _ = sender.send(1), |receiver| receiver.recv().await);
    let unbounded = futures_channel::mpsc::unbounded;
    assert_lost_beside!(unbounded(), |sender| _ = sender.unbounded_send(1), |receiver| receiver.next().await);
}

#[test]
fn a_notification_and_a_permit_are_unrelated() {
    let twice = |notify: Notify| {
        let notify = Arc::new(notify);
        (notify.clone(), notify)
    };
    assert_lost_beside!(twice(Notify::new()), |sender| sender.notify_one(), |receiver| receiver.notified().await);
    let slots = || {
        let slots = Arc::new(Semaphore::new(0));
        (slots.clone(), slots)
    };
    assert_lost_beside!(slots(), |sender| sender.add_permits(1), |receiver| {
        receiver.acquire().await.unwrap().forget()
    });
}

/// Reads three messages. Polls the channel until it is ready, and then returns `Pending` without polling it again.
struct Reader {
    receiver: mpsc::Receiver<u32>,
    seen: VecDeque<u32>,
}

impl Future for Reader {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Poll::Ready(Some(number)) = self.receiver.poll_recv(context) {
            self.seen.push_back(number);
        }
        if self.seen.len() == 3 { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn reader(sim: Sim) -> (Reader, di_core::task::JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(4);
    let sending = sim.spawn("sending", async move {
        for number in 0..3 {
            _ = sender.send(number).await;
            sleep(SECOND).await;
        }
    });
    (Reader { receiver, seen: VecDeque::new() }, sending)
}

#[test]
fn a_child_that_is_ready_and_not_polled_again_is_a_lost_wakeup() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let (reader, sending) = reader(sim);
        let serving = sim.spawn("serving", async move {
            let mut reader = pin!(reader);
            let mut keep_alive = interval(20 * SECOND);
            loop {
                tokio::select! {
                    biased;
                    () = &mut reader => break,
                    _ = keep_alive.tick() => {}
                }
            }
        });
        serving.await.unwrap();
        sending.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::LostWakeup);
    let text = failure.to_string();
    assert!(text.contains("an earlier poll would have registered its waker"), "{text}");
}

#[test]
fn a_child_that_is_ready_and_not_polled_again_is_a_missed_waker_if_it_is_alone() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let (reader, sending) = reader(sim);
        sim.spawn("serving", reader).await.unwrap();
        sending.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::MissedWaker);
}

#[test]
fn a_task_left_at_the_end_of_the_test_is_a_late_wake_rather_than_a_leak() {
    let failure = failure(Explorer::new(), |sim: Sim| async move {
        let flag = Flag::default();
        let raised = flag.raised(false);
        drop(sim.spawn("serving", async move { tokio::time::timeout(30 * SECOND, raised).await }));
        sleep(SECOND).await;
        flag.raise();
        sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::LostWakeup);
    let text = failure.to_string();
    assert!(text.contains("is never woken"), "{text}");
    assert!(text.contains("The test ended, but the task had not"), "{text}");
}

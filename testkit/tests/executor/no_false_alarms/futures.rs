//! Correct uses of combinators, groups and locks in the futures crate.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::future::{self, AbortHandle, Abortable, Either, FutureExt, Shared};
use futures_util::stream::{self, FuturesOrdered, FuturesUnordered};
use tokio::sync::broadcast;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::passes;
use crate::support::{MILLISECOND, SECOND};

#[test]
fn groups_of_futures_pass() {
    passes(|sim| async move {
        let mut group: FuturesUnordered<_> =
            (0..5).map(|at| sim.sleep((5 - at) * 10 * MILLISECOND).map(move |()| at)).collect();
        let mut order = Vec::new();
        while let Some(at) = group.next().await {
            order.push(at);
        }
        assert_eq!(order, [4, 3, 2, 1, 0]);
        let ordered: FuturesOrdered<_> =
            (0..5).map(|at| sim.sleep((5 - at) * 10 * MILLISECOND).map(move |()| at)).collect();
        assert_eq!(StreamExt::collect::<Vec<_>>(ordered).await, [0, 1, 2, 3, 4]);
    });
}

#[test]
fn a_group_of_futures_that_wait_for_each_other_passes() {
    passes(|sim| async move {
        let (sender, _) = broadcast::channel::<u8>(4);
        let mut group = FuturesUnordered::new();
        for _ in 0..3 {
            let mut receiver = sender.subscribe();
            group.push(async move { receiver.recv().await.unwrap() });
        }
        drop(sim.spawn("sending", async move {
            sleep(SECOND).await;
            sender.send(7).unwrap();
        }));
        while let Some(item) = group.next().await {
            assert_eq!(item, 7);
        }
    });
}

#[test]
fn join_all_and_select_all_pass() {
    passes(|sim| async move {
        let all = future::join_all((0..40).map(|at| sim.sleep(at * MILLISECOND))).await;
        assert_eq!(all.len(), 40);
        let (_, first, rest) = future::select_all([3_u32, 1, 2].map(|at| Box::pin(sim.sleep(at * SECOND)))).await;
        assert_eq!((first, rest.len()), (1, 2));
        match future::select(Box::pin(sim.sleep(SECOND)), pending::<()>()).await {
            Either::Left(((), _)) => {}
            Either::Right(_) => unreachable!("it waits forever"),
        }
        let results = future::try_join_all((0..3).map(|at| async move { Ok::<u32, ()>(at) })).await;
        assert_eq!(results, Ok(vec![0, 1, 2]));
    });
}

#[test]
fn a_future_shared_by_two_tasks_passes() {
    passes(|sim| async move {
        let shared: Shared<_> = sleep(SECOND).map(|()| 7).boxed().shared();
        let (a, b) = (sim.spawn("a", shared.clone()), sim.spawn("b", shared));
        assert_eq!((a.await.unwrap(), b.await.unwrap()), (7, 7));
    });
}

#[test]
fn an_abortable_future_passes() {
    passes(|sim| async move {
        let (abort, registration) = AbortHandle::new_pair();
        let waiting = sim.spawn("waiting", Abortable::new(pending::<()>(), registration));
        sleep(SECOND).await;
        abort.abort();
        assert!(waiting.await.unwrap().is_err());
    });
}

#[test]
fn buffered_streams_pass() {
    passes(|_| async {
        let numbers = stream::iter(0..10_u32).map(|at| async move {
            sleep((10 - at) * MILLISECOND).await;
            at
        });
        let sum = numbers.buffer_unordered(3).fold(0, |sum, at| async move { sum + at }).await;
        assert_eq!(sum, 45);
        let ordered = stream::iter(0..6_u32).map(|at| async move {
            yield_now().await;
            at
        });
        assert_eq!(StreamExt::collect::<Vec<_>>(ordered.buffered(2)).await, [0, 1, 2, 3, 4, 5]);
        stream::iter(0..6).for_each_concurrent(2, |_| sleep(MILLISECOND)).await;
    });
}

#[test]
fn a_future_polled_by_hand_written_code_passes() {
    passes(|sim| async move {
        let mut sleep = Box::pin(sim.sleep(SECOND));
        let mut polls = 0;
        poll_fn(|context| {
            polls += 1;
            if polls < 4 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            sleep.as_mut().poll(context)
        })
        .await;
    });
}

#[test]
fn now_or_never_and_fuse_pass() {
    passes(|sim| async move {
        assert!(pending::<()>().now_or_never().is_none());
        assert_eq!(future::poll_immediate(sim.sleep(SECOND)).await, None);
        let mut fused = pin!(sim.sleep(SECOND).fuse());
        futures_util::select_biased! {
            () = fused => {}
            () = pending::<()>().fuse() => {}
        }
    });
}

#[test]
fn a_mutex_from_the_futures_crate_passes() {
    passes(|sim| async move {
        let lock = Arc::new(futures_util::lock::Mutex::new(0));
        let mut tasks = Vec::new();
        for _ in 0..3 {
            let lock = lock.clone();
            tasks.push(sim.spawn("adding", async move {
                let mut value = lock.lock().await;
                sleep(5 * MILLISECOND).await;
                *value += 1;
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*lock.lock().await, 3);
    });
}

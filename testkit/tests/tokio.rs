//! No false alarm: unmodified code of tokio, futures, tokio-stream and tokio-util passes under 200 schedules each.

mod support;

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use futures_util::future::{self, AbortHandle, Abortable, Either, FutureExt, Shared};
use futures_util::stream::{self, FuturesOrdered, FuturesUnordered};
use futures_util::{SinkExt, StreamExt};
use support::{MILLISECOND, SECOND};
use testkit::{Explorer, Sim};
use tokio::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, SetOnce, broadcast, mpsc, oneshot, watch};
use tokio::task::{JoinSet, LocalSet, yield_now};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_util::sync::{CancellationToken, PollSemaphore, PollSender};
use tokio_util::task::TaskTracker;
use tokio_util::time::DelayQueue;

/// Under 200 schedules alone, and while another task's timer ticks, so that there are idle points, at which tasks are probed.
#[track_caller]
fn passes<F, R>(test: F)
where
    F: Fn(Sim) -> R + Send + Sync + Clone + 'static,
    R: Future<Output = ()> + 'static,
{
    support::passes(Explorer::new().schedules(200), test.clone());
    support::passes(Explorer::new().schedules(200), move |sim: Sim| {
        let testing = test(sim);
        async move {
            let ticking = sim.spawn("ticking", async {
                let mut tick = interval(7 * MILLISECOND);
                loop {
                    tick.tick().await;
                }
            });
            testing.await;
            ticking.abort();
        }
    });
}

// tokio::sync

#[test]
fn a_mutex_that_is_held_for_long() {
    passes(|sim| async move {
        let count = Arc::new(Mutex::new(0));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let count = count.clone();
                sim.spawn("adding", async move {
                    let mut count = count.lock().await;
                    let before = *count;
                    sleep(20 * MILLISECOND).await;
                    *count = before + 1;
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*count.lock().await, 4);
    });
}

#[test]
fn a_lock_of_readers_and_writers() {
    passes(|sim| async move {
        let lock = Arc::new(RwLock::new(0));
        let mut tasks = Vec::new();
        for at in 0..6 {
            let lock = lock.clone();
            tasks.push(sim.spawn("user", async move {
                if at % 3 == 0 {
                    let mut value = lock.write().await;
                    sleep(5 * MILLISECOND).await;
                    *value += 1;
                } else {
                    let value = lock.read().await;
                    sleep(3 * MILLISECOND).await;
                    assert!(*value <= 2);
                }
            }));
        }
        for task in future::join_all(tasks).await {
            task.unwrap();
        }
        assert_eq!(*lock.read().await, 2);
    });
}

#[test]
fn a_semaphore_of_two() {
    passes(|sim| async move {
        let semaphore = Arc::new(Semaphore::new(2));
        let inside = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::new();
        for _ in 0..6 {
            let (semaphore, inside) = (semaphore.clone(), inside.clone());
            tasks.push(sim.spawn("user", async move {
                let _permit = semaphore.acquire_owned().await.unwrap();
                assert!(inside.fetch_add(1, Ordering::Relaxed) < 2);
                sleep(10 * MILLISECOND).await;
                inside.fetch_sub(1, Ordering::Relaxed);
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_semaphore_that_is_closed() {
    passes(|sim| async move {
        let semaphore = Arc::new(Semaphore::new(0));
        let waiting = semaphore.clone();
        let waiting = sim.spawn("waiting", async move { waiting.acquire_many(3).await.is_err() });
        sleep(SECOND).await;
        semaphore.close();
        assert!(waiting.await.unwrap());
    });
}

#[test]
fn a_notify_of_one_and_of_all() {
    passes(|sim| async move {
        let notify = Arc::new(Notify::new());
        let mut tasks = Vec::new();
        for _ in 0..3 {
            let notify = notify.clone();
            tasks.push(sim.spawn("waiting", async move { notify.notified().await }));
        }
        sim.settle().await;
        notify.notify_one();
        sleep(SECOND).await;
        assert_eq!(tasks.iter().filter(|task| task.is_finished()).count(), 1);
        notify.notify_waiters();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_notify_that_is_enabled_before_its_flag_is_read() {
    passes(|sim| async move {
        let state = Arc::new((Notify::new(), AtomicUsize::new(0)));
        let shared = state.clone();
        let waiting = sim.spawn("waiting", async move {
            loop {
                let mut notified = pin!(shared.0.notified());
                notified.as_mut().enable();
                if shared.1.load(Ordering::Relaxed) == 3 {
                    return;
                }
                notified.await;
            }
        });
        for _ in 0..3 {
            sleep(100 * MILLISECOND).await;
            state.1.fetch_add(1, Ordering::Relaxed);
            state.0.notify_waiters();
        }
        waiting.await.unwrap();
    });
}

#[test]
fn a_barrier_of_three() {
    passes(|sim| async move {
        let barrier = Arc::new(Barrier::new(3));
        let mut tasks = Vec::new();
        for at in 0..3 {
            let barrier = barrier.clone();
            tasks.push(sim.spawn("waiting", async move {
                sleep(at * 50 * MILLISECOND).await;
                barrier.wait().await.is_leader()
            }));
        }
        let mut leaders = 0;
        for task in tasks {
            leaders += u32::from(task.await.unwrap());
        }
        assert_eq!(leaders, 1);
    });
}

#[test]
fn a_watch_whose_readers_see_the_newest() {
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
fn a_watch_whose_sender_waits_until_it_is_closed() {
    passes(|sim| async move {
        let (sender, receiver) = watch::channel(());
        let waiting = sim.spawn("waiting", async move { sender.closed().await });
        sleep(SECOND).await;
        drop(receiver);
        waiting.await.unwrap();
    });
}

#[test]
fn a_broadcast_with_readers_that_lag() {
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
fn a_bounded_channel_under_backpressure() {
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
fn permits_of_a_channel() {
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
fn an_unbounded_channel_that_waits_long() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let reading = sim.spawn("reading", async move { receiver.recv().await });
        sleep(3600 * MILLISECOND).await;
        sender.send(7).unwrap();
        assert_eq!(reading.await.unwrap(), Some(7));
    });
}

#[test]
fn a_oneshot_that_is_sent_late_or_closed() {
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

#[test]
fn a_cell_that_is_set_once() {
    passes(|sim| async move {
        let cell = Arc::new(OnceCell::new());
        let made = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::new();
        for _ in 0..3 {
            let (cell, made) = (cell.clone(), made.clone());
            tasks.push(sim.spawn("asking", async move {
                *cell
                    .get_or_init(|| async {
                        sleep(10 * MILLISECOND).await;
                        made.fetch_add(1, Ordering::Relaxed)
                    })
                    .await
            }));
        }
        for task in tasks {
            assert_eq!(task.await.unwrap(), 0);
        }
        let once = Arc::new(SetOnce::new());
        let waiting = once.clone();
        let waiting = sim.spawn("waiting", async move { *waiting.wait().await });
        sleep(20 * MILLISECOND).await;
        once.set(3).unwrap();
        assert_eq!(waiting.await.unwrap(), 3);
    });
}

// tokio::time

#[test]
fn timers_fire_in_their_order() {
    passes(|sim| async move {
        let fired = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for at in [50_u32, 10, 70, 30] {
            let fired = fired.clone();
            tasks.push(sim.spawn("sleeping", async move {
                sleep(at * MILLISECOND).await;
                fired.lock().unwrap().push(at);
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*fired.lock().unwrap(), [10, 30, 50, 70]);
    });
}

#[test]
fn timers_of_one_deadline_that_are_set_at_different_times() {
    passes(|sim| async move {
        let deadline = Instant::now() + 200 * MILLISECOND;
        let (sender, mut receiver) = mpsc::unbounded_channel();
        for at in 0..12 {
            let sender = sender.clone();
            drop(sim.spawn("sleeping", async move {
                sleep(at * 16 * MILLISECOND).await;
                sleep_until(deadline).await;
                sender.send(at).unwrap();
            }));
        }
        drop(sender);
        while receiver.recv().await.is_some() {}
    });
}

#[test]
fn long_timers_of_one_deadline_that_are_set_at_different_times() {
    passes(|sim| async move {
        let deadline = Instant::now() + 20_000 * MILLISECOND;
        let (sender, mut receiver) = mpsc::unbounded_channel();
        for at in 0..8 {
            let sender = sender.clone();
            drop(sim.spawn("sleeping", async move {
                sleep(at * 2_777 * MILLISECOND).await;
                sleep_until(deadline).await;
                for _ in 0..at {
                    yield_now().await;
                }
                sender.send(at).unwrap();
            }));
        }
        drop(sender);
        while receiver.recv().await.is_some() {}
    });
}

#[test]
fn times_that_are_no_whole_milliseconds() {
    passes(|sim| async move {
        let sleeping = sim.spawn("sleeping", sleep(MILLISECOND * 3 / 2));
        sim.advance(MILLISECOND / 4).await;
        sleep(MILLISECOND / 3).await;
        sleeping.await.unwrap();
        timeout(MILLISECOND / 7, pending::<()>()).await.unwrap_err();
    });
}

#[test]
fn a_timeout_that_strikes_and_one_that_does_not() {
    passes(|_| async {
        assert!(timeout(SECOND, sleep(2 * SECOND)).await.is_err());
        assert!(timeout(2 * SECOND, sleep(SECOND)).await.is_ok());
        assert!(timeout(SECOND, pending::<()>()).await.is_err());
    });
}

#[test]
fn a_sleep_that_is_reset() {
    passes(|sim| async move {
        let begun = sim.elapsed();
        let mut sleep = pin!(sleep(SECOND));
        for _ in 0..3 {
            assert!(timeout(SECOND / 2, &mut sleep).await.is_err());
            sleep.as_mut().reset(Instant::now() + SECOND);
        }
        sleep.await;
        assert_eq!(sim.elapsed() - begun, 2500 * MILLISECOND);
    });
}

#[test]
fn intervals_that_miss_ticks() {
    passes(|_| async {
        for behavior in [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip] {
            let mut tick = interval(10 * MILLISECOND);
            tick.set_missed_tick_behavior(behavior);
            tick.tick().await;
            sleep(35 * MILLISECOND).await;
            for _ in 0..5 {
                tick.tick().await;
            }
        }
    });
}

#[test]
fn a_deadline_that_is_checked_between_ticks() {
    passes(|sim| async move {
        let deadline = Instant::now() + 50 * MILLISECOND;
        let polling = sim.spawn("polling", async move {
            while Instant::now() < deadline {
                sleep(3 * MILLISECOND).await;
            }
        });
        polling.await.unwrap();
    });
}

// tokio's macros

#[test]
fn a_biased_select_in_a_loop() {
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
fn a_select_whose_branches_are_never_ready_at_once() {
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
fn a_select_of_di_core_with_branches_that_are_ready_at_once() {
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
fn a_join_of_futures() {
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

// Raw tasks

#[test]
fn raw_tasks_that_talk_to_each_other() {
    passes(|_| async {
        let (to, mut from) = mpsc::channel(1);
        let (back, mut answers) = mpsc::channel(1);
        let server = tokio::spawn(async move {
            while let Some(item) = from.recv().await {
                sleep(5 * MILLISECOND).await;
                back.send(item + 1).await.unwrap();
            }
        });
        for item in 0..4 {
            to.send(item).await.unwrap();
            assert_eq!(answers.recv().await, Some(item + 1));
        }
        drop(to);
        server.await.unwrap();
    });
}

#[test]
fn a_raw_join_set() {
    passes(|_| async {
        let mut set = JoinSet::new();
        for at in 0..5 {
            set.spawn(async move {
                sleep(at * 10 * MILLISECOND).await;
                at
            });
        }
        let mut sum = 0;
        while let Some(at) = set.join_next().await {
            sum += at.unwrap();
        }
        assert_eq!(sum, 10);
        set.spawn(pending());
        set.shutdown().await;
    });
}

#[test]
fn a_raw_task_that_is_aborted() {
    passes(|_| async {
        let waiting = tokio::spawn(pending::<()>());
        sleep(SECOND).await;
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_raw_task_whose_panic_is_told() {
    passes(|_| async {
        assert!(tokio::spawn(async { panic!("boom") }).await.unwrap_err().is_panic());
    });
}

#[test]
fn a_set_of_local_tasks() {
    passes(|_| async {
        let local = LocalSet::new();
        let count = std::rc::Rc::new(Cell::new(0));
        let own = count.clone();
        let running = local.run_until(async move {
            let task = tokio::task::spawn_local(async move {
                for _ in 0..3 {
                    sleep(5 * MILLISECOND).await;
                    own.set(own.get() + 1);
                }
            });
            task.await.unwrap();
        });
        running.await;
        assert_eq!(count.get(), 3);
    });
}

#[test]
fn a_local_of_a_task() {
    tokio::task_local! {
        static NAME: u32;
    }
    passes(|sim| async move {
        let named = sim.spawn(
            "named",
            NAME.scope(7, async {
                sleep(MILLISECOND).await;
                NAME.get()
            }),
        );
        assert_eq!(named.await.unwrap(), 7);
    });
}

#[test]
fn a_loop_over_what_is_always_ready_is_made_to_yield() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::channel::<u8>(1);
        let spinning = sim.spawn("spinning", async move {
            while sender.try_reserve().is_ok() {
                tokio::task::consume_budget().await;
            }
        });
        sleep(MILLISECOND - MILLISECOND).await;
        receiver.close();
        spinning.await.unwrap();
        tokio::task::unconstrained(async {
            for _ in 0..300 {
                tokio::task::consume_budget().await;
            }
        })
        .await;
    });
}

// futures

#[test]
fn a_group_of_futures() {
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
fn a_group_of_futures_whose_members_wait_for_others() {
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
fn all_or_the_first_of_many() {
    passes(|sim| async move {
        let all = future::join_all((0..40).map(|at| sim.sleep(at * MILLISECOND))).await;
        assert_eq!(all.len(), 40);
        let (_, first, rest) = future::select_all([3_u32, 1, 2].map(|at| Box::pin(sim.sleep(at * SECOND)))).await;
        assert_eq!((first, rest.len()), (1, 2));
        match future::select(Box::pin(sim.sleep(SECOND)), pending::<()>()).await {
            Either::Left(((), _)) => {}
            Either::Right(_) => unreachable!("it waits for ever"),
        }
        let results = future::try_join_all((0..3).map(|at| async move { Ok::<u32, ()>(at) })).await;
        assert_eq!(results, Ok(vec![0, 1, 2]));
    });
}

#[test]
fn a_future_that_two_tasks_share() {
    passes(|sim| async move {
        let shared: Shared<_> = sleep(SECOND).map(|()| 7).boxed().shared();
        let (a, b) = (sim.spawn("a", shared.clone()), sim.spawn("b", shared));
        assert_eq!((a.await.unwrap(), b.await.unwrap()), (7, 7));
    });
}

#[test]
fn a_future_that_is_aborted() {
    passes(|sim| async move {
        let (abort, registration) = AbortHandle::new_pair();
        let waiting = sim.spawn("waiting", Abortable::new(pending::<()>(), registration));
        sleep(SECOND).await;
        abort.abort();
        assert!(waiting.await.unwrap().is_err());
    });
}

#[test]
fn a_stream_that_is_buffered() {
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
fn a_future_that_hand_written_code_polls() {
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
fn a_future_that_is_ready_or_never() {
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
fn a_lock_of_futures() {
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

/// In a module of its own, as futures has another trait of the same name.
mod streams_of_tokio {
    use std::pin::pin;

    use tokio::sync::{broadcast, mpsc, watch};
    use tokio::time::{interval, sleep};
    use tokio_stream::StreamExt;
    use tokio_stream::wrappers::{
        BroadcastStream, IntervalStream, ReceiverStream, UnboundedReceiverStream, WatchStream,
    };

    use super::passes;
    use super::support::{MILLISECOND, SECOND};

    #[test]
    fn a_stream_that_is_throttled() {
        passes(|sim| async move {
            let begun = sim.elapsed();
            let mut items = pin!(tokio_stream::iter(0..4).throttle(10 * MILLISECOND));
            while items.next().await.is_some() {}
            assert!(sim.elapsed() - begun >= 30 * MILLISECOND);
        });
    }

    #[test]
    fn a_stream_with_a_timeout() {
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
    fn streams_that_are_merged_and_chunked() {
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
    fn wrappers_of_watch_and_broadcast() {
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
}

// tokio-util

#[test]
fn a_token_that_is_cancelled() {
    passes(|sim| async move {
        let token = CancellationToken::new();
        let mut tasks = Vec::new();
        for _ in 0..3 {
            let child = token.child_token();
            tasks.push(sim.spawn("waiting", async move { child.cancelled().await }));
        }
        let child = token.clone();
        tasks.push(sim.spawn("working", async move {
            assert!(child.run_until_cancelled(sleep(3600 * SECOND)).await.is_none());
        }));
        sleep(SECOND).await;
        token.cancel();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_tracker_of_tasks() {
    passes(|sim| async move {
        let tracker = TaskTracker::new();
        for at in 0..3 {
            drop(sim.spawn("tracked", tracker.track_future(sleep(at * 10 * MILLISECOND))));
        }
        tracker.spawn(sleep(15 * MILLISECOND));
        tracker.close();
        tracker.wait().await;
    });
}

#[test]
fn a_queue_of_delays() {
    passes(|_| async {
        let mut queue = DelayQueue::new();
        for at in [30_u32, 10, 20] {
            queue.insert(at, at * MILLISECOND);
        }
        let mut order = Vec::new();
        while let Some(expired) = queue.next().await {
            order.push(expired.into_inner());
        }
        assert_eq!(order, [10, 20, 30]);
    });
}

#[test]
fn a_sender_and_a_semaphore_that_are_polled() {
    passes(|sim| async move {
        let (sender, mut receiver) = mpsc::channel(1);
        let sending = sim.spawn("sending", async move {
            let mut sender = PollSender::new(sender);
            for item in 0..4 {
                sender.send(item).await.unwrap();
            }
        });
        while receiver.recv().await.is_some() {
            sleep(MILLISECOND).await;
        }
        sending.await.unwrap();
        let permits = Arc::new(Semaphore::new(0));
        let mut polled = PollSemaphore::new(permits.clone());
        let waiting =
            sim.spawn("waiting", async move { poll_fn(|context| polled.poll_acquire(context)).await.is_some() });
        sleep(SECOND).await;
        permits.add_permits(1);
        assert!(waiting.await.unwrap());
    });
}

//! Laws checked for the futures of `tokio::sync`, `tokio::time` and `tokio::task`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};
use tokio::time::{self, Instant};
use tokio_util::sync::{CancellationToken, PollSender};
use tokio_util::task::TaskTracker;
use tokio_util::time::DelayQueue;

const SECOND: Duration = Duration::from_secs(1);

testkit::laws! {
    future a_oneshot(case) {
        let (sender, receiver) = oneshot::channel();
        case.then(move || _ = sender.send(7));
        receiver
    }
    future a_oneshot_that_is_dropped(case) {
        let (sender, receiver) = oneshot::channel::<u32>();
        case.then(move || drop(sender));
        receiver
    }
    future a_oneshot_whose_receiver_goes(case) {
        let (mut sender, receiver) = oneshot::channel::<u32>();
        case.then(move || drop(receiver));
        async move { sender.closed().await }
    }
    future a_notify(case) {
        let notify = Arc::new(Notify::new());
        case.then({ let notify = notify.clone(); move || notify.notify_one() });
        async move { notify.notified().await }
    }
    future a_notify_of_all(case) {
        let notify = Arc::new(Notify::new());
        case.then({ let notify = notify.clone(); move || notify.notify_waiters() });
        notify.notified_owned()
    }
    future a_semaphore(case) {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = semaphore.clone().try_acquire_owned().unwrap();
        case.then(move || drop(permit));
        let after = semaphore.clone();
        case.after_drop(move || assert_eq!(after.available_permits(), 1));
        async move { semaphore.acquire().await.map(drop) }
    }
    future a_semaphore_of_several(case) {
        let semaphore = Arc::new(Semaphore::new(3));
        for _ in 0..3 {
            let permit = semaphore.clone().try_acquire_owned().unwrap();
            case.then(move || drop(permit));
        }
        let after = semaphore.clone();
        case.after_drop(move || assert_eq!(after.available_permits(), 3));
        async move { semaphore.acquire_many(3).await.map(drop) }
    }
    future a_mutex(case) {
        let mutex = Arc::new(Mutex::new(7));
        let guard = mutex.clone().try_lock_owned().unwrap();
        case.then(move || drop(guard));
        let after = mutex.clone();
        case.after_drop(move || assert!(after.try_lock().is_ok()));
        async move { *mutex.lock().await }
    }
    future a_lock_for_writers(case) {
        let locked = Arc::new(RwLock::new(7));
        let guard = locked.clone().try_read_owned().unwrap();
        case.then(move || drop(guard));
        async move { *locked.write().await }
    }
    future a_once_cell(_case) {
        let cell = OnceCell::new();
        async move { *cell.get_or_init(|| async { time::sleep(SECOND).await; 7 }).await }
    }
    future a_barrier(_case) {
        let barrier = Arc::new(Barrier::new(2));
        let other = barrier.clone();
        tokio::spawn(async move { time::sleep(SECOND).await; other.wait().await; });
        async move { _ = barrier.wait().await }
    }
    future a_watch_that_changes(case) {
        let (sender, mut receiver) = watch::channel(0);
        case.then(move || _ = sender.send(7));
        async move { receiver.changed().await.map(|()| *receiver.borrow()) }
    }
    future a_watch_waited_for(case) {
        let (sender, mut receiver) = watch::channel(0);
        for number in 1..4 {
            let sender = sender.clone();
            case.then(move || _ = sender.send(number));
        }
        async move { receiver.wait_for(|number| *number >= 3).await.map(|number| *number) }
    }
    future a_broadcast(case) {
        let (sender, mut receiver) = broadcast::channel(4);
        case.then(move || _ = sender.send(7));
        async move { (receiver.recv().await, receiver.recv().await) }
    }
    future a_channel(case) {
        let (sender, mut receiver) = mpsc::channel(1);
        case.then(move || _ = sender.try_send(7));
        async move { (receiver.recv().await, receiver.recv().await) }
    }
    future a_channel_that_is_full(case) {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(6).unwrap();
        case.then(move || _ = (receiver.try_recv(), receiver));
        async move { sender.send(7).await.is_err() }
    }
    future a_reservation(case) {
        let (sender, receiver) = mpsc::channel(2);
        sender.try_send(6).unwrap();
        let receiver = Arc::new(std::sync::Mutex::new(receiver));
        let after = sender.clone();
        case.then({ let receiver = receiver.clone(); move || _ = receiver.lock().unwrap().try_recv() });
        case.after_drop(move || {
            _ = receiver.lock().unwrap().try_recv();
            assert_eq!(after.capacity(), 2);
        });
        async move { sender.reserve_many(2).await.map(drop) }
    }
    future a_channel_closed(case) {
        let (sender, receiver) = mpsc::channel::<u32>(1);
        case.then(move || drop(receiver));
        async move { sender.closed().await }
    }
    future a_sleep(_case) { time::sleep(SECOND) }
    future a_sleep_until(_case) { time::sleep_until(Instant::now() + SECOND) }
    future a_timeout(case) {
        let (sender, receiver) = oneshot::channel();
        case.then(move || _ = sender.send(7));
        time::timeout(SECOND, receiver)
    }
    future a_timeout_that_is_over(_case) { time::timeout(SECOND, std::future::pending::<()>()) }
    future ticks(_case) {
        let begun = Instant::now();
        let mut interval = time::interval(SECOND);
        async move { interval.tick().await; interval.tick().await - begun }
    }
    future a_task(_case) { tokio::spawn(async { time::sleep(SECOND).await; 7 }) }
    future a_task_that_blocks(_case) { tokio::task::spawn_blocking(|| 7) }
    future a_task_aborted(case) {
        let task = tokio::spawn(std::future::pending::<()>());
        let abort = task.abort_handle();
        case.then(move || abort.abort());
        async move { task.await.map_err(|error| error.is_cancelled()) }
    }
    future tasks_joined(_case) {
        let mut tasks = tokio::task::JoinSet::new();
        (1..4_u32).for_each(|number| drop(tasks.spawn(time::sleep(SECOND * number))));
        tasks.join_all()
    }
    future yielded(_case) { tokio::task::yield_now() }
    future many_yields(_case) { async { for _ in 0..200 { tokio::task::yield_now().await; } } }
    future a_select(case) {
        let (sender, receiver) = oneshot::channel();
        case.then(move || _ = sender.send(7));
        async move {
            tokio::select! {
                received = receiver => received,
                () = time::sleep(SECOND) => Ok(0),
            }
        }
    }
    future a_join(case) {
        let (sender, receiver) = oneshot::channel();
        case.then(move || _ = sender.send(7));
        async move { tokio::join!(receiver, time::sleep(SECOND), tokio::task::yield_now()) }
    }
    future a_cancellation(case) {
        let token = CancellationToken::new();
        let child = token.child_token();
        case.then(move || token.cancel());
        async move { child.cancelled().await }
    }
    future a_task_tracker(_case) {
        let tracker = TaskTracker::new();
        tracker.spawn(time::sleep(SECOND));
        tracker.close();
        async move { tracker.wait().await }
    }
    future a_copy(case) {
        let mut reader = super::ends::fed(case, [&b"one"[..], b"two"]);
        async move {
            let mut bytes = Vec::new();
            tokio::io::copy(&mut reader, &mut bytes).await.map(|count| (count, bytes)).map_err(|error| error.kind())
        }
    }

    sink [1, 2, 3, 4] a_poll_sender(case) {
        let (sender, receiver) = mpsc::channel::<i32>(1);
        let receiver = Arc::new(std::sync::Mutex::new((receiver, Vec::new())));
        let drain = move || {
            let (receiver, items) = &mut *receiver.lock().unwrap();
            items.extend(std::iter::from_fn(|| receiver.try_recv().ok()));
            items.clone()
        };
        for _ in 0..8 {
            let drain = drain.clone();
            case.then(move || _ = drain());
        }
        case.received(drain);
        PollSender::new(sender)
    }

    stream a_delay_queue(_case) {
        let mut queue = DelayQueue::new();
        (1..4_u32).for_each(|number| _ = queue.insert(number, SECOND * number));
        futures_util::StreamExt::map(queue, |expired| expired.into_inner())
    }
}

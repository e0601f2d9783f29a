//! Correct uses of locks, semaphores and notifications in `tokio::sync`.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future;
use tokio::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, SetOnce};
use tokio::time::sleep;

use super::passes;
use crate::support::{MILLISECOND, SECOND};

#[test]
fn a_mutex_held_for_a_long_time_passes() {
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
fn a_lock_with_readers_and_writers_passes() {
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
fn a_semaphore_with_two_permits_passes() {
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
fn a_closed_semaphore_passes() {
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
fn a_notify_that_wakes_one_and_all_passes() {
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
fn a_notify_that_is_enabled_before_its_flag_is_read_passes() {
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
fn a_barrier_for_three_tasks_passes() {
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
fn cells_that_are_set_once_pass() {
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

//! Another task can run before each operation of `tokio::sync` takes effect.

use std::sync::Arc;

use futures_util::FutureExt;
use testkit::Explorer;
use tokio::sync::{Mutex, Notify, RwLock, Semaphore, mpsc};

use crate::support::failure;

/// The other task takes the lock between an unlock and a lock that finds it free. Some versions of tokio keep the lock
/// that they took when the budget is used up.
#[test]
fn before_a_free_mutex_is_locked() {
    failure(Explorer::new(), |_| async {
        let value = Arc::new(Mutex::new(0));
        let shared = value.clone();
        let first = tokio::spawn(async move {
            *shared.lock().await = 1;
            assert_eq!(*shared.lock().await, 1);
        });
        let second = tokio::spawn(async move {
            if let Ok(mut value) = value.try_lock() {
                *value = 2;
            }
        });
        second.await.unwrap();
        first.await.unwrap();
    });
}

#[test]
fn before_a_free_rw_lock_is_locked() {
    failure(Explorer::new(), |_| async {
        let value = Arc::new(RwLock::new(0));
        let shared = value.clone();
        let first = tokio::spawn(async move {
            *shared.write().await = 1;
            assert_eq!(*shared.read().await, 1);
        });
        let second = tokio::spawn(async move {
            if let Ok(mut value) = value.try_write() {
                *value = 2;
            }
        });
        second.await.unwrap();
        first.await.unwrap();
    });
}

#[test]
fn before_a_free_permit_is_taken() {
    failure(Explorer::new(), |_| async {
        let permits = Arc::new(Semaphore::new(1));
        let shared = permits.clone();
        let first = tokio::spawn(async move {
            drop(shared.acquire().await);
            drop(shared.acquire().await);
        });
        // Sees the permit between the two, after the first was taken and given back.
        let second = tokio::spawn(async move { permits.try_acquire().is_ok() });
        first.await.unwrap();
        assert!(!second.await.unwrap());
    });
}

/// A notification that is there already lets another task run before it is taken.
#[test]
fn before_a_notification_is_taken() {
    failure(Explorer::new(), |_| async {
        let notify = Arc::new(Notify::new());
        notify.notify_one();
        let shared = notify.clone();
        let first = tokio::spawn(async move {
            tokio::task::coop::consume_budget().await;
            shared.notified().await;
            shared.notify_one();
        });
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let second = tokio::spawn(async move {
            sender.send(notify.notified().now_or_never().is_some()).unwrap();
            notify.notify_one();
        });
        second.await.unwrap();
        first.await.unwrap();
        assert!(!receiver.recv().await.unwrap(), "the second task has taken the notification");
    });
}

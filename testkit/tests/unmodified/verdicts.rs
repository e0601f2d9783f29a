//! Failures name tasks of `tokio::spawn` as they name all others.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use testkit::{Explorer, FailureKind};
use tokio::sync::{Mutex, RwLock, Semaphore};

use crate::support::{assert_report_contains, failure, passes};

#[test]
fn a_deadlock_has_names_and_stacks() {
    async fn takes(first: Arc<Mutex<()>>, second: Arc<Mutex<()>>) {
        let _first = first.lock().await;
        tokio::task::yield_now().await;
        let _second = second.lock().await;
    }
    let failure = failure(Explorer::new(), |_| async {
        let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
        let one = tokio::spawn(takes(a.clone(), b.clone()));
        let other = tokio::spawn(takes(b, a));
        one.await.unwrap();
        other.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert_report_contains(
        &failure,
        &[
            "`verdicts.rs:",
            "takes",
            "tokio::sync::mutex::Mutex::lock",
            "JoinHandle::poll, for task 1",
            "cargo testkit test",
            "v1:",
            ";tokio",
        ],
    );
}

/// Returns the number of the line that contains this text, as reports show it.
fn place(text: &str) -> String {
    let line = include_str!("verdicts.rs").lines().position(|line| line.contains(text)).unwrap();
    format!("verdicts.rs:{}", line + 1)
}

#[test]
fn the_holders_of_locks_and_permits_are_named() {
    let of_mutexes = failure(Explorer::new(), |_| async {
        let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
        let (c, d) = (a.clone(), b.clone());
        let one = tokio::spawn(async move {
            let _a = a.lock().await; // one takes a
            tokio::task::yield_now().await;
            drop(b.lock().await);
        });
        let other = tokio::spawn(async move {
            let _d = d.lock().await; // other takes d
            tokio::task::yield_now().await;
            drop(c.lock().await);
        });
        one.await.unwrap();
        other.await.unwrap();
    });
    let took = |comment: &str| format!("` took it at {}\n", place(comment));
    assert_report_contains(
        &of_mutexes,
        &["the lock is held: task 1 `", &took("// one takes a"), &took("// other takes d")],
    );

    let of_permits = failure(Explorer::new(), |_| async {
        let permits = Arc::new(Semaphore::new(3));
        let kept = permits.clone().acquire_many_owned(2).await.unwrap(); // main takes two
        let waiting = tokio::spawn(async move { drop(permits.acquire_many(2).await) });
        waiting.await.unwrap();
        drop(kept);
    });
    assert_report_contains(
        &of_permits,
        &[&format!("too few permits are free: task 0 `main` took some at {}\n", place("// main takes two"))],
    );

    let of_itself = failure(Explorer::new(), |_| async {
        let lock = RwLock::new(());
        let _reading = lock.read().await; // reads
        drop(lock.write().await);
    });
    assert_report_contains(
        &of_itself,
        &[&format!("the lock is held: this task itself took it at {}\n", place("// reads"))],
    );
}

/// A lock has no holder after it was given back, also if another task did that.
#[test]
fn the_holder_is_the_last_task_that_took_the_lock() {
    let failure = failure(Explorer::new(), |_| async {
        let lock = Arc::new(RwLock::new(()));
        drop(lock.write().await);
        let passed = lock.clone().write_owned().await;
        tokio::spawn(async move { drop(passed) }).await.unwrap();
        let downgraded = lock.clone().write_owned().await.downgrade();
        drop(downgraded);
        let waiting = lock.clone();
        let _tried = lock.try_read().unwrap(); // tries
        tokio::spawn(async move { drop(waiting.write().await) }).await.unwrap();
    });
    assert_report_contains(&failure, &[&format!("the lock is held: task 0 `main` took it at {}\n", place("// tries"))]);
}

#[test]
fn a_task_left_behind_is_a_leak() {
    let failure = failure(Explorer::new(), |_| async {
        drop(tokio::spawn(pending::<()>()));
    });
    assert_eq!(failure.kind(), FailureKind::TaskLeak);
    assert_report_contains(&failure, &["`verdicts.rs:"]);
}

#[test]
fn a_panic_that_nobody_awaits_fails_the_test() {
    let failure = failure(Explorer::new(), |_| async {
        drop(tokio::spawn(async { panic!("unseen") }));
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_report_contains(&failure, &["task 1 `verdicts.rs:", "unseen"]);
}

#[test]
fn a_panic_that_its_handle_delivers_comes_first() {
    let failure = failure(Explorer::new(), |_| async {
        tokio::spawn(async { panic!("the cause") }).await.unwrap();
    });
    assert_report_contains(&failure, &["panic: task 1 `verdicts.rs:", "the cause", "consequence: task 0 `main`"]);
}

#[test]
fn an_awaited_panic_passes() {
    passes(Explorer::new(), |_| async {
        assert!(tokio::spawn(async { panic!("expected") }).await.unwrap_err().is_panic());
    });
}

#[test]
fn a_missed_waker_is_found_beside_a_heartbeat() {
    let failure = failure(Explorer::new(), |_| async {
        let beating = tokio::spawn(async {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let mut polls = 0;
        let forgets = tokio::spawn(poll_fn(move |_| {
            polls += 1;
            if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
        }));
        forgets.await.unwrap();
        beating.abort();
    });
    assert!(matches!(failure.kind(), FailureKind::MissedWaker | FailureKind::LostWakeup), "{failure}");
    assert_report_contains(&failure, &["verdicts.rs:"]);
}

#[test]
fn a_failure_is_replayed() {
    let test = |_| async {
        let value = Arc::new(Mutex::new(0));
        let adds = |value: Arc<Mutex<u32>>| async move {
            let before = *value.lock().await;
            *value.lock().await = before + 1;
        };
        let tasks = [(); 3].map(|()| tokio::spawn(adds(value.clone())));
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*value.lock().await, 3);
    };
    let found = failure(Explorer::new(), test);
    let schedule = found.schedule().to_string().parse().unwrap();
    let outcome = Explorer::new().replay(&schedule).run(test);
    let replayed = outcome.failure().expect("it fails again");
    assert_eq!(replayed.schedule(), found.schedule());
    assert_eq!(replayed.choices().len(), found.choices().len());
}

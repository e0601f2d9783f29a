//! Failures name tasks of `tokio::spawn` as they name all others.

use std::future::{Future, pending, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use testkit::{Explorer, Failure, FailureKind};
use tokio::sync::Mutex;

fn failure<R: Future<Output = ()> + 'static>(test: impl Fn() -> R + Send + Sync + 'static) -> Failure {
    let outcome = Explorer::new().run(move |_| test());
    outcome.failure().expect("a schedule fails").clone()
}

#[track_caller]
fn assert_contains(failure: &Failure, texts: &[&str]) {
    let report = failure.to_string();
    for text in texts {
        assert!(report.contains(text), "`{text}` is missing:\n{report}");
    }
}

#[test]
fn a_deadlock_has_names_and_stacks() {
    async fn takes(first: Arc<Mutex<()>>, second: Arc<Mutex<()>>) {
        let _first = first.lock().await;
        tokio::task::yield_now().await;
        let _second = second.lock().await;
    }
    let failure = failure(|| async {
        let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
        let one = tokio::spawn(takes(a.clone(), b.clone()));
        let other = tokio::spawn(takes(b, a));
        one.await.unwrap();
        other.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert_contains(
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

#[test]
fn a_task_left_behind_is_a_leak() {
    let failure = failure(|| async {
        drop(tokio::spawn(pending::<()>()));
    });
    assert_eq!(failure.kind(), FailureKind::TaskLeak);
    assert_contains(&failure, &["`verdicts.rs:"]);
}

#[test]
fn a_panic_that_nobody_awaits_fails_the_test() {
    let failure = failure(|| async {
        drop(tokio::spawn(async { panic!("unseen") }));
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_contains(&failure, &["task 1 `verdicts.rs:", "unseen"]);
}

#[test]
fn a_panic_that_its_handle_delivers_comes_first() {
    let failure = failure(|| async {
        tokio::spawn(async { panic!("the cause") }).await.unwrap();
    });
    assert_contains(&failure, &["panic: task 1 `verdicts.rs:", "the cause", "consequence: task 0 `main`"]);
}

#[test]
fn an_awaited_panic_passes() {
    let outcome = Explorer::new().run(|_| async {
        assert!(tokio::spawn(async { panic!("expected") }).await.unwrap_err().is_panic());
    });
    assert!(outcome.failure().is_none(), "{:?}", outcome.failure());
}

#[test]
fn a_missed_waker_is_found_beside_a_heartbeat() {
    let failure = failure(|| async {
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
    assert_contains(&failure, &["verdicts.rs:"]);
}

#[test]
fn a_failure_is_replayed() {
    let test = || async {
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
    let found = failure(test);
    let schedule = found.schedule().to_string().parse().unwrap();
    let outcome = Explorer::new().replay(&schedule).run(move |_| test());
    let replayed = outcome.failure().expect("it fails again");
    assert_eq!(replayed.schedule(), found.schedule());
    assert_eq!(replayed.choices().len(), found.choices().len());
}

//! Threads outside the simulation: their panics are printed as usual, and a test may wait for them.

use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use testkit::FailureKind;
use tokio::sync::oneshot;

use super::few;
use crate::support::{assert_report_contains, failure, passes, printed, run_alone};

#[test]
#[ignore = "run by `panics_of_other_threads_are_still_printed`"]
fn prints_panics_of_another_thread() {
    passes(few(), |_| async {
        let outsider = thread::spawn(|| panic!("of another thread"));
        assert!(outsider.join().is_err());
        _ = catch_unwind(|| panic!("of the simulation"));
    });
    _ = catch_unwind(|| panic!("of the searching thread"));
}

#[test]
fn panics_of_other_threads_are_still_printed() {
    let output = run_alone("robustness::other_threads::prints_panics_of_another_thread", &[]);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("of another thread") && text.contains("of the searching thread"), "{text}");
    assert!(!text.contains("of the simulation"), "{text}");
}

/// Returns the answer of a new thread, which it sends after it has waited.
fn answer_after(wait: impl FnOnce() + Send + 'static) -> oneshot::Receiver<u32> {
    let (sender, receiver) = oneshot::channel();
    let answering = move || {
        wait();
        _ = sender.send(7);
    };
    thread::Builder::new().name("database".to_owned()).spawn(answering).unwrap();
    receiver
}

#[test]
#[cfg(target_os = "linux")]
fn a_test_that_waits_for_a_thread_is_not_in_a_deadlock() {
    for milliseconds in [80, 200] {
        let failure = failure(few(), move |_| async move {
            assert_eq!(answer_after(move || thread::sleep(Duration::from_millis(milliseconds))).await, Ok(7));
        });
        assert_eq!(failure.kind(), FailureKind::ForeignWake);
        let wake = "task 0 `main` was woken by another thread, `database`";
        let advice = "Replace the client that owns the thread with a fake";
        assert_report_contains(&failure, &[wake, advice, "waits in tokio::sync::oneshot", "replay    not possible"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_thread_that_is_alive_is_named() {
    // The threads wait until the test is over: a report takes long to make on a busy machine.
    let is_over = Arc::new(Mutex::new(()));
    let not_over = is_over.lock().unwrap();
    let waited = is_over.clone();
    let failure = failure(few(), move |_| {
        let is_over = waited.clone();
        async move {
            let answer = answer_after(move || drop(is_over.lock()));
            assert!(tokio::time::timeout(Duration::from_secs(5), answer).await.is_ok(), "the answer takes longer");
        }
    });
    drop(not_over);
    assert_eq!(failure.kind(), FailureKind::Panic);
    // The list may also contain threads of other tests in this process.
    assert_report_contains(&failure, &["alive outside of the simulation:", "`database`", "virtual time does not"]);
}

#[test]
fn blocking_work_of_tokio_has_its_own_advice() {
    let failure = failure(few(), |_| async {
        tokio::task::spawn_blocking(|| thread::sleep(Duration::from_millis(50))).await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::ForeignWake);
    assert_report_contains(&failure, &["Use `di_core::task::spawn_blocking` for blocking work"]);
}

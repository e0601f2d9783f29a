//! Panic payloads that are not strings or that panic when dropped.

use std::any::Any;
use std::future::pending;
use std::panic::{catch_unwind, panic_any, resume_unwind};

use testkit::{FailureKind, Sim};

use super::{assert_panics, few};
use crate::support::{SECOND, assert_report_contains, failure};

/// A payload that panics when dropped, nested this many times.
struct Nested(u32);

impl Drop for Nested {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Nested(self.0 - 1));
        }
    }
}

#[test]
fn a_payload_that_panics_when_dropped_is_reported() {
    assert_panics(&["task 0 `main` panicked"], |_| async { panic_any(Nested(1)) });
}

#[test]
fn nested_payloads_that_panic_when_dropped_are_reported() {
    let failure = failure(few(), |_| async { panic_any(Nested(3)) });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

#[test]
fn a_payload_that_panics_when_dropped_in_an_unawaited_task_is_reported() {
    let failure = failure(few(), |sim: Sim| async move {
        drop(sim.spawn("worker", async { panic_any(Nested(1)) }));
        drop(sim.spawner().spawn("worker", async { panic_any(Nested(1)) }));
        drop(di_core::task::spawn(async { panic_any(Nested(1)) }));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

#[test]
fn a_payload_from_a_drop_that_panics_when_dropped_is_reported() {
    struct Raising;
    impl Drop for Raising {
        fn drop(&mut self) {
            panic_any(Nested(2));
        }
    }
    let failure = failure(few().allow_leaks(true), |sim: Sim| async move {
        let raising = Raising;
        drop(sim.spawn("waiting", async move {
            pending::<()>().await;
            drop(raising);
        }));
        sim.sleep(SECOND).await;
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

#[test]
fn a_panic_with_a_non_string_payload_is_reported() {
    assert_panics(&["task 0 `main` panicked at ", "panic_payloads.rs", "with a non-string payload"], |_| async {
        panic_any(42_u32)
    });
}

#[test]
fn a_resumed_panic_from_a_task_is_reported() {
    assert_panics(&["task 0 `main` panicked", "boom"], |sim: Sim| async move {
        let error = sim.spawn("worker", async { panic!("boom") }).await.unwrap_err();
        resume_unwind(error.into_panic());
    });
}

#[test]
fn a_resumed_panic_is_reported_with_its_own_message() {
    let failure = failure(few(), |_| async {
        _ = catch_unwind(|| panic!("another, which was caught"));
        let payload: Box<dyn Any + Send> = Box::new("boom");
        resume_unwind(payload);
    });
    assert_report_contains(&failure, &["boom"]);
    assert!(!failure.to_string().contains("another"), "{failure}");
}

#[test]
fn a_panic_before_the_closure_returns_its_future_is_reported() {
    assert_panics(&["task 0 `main` panicked at ", "panic_payloads.rs", "boom"], |sim: Sim| {
        assert!(sim.tasks().len() > 1, "boom");
        async {}
    });
}

#[test]
fn an_error_that_panics_when_formatted_is_reported() {
    struct Unprintable;
    impl std::fmt::Display for Unprintable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("boom")
        }
    }
    let outcome = few().run(|_| async { Err::<(), _>(Unprintable) });
    let failure = outcome.failure().unwrap();
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_report_contains(failure, &["boom"]);
}

#[test]
fn a_note_that_panics_when_formatted_is_reported() {
    struct Unprintable;
    impl std::fmt::Display for Unprintable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("boom")
        }
    }
    let failure = failure(few(), |sim: Sim| async move { sim.note(Unprintable) });
    assert_eq!(failure.kind(), FailureKind::Panic);
}

//! User code that panics or hangs: the process survives, the failure is reported, and the next run is unaffected.

mod drop_panics;
mod hangs;
mod isolation;
#[cfg(target_os = "linux")]
mod memory;
mod other_threads;
mod panic_payloads;
mod statics;
mod waker_panics;

use std::future::Future;
use std::time::Duration;

use testkit::{Explorer, FailureKind, Sim};

use crate::support::{assert_report_contains, failure};

fn few() -> Explorer {
    Explorer::new().schedules(5)
}

/// Asserts that the test fails with a panic, and that the report contains the texts.
#[track_caller]
fn assert_panics<F, R>(texts: &[&str], test: F)
where
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + 'static,
{
    let failure = failure(few(), test);
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_report_contains(&failure, texts);
}

fn impatient() -> Explorer {
    few().max_poll_time(Duration::from_millis(300))
}

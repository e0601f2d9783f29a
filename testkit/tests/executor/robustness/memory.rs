//! Memory use stays flat over many schedules. Resident memory is per process, so each test runs in its own process.

use std::future::{Future, pending};
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::{Explorer, Sim};
use tokio::sync::mpsc;

use crate::support::{MILLISECOND, passes, printed, run_alone};

fn resident_kilobytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4
}

/// Asserts that resident memory does not grow over 90,000 schedules, after a warm-up of 10,000.
#[track_caller]
fn assert_flat<F, R>(test: F)
where
    F: Fn(Sim) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + 'static,
{
    let run = AtomicUsize::new(0);
    let (warm, last) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (at_warm, at_last) = (warm.clone(), last.clone());
    passes(Explorer::new().schedules(100_000), move |sim| {
        let run = run.fetch_add(1, Ordering::Relaxed);
        if run == 10_000 {
            at_warm.store(resident_kilobytes(), Ordering::Relaxed);
        } else if run == 99_999 {
            at_last.store(resident_kilobytes(), Ordering::Relaxed);
        }
        test(sim)
    });
    let (warm, last) = (warm.load(Ordering::Relaxed), last.load(Ordering::Relaxed));
    println!("{warm} kB after 10,000 schedules, {last} kB after 100,000");
    // A leak of 16 bytes per schedule would be 1,440 kB.
    assert!(last < warm + 1_200, "{warm} kB after 10,000 schedules, {last} kB after 100,000");
}

#[test]
#[ignore = "run by `a_hundred_thousand_schedules_leave_memory_flat`"]
fn leaves_memory_flat() {
    assert_flat(|sim: Sim| async move {
        let (sender, mut receiver) = mpsc::channel(1);
        let sending = sim.spawn("sending", async move {
            sender.send(1).await.unwrap();
            tokio::time::sleep(MILLISECOND).await;
        });
        assert_eq!(receiver.recv().await, Some(1));
        sending.await.unwrap();
    });
}

#[test]
fn a_hundred_thousand_schedules_leave_memory_flat() {
    let output = run_alone("robustness::memory::leaves_memory_flat", &[]);
    let text = printed(&output);
    println!("{text}");
    assert!(output.status.success(), "{text}");
}

#[test]
#[ignore = "run by `panics_and_aborted_tasks_leave_memory_flat`"]
fn leaves_memory_flat_after_panics() {
    assert_flat(|sim: Sim| async move {
        let error = sim.spawn("worker", async { panic_any(7) }).await.unwrap_err();
        assert!(error.is_panic());
        let waiting = sim.spawn("waiting", pending::<()>());
        waiting.abort();
        drop(waiting);
        drop(di_core::task::spawn(async { vec![0_u8; 64] }));
    });
}

#[test]
fn panics_and_aborted_tasks_leave_memory_flat() {
    let output = run_alone("robustness::memory::leaves_memory_flat_after_panics", &[]);
    let text = printed(&output);
    println!("{text}");
    assert!(output.status.success(), "{text}");
}

#[test]
#[ignore = "run by `abandoned_raw_tasks_leave_memory_flat`"]
fn leaves_memory_flat_after_raw_tasks() {
    let warm = Arc::new(AtomicUsize::new(0));
    let at = warm.clone();
    let count = AtomicUsize::new(0);
    passes(Explorer::new().schedules(4_000), move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == 1_000 {
            at.store(resident_kilobytes(), Ordering::Relaxed);
        }
        async {
            tokio::spawn(async {
                let _memory = vec![0_u8; 1000];
                pending::<()>().await;
            });
            tokio::task::yield_now().await;
        }
    });
    let (warm, last) = (warm.load(Ordering::Relaxed), resident_kilobytes());
    assert!(last < warm + 1_500, "{warm} kB after 1,000 schedules, {last} kB after 4,000");
}

#[test]
fn abandoned_raw_tasks_leave_memory_flat() {
    let output = run_alone("robustness::memory::leaves_memory_flat_after_raw_tasks", &[]);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
}

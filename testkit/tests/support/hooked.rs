//! A waker that calls the test when it is cloned, woken or dropped, as any runtime's waker may do.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{RawWaker, RawWakerVTable, Waker};
use std::thread;
use std::time::Duration;

struct Hook(Box<dyn Fn() + Send + Sync>);

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: `data` comes from `Arc::into_raw`, and the borrowed waker holds a count.
        let hook = unsafe {
            Arc::increment_strong_count(data.cast::<Hook>());
            &*data.cast::<Hook>()
        };
        (hook.0)();
        RawWaker::new(data, &VTABLE)
    },
    // SAFETY: the consumed waker holds the count.
    |data| (unsafe { Arc::from_raw(data.cast::<Hook>()) }.0)(),
    // SAFETY: the borrowed waker holds a count.
    |data| (unsafe { &*data.cast::<Hook>() }.0)(),
    // SAFETY: the dropped waker holds the count.
    |data| (unsafe { Arc::from_raw(data.cast::<Hook>()) }.0)(),
);

/// A waker that calls `hook` whenever it is cloned, woken or dropped.
pub(crate) fn waker(hook: impl Fn() + Send + Sync + 'static) -> Waker {
    let data = Arc::into_raw(Arc::new(Hook(Box::new(hook))));
    // SAFETY: the table upholds the `RawWaker` contract: it is thread-safe and counts references.
    unsafe { Waker::from_raw(RawWaker::new(data.cast(), &VTABLE)) }
}

/// Runs a function on its own thread. Panics if it hangs: a lock is held while a waker is used, or a wakeup is lost.
pub(crate) fn run_with_timeout(run: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = channel();
    let thread = thread::spawn(move || {
        run();
        _ = sender.send(());
    });
    let came = receiver.recv_timeout(Duration::from_secs(10));
    assert!(
        came.is_ok() || thread.is_finished(),
        "it does not come back: a waker is touched under a lock, or a wakeup is lost"
    );
    thread.join().unwrap();
}

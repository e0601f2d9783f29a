//! A waker that calls the test from its `clone`, its `wake` and its `drop`, as anybody's may.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{RawWaker, RawWakerVTable, Waker};
use std::thread;
use std::time::Duration;

struct Hook(Box<dyn Fn() + Send + Sync>);

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: `data` is of `Arc::into_raw`, and its waker, which is borrowed here, holds a count of it.
        let hook = unsafe {
            Arc::increment_strong_count(data.cast::<Hook>());
            &*data.cast::<Hook>()
        };
        (hook.0)();
        RawWaker::new(data, &VTABLE)
    },
    // SAFETY: the waker that is used up here holds the count.
    |data| (unsafe { Arc::from_raw(data.cast::<Hook>()) }.0)(),
    // SAFETY: the waker, which is borrowed here, holds a count.
    |data| (unsafe { &*data.cast::<Hook>() }.0)(),
    // SAFETY: the waker that is dropped here holds the count.
    |data| (unsafe { Arc::from_raw(data.cast::<Hook>()) }.0)(),
);

/// A waker that calls `hook` whenever it is cloned, woken or dropped.
pub(crate) fn waker(hook: impl Fn() + Send + Sync + 'static) -> Waker {
    let data = Arc::into_raw(Arc::new(Hook(Box::new(hook))));
    // SAFETY: the table keeps the rules of `RawWaker`: it is thread-safe, and counts.
    unsafe { Waker::from_raw(RawWaker::new(data.cast(), &VTABLE)) }
}

/// Runs on a thread of its own what would not come back if a lock were held around a waker, or if a wakeup were lost.
pub(crate) fn comes_back(run: impl FnOnce() + Send + 'static) {
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

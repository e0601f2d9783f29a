//! Wakers that record whether they were woken and whether clones exist, and that can run a hook when they are cloned.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{RawWaker, RawWakerVTable, Waker};

use crate::internal::lock;

/// Hook that runs when a waker is cloned. In faulty code, this is between a check and the storing of the waker.
struct CloneHook {
    /// Number of the clone, from 0.
    clone: usize,
    run: Box<dyn FnOnce() + Send>,
}

/// Shared state of a waker and its clones.
pub(super) struct TestWaker {
    /// Number of the waker, from 0.
    number: usize,
    wakes: AtomicUsize,
    clones: AtomicUsize,
    hook: Mutex<Option<CloneHook>>,
    /// Waker to wake along with this one.
    linked: Mutex<Option<Waker>>,
}

impl TestWaker {
    pub(super) fn new(number: usize) -> Arc<Self> {
        Arc::new(TestWaker {
            number,
            wakes: AtomicUsize::new(0),
            clones: AtomicUsize::new(0),
            hook: Mutex::default(),
            linked: Mutex::default(),
        })
    }

    /// Returns its name in the table of polls: `A`, `B`, and so on.
    pub(super) fn name(&self) -> String {
        let letter = char::from(b'A' + (self.number % 26) as u8);
        match self.number / 26 {
            0 => letter.to_string(),
            round => format!("{letter}{round}"),
        }
    }

    pub(super) fn is_woken(&self) -> bool {
        self.wakes.load(Ordering::Acquire) > 0
    }

    /// Clears the record of wakes.
    pub(super) fn rearm(&self) {
        self.wakes.store(0, Ordering::Release);
    }

    /// Returns whether the waker has clones.
    pub(super) fn has_clones(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) > 1
    }

    /// Returns the number of times it was cloned.
    pub(super) fn clones(&self) -> usize {
        self.clones.load(Ordering::Acquire)
    }

    /// Sets a hook to run when it is cloned, after `after` more clones.
    pub(super) fn set_clone_hook(&self, after: usize, run: impl FnOnce() + Send + 'static) {
        *lock(&self.hook) = Some(CloneHook { clone: self.clones() + after, run: Box::new(run) });
    }

    /// Removes the hook, unless it already ran. Returns whether it was removed.
    pub(super) fn remove_clone_hook(&self) -> bool {
        let hook = lock(&self.hook).take();
        hook.is_some()
    }

    fn cloned(&self) {
        let clones = self.clones.fetch_add(1, Ordering::AcqRel);
        let hook = lock(&self.hook).take_if(|hook| hook.clone == clones);
        if let Some(hook) = hook {
            (hook.run)();
        }
    }

    /// Sets a waker to wake along with this one.
    pub(super) fn link(&self, waker: Option<Waker>) {
        *lock(&self.linked) = waker;
    }

    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::AcqRel);
        let linked = lock(&self.linked).take();
        if let Some(linked) = linked {
            linked.wake();
        }
    }

    /// Returns a waker.
    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        let data = Arc::into_raw(self.clone());
        // SAFETY: `data` comes from an `Arc<TestWaker>`, which the functions of the table expect, and each waker owns
        // one reference count. `TestWaker` is `Send` and `Sync`.
        unsafe { Waker::from_raw(RawWaker::new(data.cast(), &TABLE)) }
    }
}

/// A static, because `Waker::will_wake` compares addresses.
static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// Returns the `Arc` of `data` without taking over its reference count.
///
/// # Safety
/// `data` must come from a waker with this table that outlives the returned value.
unsafe fn borrowed(data: *const ()) -> ManuallyDrop<Arc<TestWaker>> {
    // SAFETY: the caller guarantees that `data` comes from an `Arc<TestWaker>`.
    ManuallyDrop::new(unsafe { Arc::from_raw(data.cast()) })
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: called with the data of a live waker.
    let test_waker = unsafe { borrowed(data) };
    test_waker.cloned();
    RawWaker::new(Arc::into_raw(Arc::clone(&test_waker)).cast(), &TABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: called once, with the data of a waker that is consumed here.
    let test_waker: Arc<TestWaker> = unsafe { Arc::from_raw(data.cast()) };
    test_waker.wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: called with the data of a live waker.
    unsafe { borrowed(data) }.wake();
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: called once, with the data of a waker that is consumed here.
    drop::<Arc<TestWaker>>(unsafe { Arc::from_raw(data.cast()) });
}

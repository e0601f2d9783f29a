//! Wakers that record whether they were woken and whether clones exist, and that can run a hook when they are cloned.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{RawWaker, RawWakerVTable, Waker};

use crate::internal::lock;

/// Runs when a waker is cloned. In faulty code, this is between a check and the storing of the waker.
type Hook = Box<dyn FnOnce() + Send>;

/// Shared state of a waker and its clones.
pub(super) struct Watched {
    /// Number of the waker, from 0.
    number: usize,
    wakes: AtomicUsize,
    clones: AtomicUsize,
    /// Hook, and the number of the clone at which it runs.
    hook: Mutex<Option<(usize, Hook)>>,
    /// Waker to wake along with this one.
    waiting: Mutex<Option<Waker>>,
}

impl Watched {
    pub(super) fn new(number: usize) -> Arc<Self> {
        Arc::new(Watched {
            number,
            wakes: AtomicUsize::new(0),
            clones: AtomicUsize::new(0),
            hook: Mutex::default(),
            waiting: Mutex::default(),
        })
    }

    /// Returns its name in the table: `A`, `B`, and so on.
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

    /// Returns whether there are clones of it.
    pub(super) fn is_kept(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) > 1
    }

    /// Number of times it was cloned.
    pub(super) fn clones(&self) -> usize {
        self.clones.load(Ordering::Acquire)
    }

    /// Sets a hook to run when it is cloned, after `after` more clones.
    pub(super) fn hook(&self, after: usize, hook: Hook) {
        *lock(&self.hook) = Some((self.clones() + after, hook));
    }

    /// Removes the hook. Returns it unless it already ran.
    pub(super) fn unhook(&self) -> Option<Hook> {
        lock(&self.hook).take().map(|(_, hook)| hook)
    }

    fn cloned(&self) {
        let clones = self.clones.fetch_add(1, Ordering::AcqRel);
        let hook = lock(&self.hook).take_if(|(at, _)| *at == clones);
        if let Some((_, hook)) = hook {
            hook();
        }
    }

    /// Sets a waker to wake along with this one.
    pub(super) fn wait(&self, waker: Option<Waker>) {
        *lock(&self.waiting) = waker;
    }

    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::AcqRel);
        let waiting = lock(&self.waiting).take();
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    /// Returns a waker.
    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        let data = Arc::into_raw(self.clone());
        // SAFETY: `data` comes from an `Arc<Watched>`, which the functions of the table expect, and each waker owns one
        // reference count. `Watched` is `Send` and `Sync`.
        unsafe { Waker::from_raw(RawWaker::new(data.cast(), &TABLE)) }
    }
}

/// A static, as `Waker::will_wake` compares addresses.
static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// Returns the `Arc` of `data` without taking over its reference count.
///
/// # Safety
/// `data` must come from a waker with this table that outlives the returned value.
unsafe fn borrowed(data: *const ()) -> ManuallyDrop<Arc<Watched>> {
    // SAFETY: the caller guarantees that `data` comes from an `Arc<Watched>`.
    ManuallyDrop::new(unsafe { Arc::from_raw(data.cast()) })
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: called with the data of a live waker.
    let watched = unsafe { borrowed(data) };
    watched.cloned();
    RawWaker::new(Arc::into_raw(Arc::clone(&watched)).cast(), &TABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: called once, with the data of a waker that is consumed here.
    let watched: Arc<Watched> = unsafe { Arc::from_raw(data.cast()) };
    watched.wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: called with the data of a live waker.
    unsafe { borrowed(data) }.wake();
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: called once, with the data of a waker that is consumed here.
    drop::<Arc<Watched>>(unsafe { Arc::from_raw(data.cast()) });
}

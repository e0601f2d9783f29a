//! Wakers that tell who was woken and who is kept, and let something happen as they are cloned.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{RawWaker, RawWakerVTable, Waker};

use crate::internal::lock;

/// What happens as a waker is cloned: between a look and the leaving of the waker, in code that gets it wrong.
type Hook = Box<dyn FnOnce() + Send>;

/// A waker of a law, of which any number of clones may be about.
pub(super) struct Watched {
    /// Its number, from 0.
    number: usize,
    wakes: AtomicUsize,
    clones: AtomicUsize,
    /// What happens at the clone of this number.
    hook: Mutex<Option<(usize, Hook)>>,
    /// Woken too: who waits for it.
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

    /// What a table calls it: `A`, `B`, and so on.
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

    /// Forgets that it was woken.
    pub(super) fn rearm(&self) {
        self.wakes.store(0, Ordering::Release);
    }

    /// Whether anybody else has a clone of it.
    pub(super) fn is_kept(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) > 1
    }

    /// How often it was cloned.
    pub(super) fn clones(&self) -> usize {
        self.clones.load(Ordering::Acquire)
    }

    /// Has something happen when it is cloned, after as many clones more.
    pub(super) fn hook(&self, after: usize, hook: Hook) {
        *lock(&self.hook) = Some((self.clones() + after, hook));
    }

    /// What was to happen, and has not.
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

    /// Has a wake wake this one, too.
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

    /// The waker itself.
    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        let data = Arc::into_raw(self.clone());
        // SAFETY: the functions of the table take `data` for what it is, an `Arc` of a `Watched`, each waker one count of
        // it; a `Watched` is `Send` and `Sync`.
        unsafe { Waker::from_raw(RawWaker::new(data.cast(), &TABLE)) }
    }
}

/// One place in memory, which `Waker::will_wake` compares.
static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// The count that `data` has, without taking it.
///
/// # Safety
/// `data` is of a waker of this table, which lives as long as what is returned.
unsafe fn borrowed(data: *const ()) -> ManuallyDrop<Arc<Watched>> {
    // SAFETY: by the caller's promise, it is a count of an `Arc` of a `Watched`.
    ManuallyDrop::new(unsafe { Arc::from_raw(data.cast()) })
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: called with the data of a live waker.
    let watched = unsafe { borrowed(data) };
    watched.cloned();
    RawWaker::new(Arc::into_raw(Arc::clone(&watched)).cast(), &TABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: called once, with the data of a waker that ends here.
    let watched: Arc<Watched> = unsafe { Arc::from_raw(data.cast()) };
    watched.wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: called with the data of a live waker.
    unsafe { borrowed(data) }.wake();
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: called once, with the data of a waker that ends here.
    drop::<Arc<Watched>>(unsafe { Arc::from_raw(data.cast()) });
}

//! The two halves of a connection, and their wakers.

use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

use crate::internal::lock;

/// The reading or writing half of a connection. Two tasks may poll one half each.
#[derive(Clone, Copy)]
pub(super) enum Half {
    Reader,
    Writer,
}

impl Half {
    pub(super) fn other(self) -> Self {
        match self {
            Half::Reader => Half::Writer,
            Half::Writer => Half::Reader,
        }
    }
}

/// Latest waker of each waiting half. As a waker itself, it wakes both halves; a pause that both wait for uses it.
#[derive(Default)]
pub(super) struct HalfWakers {
    wakers: Mutex<[Option<Waker>; 2]>,
}

impl HalfWakers {
    /// Registers the waker of a waiting half.
    pub(super) fn register(&self, half: Half, waker: &Waker) {
        let waker = waker.clone();
        drop(self.replace(half, Some(waker)));
    }

    /// Clears the waker of a half that no longer waits.
    pub(super) fn clear(&self, half: Half) {
        drop(self.replace(half, None));
    }

    /// Wakes a half, if it waits.
    pub(super) fn wake_half(&self, half: Half) {
        if let Some(waker) = self.replace(half, None) {
            waker.wake();
        }
    }

    /// Replaces a waker and returns the old one. Drop it without holding the lock, because its destructor may run any
    /// code.
    fn replace(&self, half: Half, waker: Option<Waker>) -> Option<Waker> {
        std::mem::replace(&mut lock(&self.wakers)[half as usize], waker)
    }
}

impl Wake for HalfWakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let wakers = std::mem::take(&mut *lock(&self.wakers));
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

use crate::internal::lock;

/// The two sides of a connection that a task of its own may poll each.
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

/// The newest waker of each half that waits. As a waker itself, it wakes both: for what both wait for.
#[derive(Default)]
pub(super) struct Halves {
    wakers: Mutex<[Option<Waker>; 2]>,
}

impl Halves {
    /// The half waits, and is to be woken by `waker`.
    pub(super) fn wait(&self, half: Half, waker: &Waker) {
        let waker = waker.clone();
        drop(self.replace(half, Some(waker)));
    }

    /// The half does not wait.
    pub(super) fn go_on(&self, half: Half) {
        drop(self.replace(half, None));
    }

    /// Wakes the half, if it waits.
    pub(super) fn wake_half(&self, half: Half) {
        if let Some(waker) = self.replace(half, None) {
            waker.wake();
        }
    }

    /// What is returned has to be dropped without the lock, as anybody's code may run in that.
    fn replace(&self, half: Half, waker: Option<Waker>) -> Option<Waker> {
        std::mem::replace(&mut lock(&self.wakers)[half as usize], waker)
    }
}

impl Wake for Halves {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let wakers = std::mem::take(&mut *lock(&self.wakers));
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

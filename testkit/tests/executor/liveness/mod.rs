//! Tasks that are ready but not woken in time, and code that only looks like that.

mod by_design;
mod deadlocks;
mod hidden_wakers;
mod messages;
mod spurious_polls;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// A flag that one task raises and another waits for.
#[derive(Clone, Default)]
struct Flag(Arc<State>);

#[derive(Default)]
struct State {
    is_raised: AtomicBool,
    waker: AtomicWaker,
}

impl Flag {
    fn raise(&self) {
        self.set();
        self.wake();
    }

    /// Raises the flag without waking the task that waits for it.
    fn set(&self) {
        self.0.is_raised.store(true, Ordering::Relaxed);
    }

    fn wake(&self) {
        self.0.waker.wake();
    }

    fn is_raised(&self) -> bool {
        self.0.is_raised.load(Ordering::Relaxed)
    }

    /// Waits for the flag. Without `registers`, this registers no waker.
    fn raised(&self, registers: bool) -> Raised {
        Raised { flag: self.clone(), registers }
    }
}

struct Raised {
    flag: Flag,
    registers: bool,
}

impl Future for Raised {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.registers {
            self.flag.0.waker.register(context.waker());
        }
        if self.flag.is_raised() { Poll::Ready(()) } else { Poll::Pending }
    }
}

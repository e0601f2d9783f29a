use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use crate::internal::lock;

/// What a task is given that has asked the step loop for something.
#[derive(Default)]
pub(crate) struct Ticket {
    is_granted: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Ticket {
    /// It has been done.
    pub(crate) fn grant(&self) {
        self.is_granted.store(true, Ordering::Relaxed);
        let waker = lock(&self.waker).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Ready once it has been done.
pub(super) struct Granted(pub(super) Arc<Ticket>);

impl Future for Granted {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.is_granted.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        *lock(&self.0.waker) = Some(context.waker().clone());
        Poll::Pending
    }
}

//! The future returned by `Sim::cancel_anywhere`.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::handle::Sim;

/// A future that the schedule may drop at one of its awaits.
pub(super) struct CancelAnywhere<F> {
    sim: Sim,
    /// `None` once the future has completed or was dropped. Boxed, so that it can be dropped before `self`.
    future: Option<Pin<Box<F>>>,
    /// Whether the future was polled, and waits.
    is_waiting: bool,
}

impl<F> CancelAnywhere<F> {
    pub(super) fn new(sim: Sim, future: F) -> Self {
        CancelAnywhere { sim, future: Some(Box::pin(future)), is_waiting: false }
    }
}

impl<F: Future> Future for CancelAnywhere<F> {
    type Output = Option<F::Output>;

    /// # Panics
    /// Panics if it is polled after completion.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // A future that was woken may have received something, such as a message, that its drop must not lose.
        if self.is_waiting && self.sim.chooses_cancel() {
            self.future = None;
            return Poll::Ready(None);
        }
        let future = self.future.as_mut().expect("`cancel_anywhere` polled after completion");
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            self.future = None;
            return Poll::Ready(Some(output));
        }
        if self.sim.chooses_cancel() {
            self.future = None;
            return Poll::Ready(None);
        }
        self.is_waiting = true;
        Poll::Pending
    }
}

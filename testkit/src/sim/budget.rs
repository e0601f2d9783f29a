//! The budget of tokio's cooperative scheduling, set before a poll, which preempts it.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use tokio::runtime::Runtime;
use tokio::task::coop::{RestoreOnPending, has_budget_remaining, poll_proceed};

/// How many operations a poll has that is not preempted: tokio's own number, less the one that setting it takes. Never
/// unlimited, or a loop over a channel that is always ready would not come back.
pub(crate) const USUAL: u32 = 127;

/// Whether this thread's budget is used up.
#[inline]
pub(crate) fn is_spent() -> bool {
    !has_budget_remaining()
}

/// How many operations this thread's budget has left, as far as it has one.
pub(crate) fn left() -> u32 {
    let mut context = Context::from_waker(Waker::noop());
    // It restores all that is taken behind it.
    let Poll::Ready(_all) = poll_proceed(&mut context) else { return 0 };
    let mut left = 1;
    while let Poll::Ready(one) = poll_proceed(&mut context) {
        one.made_progress();
        left += 1;
    }
    left
}

/// Tokens, each of which sets the budget of its thread to its own number when it is dropped: tokio restores with them what
/// an operation took that made no progress.
pub(crate) struct Budget {
    tokens: Vec<Option<RestoreOnPending>>,
}

impl Budget {
    /// Mints the tokens. A task of tokio has a budget of 128, each operation of which leaves one less.
    pub(crate) fn new(runtime: &Runtime) -> Self {
        let mut tokens: Vec<_> = (0..=128).map(|_| None).collect();
        runtime.block_on(poll_fn(|context| {
            for token in tokens.iter_mut().skip(1).rev() {
                if let Poll::Ready(minted) = poll_proceed(context) {
                    *token = Some(minted);
                }
            }
            Poll::Ready(())
        }));
        Budget { tokens }
    }

    /// Sets the budget of this thread to `operations`, 127 at the most: with the next one, tokio says that it is pending,
    /// and wakes the task at once. It holds until it is set again; what tokio itself runs has a budget of its own.
    #[inline(always)]
    pub(crate) fn set(&mut self, operations: u32) {
        let token = &mut self.tokens[operations as usize + 1];
        *token = None;
        *token = match poll_proceed(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(minted) => Some(minted),
            Poll::Pending => None,
        };
    }
}

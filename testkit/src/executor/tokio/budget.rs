//! Controls the budget of tokio's cooperative scheduling, to preempt polls.

use std::fmt::{self, Write};
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use tokio::runtime::Runtime;
use tokio::task::coop::{RestoreOnPending, has_budget_remaining, poll_proceed};

/// Number of operations that a poll may do if it is not preempted: tokio's budget minus the operation that setting it
/// takes. The number is limited, because a loop over a channel that is always ready would otherwise never return.
pub(crate) const FULL_BUDGET: u32 = 127;

/// Returns whether the budget of this thread is used up.
#[inline]
pub(crate) fn is_spent() -> bool {
    !has_budget_remaining()
}

/// Returns how many operations are left in the budget of this thread. The thread must have a limited budget.
pub(crate) fn left() -> u32 {
    let mut context = Context::from_waker(Waker::noop());
    // Dropping this token restores the operations that are taken after it.
    let Poll::Ready(all) = poll_proceed(&mut context) else { return 0 };
    number_in(&all).unwrap_or_else(|| 1 + use_up(&mut context))
}

/// Returns the number in the `Debug` output of a token. It cannot be read in any other way.
fn number_in(token: &impl fmt::Debug) -> Option<u32> {
    let mut number = FirstNumber(None);
    // `FirstNumber` returns an error to stop at the number.
    _ = write!(number, "{token:?}");
    number.0
}

/// Writer that finds the first written piece that is a number.
struct FirstNumber(Option<u32>);

impl Write for FirstNumber {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0 = piece.parse().ok();
        if self.0.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Uses up the remaining operations. Returns how many there were.
fn use_up(context: &mut Context<'_>) -> u32 {
    let mut count = 0;
    while let Poll::Ready(one) = poll_proceed(context) {
        one.made_progress();
        count += 1;
    }
    count
}

/// Tokens that set the budget of the current thread. A dropped token sets the budget to the number that it remembers.
/// tokio uses such tokens to restore the budget after an operation that made no progress.
pub(crate) struct Budget {
    tokens: Vec<Option<RestoreOnPending>>,
}

impl Budget {
    /// Creates the tokens. A tokio task has a budget of 128, and each operation takes 1.
    pub(crate) fn new(runtime: &Runtime) -> Self {
        let mut tokens: Vec<_> = (0..=128).map(|_| None).collect();
        runtime.block_on(poll_fn(|context| {
            for token in tokens.iter_mut().skip(1).rev() {
                if let Poll::Ready(restore) = poll_proceed(context) {
                    *token = Some(restore);
                }
            }
            Poll::Ready(())
        }));
        Budget { tokens }
    }

    /// Sets the budget of this thread to `operations`, at most 127. The operation after these returns `Pending` and
    /// wakes the task at once. The budget stays until it is set again. Tasks that tokio itself runs have their own
    /// budget.
    #[inline(always)]
    pub(crate) fn set(&mut self, operations: u32) {
        let token = &mut self.tokens[operations as usize + 1];
        *token = None;
        *token = match poll_proceed(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(restore) => Some(restore),
            Poll::Pending => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails if the `Debug` output of a token no longer contains the number. Operations are then counted by using them
    /// up, which is five times slower.
    #[test]
    fn the_remaining_budget_equals_the_budget_that_was_set() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut budget = Budget::new(&runtime);
        for operations in [0, 1, 2, 9, 10, 126, FULL_BUDGET] {
            budget.set(operations);
            assert_eq!(left(), operations);
            assert_eq!(left(), operations, "reading it takes no operation");
            let context = &mut Context::from_waker(Waker::noop());
            if let Poll::Ready(token) = poll_proceed(context) {
                assert_eq!(number_in(&token), Some(operations));
            }
            assert_eq!(use_up(context), operations);
            assert!(is_spent());
        }
    }
}

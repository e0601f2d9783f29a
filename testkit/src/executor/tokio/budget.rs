//! The budget of tokio's cooperative scheduling, set before a poll, which preempts it.

use std::fmt::{self, Write};
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

/// How many operations this thread's budget has left; it has one.
pub(crate) fn left() -> u32 {
    let mut context = Context::from_waker(Waker::noop());
    // It restores all that is taken behind it.
    let Poll::Ready(all) = poll_proceed(&mut context) else { return 0 };
    told_by(&all).unwrap_or_else(|| 1 + used_up(&mut context))
}

/// The number that a token tells in its debug output, which is the only place where one can read it.
fn told_by(token: &impl fmt::Debug) -> Option<u32> {
    let mut number = FirstNumber(None);
    // It breaks off at the number.
    _ = write!(number, "{token:?}");
    number.0
}

/// The first number of what is written to it in pieces.
struct FirstNumber(Option<u32>);

impl Write for FirstNumber {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0 = piece.parse().ok();
        if self.0.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Takes operations until none is left, and tells how many they were.
fn used_up(context: &mut Context<'_>) -> u32 {
    let mut count = 0;
    while let Poll::Ready(one) = poll_proceed(context) {
        one.made_progress();
        count += 1;
    }
    count
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

#[cfg(test)]
mod tests {
    use super::*;

    /// It fails where a token of another tokio tells nothing: then operations are counted by using them up, five times slower.
    #[test]
    fn what_is_left_is_told_and_is_so() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut budget = Budget::new(&runtime);
        for operations in [0, 1, 2, 9, 10, 126, USUAL] {
            budget.set(operations);
            assert_eq!(left(), operations);
            assert_eq!(left(), operations, "it takes nothing");
            let context = &mut Context::from_waker(Waker::noop());
            if let Poll::Ready(token) = poll_proceed(context) {
                assert_eq!(told_by(&token), Some(operations));
            }
            assert_eq!(used_up(context), operations);
            assert!(is_spent());
        }
    }
}

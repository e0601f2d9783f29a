//! One direction of a value wrapped by `chaos`, and the decisions about its operations.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use crate::internal::duration_text;
use crate::sim::Decider;

/// The effects that are allowed.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) name: String,
    pub(super) is_short: bool,
    pub(super) is_pending: bool,
    pub(super) delay: Option<Duration>,
}

/// The operations in one direction: reads, writes or flushes.
#[derive(Debug)]
pub(super) struct Direction {
    decider: Decider,
    /// Number of bytes or items moved so far.
    position: usize,
    /// The decisions for the current operation; set on its first poll.
    plan: Option<Plan>,
    has_failed: bool,
}

/// Decisions for one operation.
#[derive(Debug)]
struct Plan {
    wait: Wait,
    fails: bool,
    /// Maximum number of units that it may move.
    max: usize,
}

/// Wait of an operation before it proceeds.
#[derive(Debug)]
enum Wait {
    Done,
    /// `Pending` once, with an immediate wake.
    Once,
    Delay(Pin<Box<Sleep>>),
}

/// An operation, as described in reports.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// Name of the unit: `byte` or `item`.
    pub(super) unit: &'static str,
    /// Verb for moving units, as in "returned 1 byte".
    pub(super) verb: &'static str,
    /// Number of units that it could move.
    pub(super) size: usize,
}

/// Decision for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The operation fails.
    Fails,
    /// The operation proceeds and moves at most this many units.
    Moves(usize),
}

impl Direction {
    #[track_caller]
    pub(super) fn new() -> Self {
        Direction { decider: Decider::new("`chaos`"), position: 0, plan: None, has_failed: false }
    }

    /// Takes over the position of another direction.
    pub(super) fn at_position_of(&mut self, other: &Direction) -> &mut Self {
        self.position = other.position;
        self
    }

    /// Decides about the operation on its first poll, and waits if the decision is a delay or a `Pending`. `errors`
    /// states whether it may fail.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        operation: Operation,
        rules: &Rules,
        errors: Errors,
    ) -> Poll<Decision> {
        let plan = match &mut self.plan {
            Some(plan) => plan,
            None => {
                let plan = self.decide(operation, rules, errors);
                self.plan.insert(plan)
            }
        };
        match &mut plan.wait {
            Wait::Done => {}
            Wait::Once => {
                plan.wait = Wait::Done;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Wait::Delay(sleep) => {
                ready!(sleep.as_mut().poll(context));
                plan.wait = Wait::Done;
            }
        }
        Poll::Ready(if plan.fails { Decision::Fails } else { Decision::Moves(plan.max) })
    }

    /// Ends the operation, which has moved this many units.
    pub(super) fn finish(&mut self, moved: usize) {
        self.plan = None;
        self.position += moved;
    }

    fn decide(&mut self, operation: Operation, rules: &Rules, errors: Errors) -> Plan {
        let Operation { name, unit, verb, size } = operation;
        let position = self.position;
        let subject = || format!("the {name} at {unit} {position} of {}", rules.name);
        let mut effects = vec![Effect::Nothing];
        effects.extend(rules.is_pending.then_some(Effect::Pending));
        for divisor in [1, 2, 10] {
            effects.extend(rules.delay.map(|delay| Effect::Delay(delay / divisor)));
        }
        effects.extend((errors == Errors::Anywhere).then_some(Effect::Fails));
        let effect = effects[self.decider.decide(position, effects.len(), |effect| match effects[effect] {
            Effect::Nothing => format!("{} was unaffected", subject()),
            Effect::Pending => format!("{} returned `Pending` once", subject()),
            Effect::Delay(time) => format!("{} was {} late", subject(), duration_text(time)),
            Effect::Fails => format!("{} failed", subject()),
        })];
        let mut plan = Plan { wait: Wait::Done, fails: false, max: usize::MAX };
        match effect {
            Effect::Nothing => {}
            Effect::Pending => plan.wait = Wait::Once,
            Effect::Delay(time) => plan.wait = Wait::Delay(Box::pin(sleep(time))),
            Effect::Fails => plan.fails = true,
        }
        if let Errors::At(at) = errors
            && !self.has_failed
            && at < position + size.max(1)
        {
            match at.checked_sub(position).filter(|&before| before > 0) {
                // Everything before the error goes through.
                Some(before) => plan.max = before,
                None => plan.fails = true,
            }
        }
        if plan.fails {
            self.has_failed = true;
            return plan;
        }
        if rules.is_short {
            let max = size.min(plan.max);
            let moved = self.decider.transfer(position, max, &short_counts(max), |moved| match moved {
                1 => format!("{} {verb} 1 {unit}", subject()),
                moved => format!("{} {verb} {moved} {unit}s", subject()),
            });
            plan.max = plan.max.min(moved);
        }
        plan
    }
}

/// Effect that the schedule may choose for an operation.
#[derive(Clone, Copy)]
enum Effect {
    Nothing,
    Pending,
    Delay(Duration),
    Fails,
}

/// Positions at which operations fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errors {
    Nowhere,
    /// Once, at this byte or item.
    At(usize),
    /// Wherever the schedule decides.
    Anywhere,
}

impl Errors {
    /// Returns the rule for an operation that moves no bytes or items, and so never reaches a position.
    pub(super) fn without_position(self) -> Self {
        if let Errors::At(_) = self { Errors::Nowhere } else { self }
    }
}

/// Returns counts below `size`: a few small ones, half of `size`, and all but one.
fn short_counts(size: usize) -> Vec<usize> {
    let mut sizes = vec![1, 2, 3, size / 2, size.saturating_sub(1)];
    sizes.retain(|&short| short > 0 && short < size);
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_counts_are_positive_and_below_the_size() {
        assert_eq!(short_counts(0), [0; 0]);
        assert_eq!(short_counts(1), [0; 0]);
        assert_eq!(short_counts(2), [1]);
        assert_eq!(short_counts(100), [1, 2, 3, 50, 99]);
    }
}

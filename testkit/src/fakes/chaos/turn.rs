//! One direction of what `chaos` wraps: its operations, and what is decided of each.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use crate::internal::duration_text;
use crate::sim::Decider;

/// What may be decided.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) name: String,
    pub(super) is_short: bool,
    pub(super) is_pending: bool,
    pub(super) delay: Option<Duration>,
}

/// The operations in one direction.
#[derive(Debug)]
pub(super) struct Turn {
    decider: Decider,
    /// How many have gone through.
    place: usize,
    /// What is decided of the operation under way.
    plan: Option<Plan>,
    has_failed: bool,
}

#[derive(Debug)]
struct Plan {
    wait: Wait,
    fails: bool,
    most: usize,
}

#[derive(Debug)]
enum Wait {
    Over,
    Once,
    For(Pin<Box<Sleep>>),
}

/// An operation: what it is called, and how many units it may move.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// What is counted: bytes or items.
    pub(super) unit: &'static str,
    /// What it does with units: it has `returned` them, for example.
    pub(super) verb: &'static str,
    pub(super) size: usize,
}

/// What becomes of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It fails.
    Fails,
    /// It goes on, with so many units at most.
    Moves(usize),
}

impl Turn {
    #[track_caller]
    pub(super) fn new() -> Self {
        Turn { decider: Decider::new("`chaos`"), place: 0, plan: None, has_failed: false }
    }

    /// What it does comes behind so many bytes or items of another one.
    pub(super) fn behind(&mut self, other: &Turn) -> &mut Self {
        self.place = other.place;
        self
    }

    /// Decides what becomes of the operation, unless that is done already, and waits where that is decided. `errors` says
    /// whether it may fail.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        operation: Operation,
        rules: &Rules,
        errors: Errors,
    ) -> Poll<Verdict> {
        let plan = match &mut self.plan {
            Some(plan) => plan,
            None => {
                let plan = self.decide(operation, rules, errors);
                self.plan.insert(plan)
            }
        };
        match &mut plan.wait {
            Wait::Over => {}
            Wait::Once => {
                plan.wait = Wait::Over;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Wait::For(sleep) => {
                ready!(sleep.as_mut().poll(context));
                plan.wait = Wait::Over;
            }
        }
        Poll::Ready(if plan.fails { Verdict::Fails } else { Verdict::Moves(plan.most) })
    }

    /// The operation has come to its end, and has moved so many units.
    pub(super) fn done(&mut self, moved: usize) {
        self.plan = None;
        self.place += moved;
    }

    fn decide(&mut self, operation: Operation, rules: &Rules, errors: Errors) -> Plan {
        let Operation { name, unit, verb, size } = operation;
        let place = self.place;
        let what = || format!("the {name} at {unit} {place} of {}", rules.name);
        let mut ways = vec![Way::Usual];
        ways.extend(rules.is_pending.then_some(Way::Pending));
        for part in [1, 2, 10] {
            ways.extend(rules.delay.map(|delay| Way::Late(delay / part)));
        }
        ways.extend((errors == Errors::Anywhere).then_some(Way::Fails));
        let way = ways[self.decider.decide(place, ways.len(), |way| match ways[way] {
            Way::Usual => format!("{} was as usual", what()),
            Way::Pending => format!("{} was pending once, and woken at once", what()),
            Way::Late(time) => format!("{} was {} late", what(), duration_text(time)),
            Way::Fails => format!("{} failed", what()),
        })];
        let mut plan = Plan { wait: Wait::Over, fails: false, most: usize::MAX };
        match way {
            Way::Usual => {}
            Way::Pending => plan.wait = Wait::Once,
            Way::Late(time) => plan.wait = Wait::For(Box::pin(sleep(time))),
            Way::Fails => plan.fails = true,
        }
        if let Errors::At(at) = errors
            && !self.has_failed
            && at < place + size.max(1)
        {
            match at.checked_sub(place).filter(|&before| before > 0) {
                // What comes before it goes through.
                Some(before) => plan.most = before,
                None => plan.fails = true,
            }
        }
        if plan.fails {
            self.has_failed = true;
            return plan;
        }
        if rules.is_short {
            let most = size.min(plan.most);
            let moved = self.decider.cut(place, most, &short_of(most), |moved| match moved {
                1 => format!("{} {verb} 1 {unit}", what()),
                moved => format!("{} {verb} {moved} {unit}s", what()),
            });
            plan.most = plan.most.min(moved);
        }
        plan
    }
}

#[derive(Clone, Copy)]
enum Way {
    Usual,
    Pending,
    Late(Duration),
    Fails,
}

/// Where operations may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errors {
    Nowhere,
    /// Once, at this byte or item.
    At(usize),
    /// Where the schedule says so.
    Anywhere,
}

impl Errors {
    /// Of an operation that has no place of its own, as no byte or item goes by it.
    pub(super) fn without_place(self) -> Self {
        if let Errors::At(_) = self { Errors::Nowhere } else { self }
    }
}

/// Fewer than `size`: one, some, and all but one.
fn short_of(size: usize) -> Vec<usize> {
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
    fn what_is_short_is_less_and_something() {
        assert_eq!(short_of(0), [0; 0]);
        assert_eq!(short_of(1), [0; 0]);
        assert_eq!(short_of(2), [1]);
        assert_eq!(short_of(100), [1, 2, 3, 50, 99]);
    }
}

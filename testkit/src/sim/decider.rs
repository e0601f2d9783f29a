//! Decisions of fakes, as choices of the schedule.

use std::panic::Location;

use super::handle::Sim;
use crate::executor::World;
use crate::schedule::ChoiceKey;
use crate::scheduler::Transfer;
use crate::trace::{Decision, Event};

/// Lets the schedule decide how a fake behaves. Each decision is a choice; the default is normal behavior.
#[derive(Debug)]
pub(crate) struct Decider {
    sim: Sim,
    /// Number of this decider in the run.
    number: u32,
    /// Position of the last decision; `usize::MAX` before the first.
    position: usize,
    /// Number of decisions made at that position.
    decided: u32,
    /// Random schedulers deviate in one of this many decisions.
    one_in: u32,
}

impl Decider {
    /// Creates a decider in the current simulation. `what` describes the decisions in the panic message.
    ///
    /// # Panics
    /// Panics outside of a simulation.
    #[track_caller]
    pub(crate) fn new(what: &str) -> Self {
        let Some(sim) = Sim::try_current() else {
            panic!(
                "{what} is decided by the schedule of a simulation, but {} is not in one: use `#[testkit::test]`",
                Location::caller()
            );
        };
        let world = sim.world();
        let number = world.fakes.decider_count.replace(world.fakes.decider_count.get() + 1);
        let one_in = world.choices.borrow().odds(number);
        Decider { sim, number, position: usize::MAX, decided: 0, one_in }
    }

    /// Chooses one of `count` behaviors at `position`, the number of a byte or a call. Decisions at one position must
    /// be consecutive. Returns 0, the default, once the run is over. `describe` describes a deviation in a sentence.
    pub(crate) fn decide(&mut self, position: usize, count: usize, describe: impl FnOnce(usize) -> String) -> usize {
        if self.sim.try_world().is_none_or(|world| world.is_spurious_poll.get()) {
            return 0;
        }
        if self.position != position {
            (self.position, self.decided) = (position, 0);
        }
        self.decided += 1;
        self.decide_at(position, self.decided - 1, count, describe)
    }

    /// Like [`Decider::decide`], for positions in any order. `index` numbers the decisions at one position.
    pub(crate) fn decide_at(
        &self,
        position: usize,
        index: u32,
        count: usize,
        describe: impl FnOnce(usize) -> String,
    ) -> usize {
        let Some(world) = self.sim.try_world() else { return 0 };
        let key = ChoiceKey::Decide { fake: self.number, position: position as u32, index };
        let chosen = world.choices.borrow_mut().decide(key, count as u32, self.one_in) as usize;
        if chosen != 0 {
            self.record_decision(&world, key, || describe(chosen));
        }
        chosen
    }

    /// Chooses the length of a transfer that starts at byte `start` and could take `size` bytes. Random schedulers
    /// choose all of them or one of `short_sizes`. `describe` describes a short transfer in a sentence.
    pub(crate) fn transfer(
        &mut self,
        start: usize,
        size: usize,
        short_sizes: &[usize],
        describe: impl FnOnce(usize) -> String,
    ) -> usize {
        let Some(world) = self.sim.try_world() else { return size };
        let ends: Vec<u32> = short_sizes.iter().map(|short| (start + short) as u32).collect();
        if world.is_spurious_poll.get() {
            return size;
        }
        let (fake, one_in) = (self.number, self.one_in);
        let transfer = Transfer { fake, start: start as u32, size: size as u32, ends: &ends, one_in };
        let Some(end) = world.choices.borrow_mut().short_transfer(&transfer) else { return size };
        let short = end as usize - start;
        self.record_decision(&world, ChoiceKey::ShortTransfer { fake, end }, || describe(short));
        short
    }

    fn record_decision(&self, world: &World, key: ChoiceKey, sentence: impl FnOnce() -> String) {
        if world.is_explaining() {
            let text = sentence();
            world.record(|| Event::Decision { text: text.clone() });
            world.fakes.decisions.borrow_mut().push(Decision { key, text });
        }
    }
}

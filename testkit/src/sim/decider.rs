use std::panic::Location;

use super::handle::Sim;
use crate::executor::World;
use crate::schedule::ChoiceKey;
use crate::scheduler::Cut;
use crate::trace::Event;

/// What a fake has the schedule decide: each decision is a choice, whose default is that nothing unusual happens.
#[derive(Debug)]
pub(crate) struct Decider {
    sim: Sim,
    /// Its number among the deciders of the run.
    number: u32,
    /// Where something was decided last, and how often.
    place: usize,
    decided: u32,
    /// One decision in so many is other than the default, where choices are at random.
    once_in: u32,
}

impl Decider {
    /// A decider of the simulation that the caller is in, for `what`.
    ///
    /// # Panics
    /// Outside of a simulation.
    #[track_caller]
    pub(crate) fn new(what: &str) -> Self {
        let Some(sim) = Sim::try_current() else {
            panic!(
                "{what} is decided by the schedule of a simulation, and at {} there is none: make it a `#[testkit::test]`",
                Location::caller()
            );
        };
        let world = sim.world();
        let number = world.fakes.deciders.replace(world.fakes.deciders.get() + 1);
        let once_in = world.choices.borrow().temper(number);
        Decider { sim, number, place: usize::MAX, decided: 0, once_in }
    }

    /// One of `count` ways in which the thing number `place` may go, a byte's or a call's, of which 0 is the usual one.
    /// `describe` makes a sentence of a way. Once the run is over, it is the usual one.
    pub(crate) fn decide(&mut self, place: usize, count: usize, describe: impl FnOnce(usize) -> String) -> usize {
        if self.sim.try_world().is_none_or(|world| world.is_probing.get()) {
            return 0;
        }
        if self.place != place {
            (self.place, self.decided) = (place, 0);
        }
        self.decided += 1;
        self.decide_at(place, self.decided - 1, count, describe)
    }

    /// The same for places that come in any order: what is decided at one has the number `at`.
    pub(crate) fn decide_at(
        &self,
        place: usize,
        at: u32,
        count: usize,
        describe: impl FnOnce(usize) -> String,
    ) -> usize {
        let Some(world) = self.sim.try_world() else { return 0 };
        let key = ChoiceKey::Decide { fake: self.number, place: place as u32, at };
        let way = world.choices.borrow_mut().decide(key, count as u32, self.once_in) as usize;
        if way != 0 {
            self.tell(&world, key, || describe(way));
        }
        way
    }

    /// How many bytes an operation moves that is at the byte `from` and could move `size`: at random all of them, or one of
    /// `counts`. `describe` makes a sentence of fewer than all.
    pub(crate) fn cut(
        &mut self,
        from: usize,
        size: usize,
        counts: &[usize],
        describe: impl FnOnce(usize) -> String,
    ) -> usize {
        let Some(world) = self.sim.try_world() else { return size };
        let places: Vec<u32> = counts.iter().map(|count| (from + count) as u32).collect();
        if world.is_probing.get() {
            return size;
        }
        let (fake, once_in) = (self.number, self.once_in);
        let cut = Cut { fake, from: from as u32, size: size as u32, places: &places, once_in };
        let Some(place) = world.choices.borrow_mut().cut(&cut) else { return size };
        let count = place as usize - from;
        self.tell(&world, ChoiceKey::Cut { fake, place }, || describe(count));
        count
    }

    fn tell(&self, world: &World, key: ChoiceKey, sentence: impl FnOnce() -> String) {
        if world.is_explaining() {
            let text = sentence();
            world.record(|| Event::Decision { text: text.clone() });
            world.fakes.decisions.borrow_mut().push((key, text));
        }
    }
}

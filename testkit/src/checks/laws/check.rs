//! The ways in which a subject is polled, so that each law would be seen broken.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::panic::Location;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::outcome::Outcome;
use super::race::Race;
use super::run::{Bench, Plan, Ran, run};
use super::subject::{Breach, Subject};
use super::watch::Watch;
use super::{Broken, Case, Law, Make};

/// How many polls of a subject are each tried as the one before which it is dropped, or in which an event comes between.
const MOST_PLACES: usize = 48;

/// After how many operations an endless subject is at its end, unless it is said otherwise.
const MOST_OPERATIONS: usize = 1000;

/// In how many clones of a waker in one poll an event comes between.
const MOST_CLONES: usize = 4;

/// How long a poll, an event or a task may take, in real time.
const LIMIT: Duration = Duration::from_secs(10);

/// In how many ways sizes of buffers and the like are chosen.
pub(super) const VARIANTS: usize = 4;

/// A check of all laws that a subject is under: what the functions of [`laws`](super) begin.
#[must_use = "`check` checks it"]
pub struct Laws {
    make: Box<Make>,
    allowed: BTreeSet<Law>,
    most: usize,
    is_in_any_order: bool,
    limit: Duration,
    place: &'static Location<'static>,
}

impl Laws {
    pub(super) fn new(
        place: &'static Location<'static>,
        make: impl Fn(&mut Case, usize) -> Box<dyn Subject> + Send + 'static,
    ) -> Self {
        let make = Box::new(make);
        Laws { make, allowed: BTreeSet::new(), most: MOST_OPERATIONS, is_in_any_order: false, limit: LIMIT, place }
    }

    /// Allows the subject to break a law, as its own documentation does. The other laws are checked as before.
    pub fn allow(mut self, law: Law) -> Self {
        self.allowed.insert(law);
        self
    }

    /// After how many operations a subject without an end is taken to be at it: 1,000 by default.
    pub fn at_most(mut self, operations: usize) -> Self {
        self.most = operations;
        self
    }

    /// Compares what comes of a stream without its order: which of several sources comes first may depend on when it is
    /// polled.
    pub fn in_any_order(mut self) -> Self {
        self.is_in_any_order = true;
        self
    }

    /// Checks that the subject keeps all laws.
    ///
    /// # Panics
    /// If it breaks one; the message says which, and after which polls. If the function that makes the subject, one of its
    /// events, or the subject itself panics, the latter where it is polled only after wakes.
    #[track_caller]
    pub fn check(self) {
        if let Err(broken) = self.verdict() {
            panic!("{broken}");
        }
    }

    /// Whether the subject keeps all laws.
    ///
    /// # Errors
    /// The first one that it breaks.
    ///
    /// # Panics
    /// If the function that makes the subject, one of its events, or the subject itself panics, the latter where it is polled
    /// only after wakes.
    pub fn verdict(self) -> Result<(), Broken> {
        let (place, limit) = (self.place, self.limit);
        let watch = Arc::new(Watch::default());
        let watched = watch.clone();
        let (end, is_ended) = mpsc::channel::<Infallible>();
        // A thread of its own: it may be called inside of a runtime, where none can be driven; and what blocks can be left
        // behind.
        let check = move || {
            let _end = end;
            self.check_all(&watched)
        };
        let checking = thread::Builder::new().name("laws".to_owned()).spawn(check);
        let checking = checking.expect("the system has a thread for a test");
        let checked = loop {
            match is_ended.recv_timeout(limit / 8) {
                Ok(never) => match never {},
                Err(RecvTimeoutError::Disconnected) => {
                    break checking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(broken) = watch.overdue(limit) {
                break Err(broken);
            }
        };
        checked.map_err(|broken| Broken { place: Some(place), ..broken })
    }

    fn check_all(&self, watch: &Watch) -> Result<(), Broken> {
        let bench = Bench { make: &self.make, allowed: &self.allowed, watch, held: Cell::new(0) };
        let plan = Plan { most: self.most, ..Plan::default() };
        let plain = self.run(&bench, plan, None)?;
        if let Some(panic) = &plain.panic {
            panic!("what is checked panicked: {panic}\n{}", watch.history());
        }
        let expected = plain.outcome.as_ref();
        let often = Plan { is_fresh: true, again: 1, ..plan };
        self.run(&bench, Plan { again: 2, ..plan }, expected)?;
        let fresh = self.run(&bench, Plan { is_fresh: true, ..plan }, expected)?;
        let polls = self.run(&bench, often, expected)?.clones.len();
        for variant in 1..VARIANTS {
            self.run(&bench, Plan { variant, ..plan }, expected)?;
            self.run(&bench, Plan { variant, ..often }, expected)?;
        }
        for (is_fresh, clones) in [(false, &plain.clones), (true, &fresh.clones)] {
            let places = clones.iter().enumerate().filter(|(_, clones)| **clones > 0).take(MOST_PLACES);
            for (poll, &clones) in places {
                for clone in 0..clones.min(MOST_CLONES) {
                    let race = Some(Race { poll, clone });
                    self.run(&bench, Plan { race, is_fresh, ..plan }, expected)?;
                }
            }
        }
        // Every other poll is without a wake: it is dropped once it was woken, and while it waits.
        for drop in 0..polls.min(2 * MOST_PLACES) {
            self.run(&bench, Plan { drop: Some(drop), ..often }, None)?;
        }
        Ok(())
    }

    /// Polls a subject as planned, and compares what comes of it.
    fn run(&self, bench: &Bench<'_>, plan: Plan, expected: Option<&Outcome>) -> Result<Ran, Broken> {
        let runtime = runtime();
        let ran = run(bench, plan, &runtime);
        // Threads that are busy for it are not waited for.
        runtime.shutdown_background();
        let mut ran = ran?;
        if let Some(outcome) = ran.outcome.as_mut().filter(|_| self.is_in_any_order) {
            outcome.sort();
        }
        if let Some(seen) = expected.and_then(|expected| self.difference(&ran, expected)) {
            return Err(bench.broken(Breach::new(Law::SameOutcome, seen)));
        }
        match ran.breach.take() {
            Some(breach) => Err(bench.broken(breach)),
            None => Ok(ran),
        }
    }

    /// How what has come of a run differs from what was expected.
    fn difference(&self, ran: &Ran, expected: &Outcome) -> Option<String> {
        let outcome = ran.outcome.as_ref().filter(|_| !self.allowed.contains(&Law::SameOutcome))?;
        if let Some(panic) = &ran.panic {
            return Some(format!("it panicked, which it did not when it was polled only after wakes: {panic}"));
        }
        // Of two beginnings in any order, there is nothing to compare.
        if outcome.agrees(expected) || self.is_in_any_order && (outcome.is_endless || expected.is_endless) {
            return None;
        }
        let [is, was] = outcome.difference(expected);
        Some(format!("it came to            {is}\n           only after wakes, to  {was}"))
    }
}

impl fmt::Debug for Laws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Laws").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().expect("the system has what a runtime needs")
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::sync::Mutex;
    use std::task::Poll;

    use super::*;
    use crate::laws;

    /// The report on something that does not return.
    #[track_caller]
    fn blocked(laws: Laws) -> String {
        let limit = Duration::from_millis(40);
        let broken = Laws { limit, ..laws }.verdict().unwrap_err();
        assert_eq!(broken.law(), Law::NeverBlocks, "{broken}");
        broken.to_string()
    }

    fn block() -> ! {
        loop {
            thread::park();
        }
    }

    #[test]
    fn a_poll_that_blocks() {
        let text = blocked(laws::future(|_| poll_fn(|_| -> Poll<()> { block() })));
        assert!(text.contains("seen     poll has not returned for 40ms"), "{text}");
    }

    #[test]
    #[expect(clippy::await_holding_lock, reason = "it is the mistake")]
    fn a_lock_that_is_held_between_polls() {
        let text = blocked(laws::future(|case| {
            let state = Arc::new(Mutex::new(7));
            let event = state.clone();
            case.then(move || *event.lock().unwrap() = 8);
            async move {
                let state = state.lock().unwrap();
                pending::<()>().await;
                drop(state);
            }
        }));
        assert!(text.contains("seen     event 1 has not returned"), "{text}");
        assert!(text.contains("1  poll  A      pending"), "{text}");
    }

    #[test]
    fn an_event_that_blocks() {
        let text = blocked(laws::future(|case| {
            case.then(|| block());
            pending::<()>()
        }));
        assert!(text.contains("seen     event 1 has not returned"), "{text}");
    }

    #[test]
    fn a_drop_that_blocks() {
        struct Joins;
        impl Drop for Joins {
            fn drop(&mut self) {
                block();
            }
        }
        let text = blocked(laws::future(|_| {
            let joins = Joins;
            async move { drop(joins) }
        }));
        assert!(text.contains("has not returned"), "{text}");
    }

    #[test]
    fn what_makes_the_subject_blocks() {
        let text = blocked(laws::future(|_| -> std::future::Ready<()> { block() }));
        assert!(text.contains("seen     the function that makes the subject has not returned"), "{text}");
    }
}

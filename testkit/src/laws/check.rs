//! The ways in which a subject is polled, so that each law would be seen broken.

use std::collections::BTreeSet;
use std::fmt;
use std::panic::Location;
use std::thread;

use tokio::runtime::{Builder, Runtime};

use super::run::{Plan, Ran, run};
use super::subject::Subject;
use super::{Broken, Case, Law, Make};

/// How many polls of a subject are each tried as the one before which it is dropped, or in which an event comes between.
const MOST_PLACES: usize = 48;

/// After how many operations an endless subject is at its end, unless it is said otherwise.
const MOST_OPERATIONS: usize = 1000;

/// In how many ways sizes of buffers and the like are chosen.
pub(super) const VARIANTS: usize = 4;

/// A check of all laws that a subject is under: what the functions of [`laws`](super) begin.
#[must_use = "`check` checks it"]
pub struct Laws {
    make: Box<Make>,
    allowed: BTreeSet<Law>,
    most: usize,
    place: &'static Location<'static>,
}

impl Laws {
    pub(super) fn new(
        place: &'static Location<'static>,
        make: impl Fn(&mut Case, usize) -> Box<dyn Subject> + Send + 'static,
    ) -> Self {
        Laws { make: Box::new(make), allowed: BTreeSet::new(), most: MOST_OPERATIONS, place }
    }

    /// Allows the subject to break a law, as its own documentation does.
    pub fn allow(mut self, law: Law) -> Self {
        self.allowed.insert(law);
        self
    }

    /// After how many operations a subject without an end is taken to be at it: 1,000 by default.
    pub fn at_most(mut self, operations: usize) -> Self {
        self.most = operations;
        self
    }

    /// Checks that the subject keeps all laws.
    ///
    /// # Panics
    /// If it breaks one; the message says which, and after which polls. If the function that makes the subject, or one of
    /// its events, panics.
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
    /// If the function that makes the subject, or one of its events, panics.
    pub fn verdict(self) -> Result<(), Broken> {
        let place = self.place;
        // A thread of its own: it may be called inside of a runtime, where none can be driven.
        let checking = thread::Builder::new().name("laws".to_owned()).spawn(move || self.check_all());
        let checked = checking.expect("the system has a thread for a test").join();
        let checked = checked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        checked.map_err(|broken| Broken { place: Some(place), ..broken })
    }

    fn check_all(self) -> Result<(), Broken> {
        let plan = Plan { most: self.most, ..Plan::default() };
        let reference = self.run(plan, None)?.filter(|ran| ran.panic.is_none());
        let Some(reference) = reference else { return Ok(()) };
        for plan in
            [Plan { again: 2, ..plan }, Plan { is_fresh: true, ..plan }, Plan { is_fresh: true, again: 1, ..plan }]
        {
            self.run(plan, Some(&reference))?;
        }
        for variant in 1..VARIANTS {
            self.run(Plan { variant, ..plan }, Some(&reference))?;
            self.run(Plan { variant, is_fresh: true, again: 1, ..plan }, Some(&reference))?;
        }
        for race in 0..reference.pendings.min(MOST_PLACES) {
            self.run(Plan { race: Some(race), ..plan }, Some(&reference))?;
            self.run(Plan { race: Some(race), is_fresh: true, ..plan }, Some(&reference))?;
        }
        for drop in 0..reference.polls.min(MOST_PLACES) {
            self.run(Plan { drop: Some(drop), is_fresh: true, ..plan }, None)?;
        }
        Ok(())
    }

    /// Polls a subject as planned, and compares what comes of it. Nothing, where it broke a law that it may break.
    fn run(&self, plan: Plan, reference: Option<&Ran>) -> Result<Option<Ran>, Broken> {
        let ran = match run(&self.make, plan, &runtime()) {
            Err(broken) if self.allowed.contains(&broken.law) => return Ok(None),
            ran => ran?,
        };
        let Some(reference) = reference else {
            // Of the first run, a panic is the test's own.
            return match ran.panic {
                Some(panic) => panic!("what is checked panicked: {panic}\n{}", ran.history),
                None => Ok(Some(ran)),
            };
        };
        let is_same = ran.panic.is_none() && ran.outcome == reference.outcome;
        if is_same || self.allowed.contains(&Law::SameOutcome) {
            return Ok(Some(ran));
        }
        let seen = match ran.panic {
            Some(panic) => format!("it panicked, which it did not when it was polled only after wakes: {panic}"),
            None => format!(
                "it came to\n      {}\n  and, polled only after wakes, to\n      {}",
                ran.outcome, reference.outcome
            ),
        };
        Err(Broken { law: Law::SameOutcome, seen, history: ran.history, place: None })
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

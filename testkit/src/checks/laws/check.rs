//! Chooses the ways to poll a subject that reveal violations of each law.

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

/// Maximum number of polls that are tried as the point of a drop, or of an event during the poll.
const MAX_PLACES: usize = 48;

/// Default number of operations after which an endless subject is treated as ended.
const DEFAULT_OPERATIONS: usize = 1000;

/// Maximum number of waker clones in one poll that are tried as the point of an event.
const MAX_CLONES: usize = 4;

/// Timeout of a poll, an event or a task, in real time.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Number of variants of buffer sizes and the like.
pub(super) const VARIANTS: usize = 4;

/// A check of all laws that apply to a subject. Created by the functions of [`laws`](super).
#[must_use = "nothing is checked until `check` or `verdict` is called"]
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
        Laws { make, allowed: BTreeSet::new(), most: DEFAULT_OPERATIONS, is_in_any_order: false, limit: TIMEOUT, place }
    }

    /// Allows the subject to break a law, for example because its documentation permits it. The other laws are still
    /// checked.
    pub fn allow(mut self, law: Law) -> Self {
        self.allowed.insert(law);
        self
    }

    /// Sets the number of operations after which an endless subject is treated as ended. The default is 1,000.
    pub fn at_most(mut self, operations: usize) -> Self {
        self.most = operations;
        self
    }

    /// Compares the items of a stream regardless of order. Use this if the order of several sources depends on when the
    /// stream is polled.
    pub fn in_any_order(mut self) -> Self {
        self.is_in_any_order = true;
        self
    }

    /// Checks that the subject keeps all laws.
    ///
    /// # Panics
    /// If it breaks a law; the message names the law and lists the polls. Also if the function that makes the subject
    /// or an event panics, or if the subject panics when polled only after wakes.
    #[track_caller]
    pub fn check(self) {
        if let Err(broken) = self.verdict() {
            panic!("{broken}");
        }
    }

    /// Checks that the subject keeps all laws, and returns the result.
    ///
    /// # Errors
    /// Returns the first law that it breaks.
    ///
    /// # Panics
    /// If the function that makes the subject or an event panics, or if the subject panics when polled only after
    /// wakes.
    pub fn verdict(self) -> Result<(), Broken> {
        let (place, limit) = (self.place, self.limit);
        let watch = Arc::new(Watch::default());
        let watched = watch.clone();
        let (end, is_ended) = mpsc::channel::<Infallible>();
        // On a separate thread, as the caller may be inside a runtime, where another one cannot be driven. A thread
        // that blocks can also be abandoned.
        let check = move || {
            let _end = end;
            self.check_all(&watched)
        };
        let checking = thread::Builder::new().name("laws".to_owned()).spawn(check);
        let checking = checking.expect("the system can spawn a thread");
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
            panic!("the subject panicked: {panic}\n{}", watch.history());
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
            let places = clones.iter().enumerate().filter(|(_, clones)| **clones > 0).take(MAX_PLACES);
            for (poll, &clones) in places {
                for clone in 0..clones.min(MAX_CLONES) {
                    let race = Some(Race { poll, clone });
                    self.run(&bench, Plan { race, is_fresh, ..plan }, expected)?;
                }
            }
        }
        // Every other poll is spurious, so drops happen both after a wake and while the subject waits.
        for drop in 0..polls.min(2 * MAX_PLACES) {
            self.run(&bench, Plan { drop: Some(drop), ..often }, None)?;
        }
        Ok(())
    }

    /// Polls a subject as planned and compares its outcome with the expected one.
    fn run(&self, bench: &Bench<'_>, plan: Plan, expected: Option<&Outcome>) -> Result<Ran, Broken> {
        let runtime = runtime();
        let ran = run(bench, plan, &runtime);
        // Does not wait for its busy threads.
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

    /// Describes how the outcome of a run differs from the expected one.
    fn difference(&self, ran: &Ran, expected: &Outcome) -> Option<String> {
        let outcome = ran.outcome.as_ref().filter(|_| !self.allowed.contains(&Law::SameOutcome))?;
        if let Some(panic) = &ran.panic {
            return Some(format!("it panicked, unlike when polled only after wakes: {panic}"));
        }
        // Two prefixes in any order cannot be compared.
        if outcome.agrees(expected) || self.is_in_any_order && (outcome.is_endless || expected.is_endless) {
            return None;
        }
        let [is, was] = outcome.difference(expected);
        Some(format!("in this run           {is}\n           polled only if woken  {was}"))
    }
}

impl fmt::Debug for Laws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Laws").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().expect("the system can create a runtime")
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::sync::Mutex;
    use std::task::Poll;

    use super::*;
    use crate::laws;

    /// Returns the report on a subject that blocks.
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
    fn a_blocking_poll_is_reported() {
        let text = blocked(laws::future(|_| poll_fn(|_| -> Poll<()> { block() })));
        assert!(text.contains("seen     poll has not returned for 40ms"), "{text}");
    }

    #[test]
    #[expect(clippy::await_holding_lock, reason = "this is the bug under test")]
    fn a_lock_held_between_polls_is_reported() {
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
    fn a_blocking_event_is_reported() {
        let text = blocked(laws::future(|case| {
            case.then(|| block());
            pending::<()>()
        }));
        assert!(text.contains("seen     event 1 has not returned"), "{text}");
    }

    #[test]
    fn a_blocking_drop_is_reported() {
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
    fn a_blocking_constructor_is_reported() {
        let text = blocked(laws::future(|_| -> std::future::Ready<()> { block() }));
        assert!(text.contains("seen     the function that makes the subject has not returned"), "{text}");
    }
}

//! Checks all laws: runs a new subject for each way of polling.

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
use super::runner::{CheckContext, CompletedRun, Plan, run};
use super::subject::{Subject, Violation};
use super::watchdog::Watchdog;
use super::{Broken, Case, Law, Make};

/// Maximum number of polls at which a drop, or an event during the poll, is tried.
const MAX_TRIED_POLLS: usize = 48;

/// Default number of operations after which an endless subject is treated as ended.
const DEFAULT_MAX_OPERATIONS: usize = 1000;

/// Maximum number of waker clones in one poll at which an event is tried.
const MAX_TRIED_CLONES: usize = 4;

/// Default timeout of a poll, an event or a task, in real time.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Number of variants of buffer sizes and the like.
pub(super) const VARIANTS: usize = 4;

/// A check of all laws that apply to a subject. Created by the functions of [`laws`](super).
#[must_use = "nothing is checked until `check` or `verdict` is called"]
pub struct Laws {
    make: Box<Make>,
    allowed: BTreeSet<Law>,
    max_operations: usize,
    is_in_any_order: bool,
    /// Timeout of a poll, an event or a task, in real time.
    timeout: Duration,
    place: &'static Location<'static>,
}

impl Laws {
    pub(super) fn new(
        place: &'static Location<'static>,
        make: impl Fn(&mut Case, usize) -> Box<dyn Subject> + Send + 'static,
    ) -> Self {
        let make = Box::new(make);
        Laws {
            make,
            allowed: BTreeSet::new(),
            max_operations: DEFAULT_MAX_OPERATIONS,
            is_in_any_order: false,
            timeout: DEFAULT_TIMEOUT,
            place,
        }
    }

    /// Allows the subject to break a law, for example because its documentation permits it. The other laws are still
    /// checked.
    pub fn allow(mut self, law: Law) -> Self {
        self.allowed.insert(law);
        self
    }

    /// Sets the number of operations after which an endless subject is treated as ended. The default is 1,000.
    pub fn at_most(mut self, operations: usize) -> Self {
        self.max_operations = operations;
        self
    }

    /// Compares the items of a stream regardless of order. Use this if the stream merges several sources and their
    /// order depends on when it is polled.
    pub fn in_any_order(mut self) -> Self {
        self.is_in_any_order = true;
        self
    }

    /// Checks that the subject keeps all laws.
    ///
    /// # Panics
    /// Panics if the subject breaks a law. The message names the law and lists the polls. Also panics if the function
    /// that makes the subject panics, if an event panics, or if the subject panics when polled only after wakes.
    #[track_caller]
    pub fn check(self) {
        if let Err(broken) = self.verdict() {
            panic!("{broken}");
        }
    }

    /// Checks that the subject keeps all laws, and returns the result.
    ///
    /// # Errors
    /// Returns the first law that the subject breaks.
    ///
    /// # Panics
    /// Panics if the function that makes the subject panics, if an event panics, or if the subject panics when polled
    /// only after wakes.
    pub fn verdict(self) -> Result<(), Broken> {
        let (place, timeout) = (self.place, self.timeout);
        let watchdog = Arc::new(Watchdog::default());
        let shared = watchdog.clone();
        let (end, is_ended) = mpsc::channel::<Infallible>();
        // Run on a separate thread, because the caller may be inside a runtime, where another one cannot be driven. A
        // thread that blocks can also be abandoned.
        let check = move || {
            let _end = end;
            self.check_all(&shared)
        };
        let checking = thread::Builder::new().name("laws".to_owned()).spawn(check);
        let checking = checking.expect("the system can spawn a thread");
        let checked = loop {
            match is_ended.recv_timeout(timeout / 8) {
                Ok(never) => match never {},
                Err(RecvTimeoutError::Disconnected) => {
                    break checking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(broken) = watchdog.overdue(timeout) {
                break Err(broken);
            }
        };
        checked.map_err(|broken| Broken { place: Some(place), ..broken })
    }

    fn check_all(&self, watchdog: &Watchdog) -> Result<(), Broken> {
        let check = CheckContext { make: &self.make, allowed: &self.allowed, watchdog, blocked_events: Cell::new(0) };
        let plan = Plan { max_operations: self.max_operations, ..Plan::default() };
        let baseline = self.run(&check, plan, None)?;
        if let Some(panic) = &baseline.panic {
            panic!("the subject panicked: {panic}\n{}", watchdog.history());
        }
        let expected = baseline.outcome.as_ref();
        self.run(&check, Plan { spurious_polls: 2, ..plan }, expected)?;
        let with_new_wakers = self.run(&check, Plan { has_new_wakers: true, ..plan }, expected)?;
        let spurious = Plan { has_new_wakers: true, spurious_polls: 1, ..plan };
        let polls = self.run(&check, spurious, expected)?.clones.len();
        for variant in 1..VARIANTS {
            self.run(&check, Plan { variant, ..plan }, expected)?;
            self.run(&check, Plan { variant, ..spurious }, expected)?;
        }
        for (has_new_wakers, clones) in [(false, &baseline.clones), (true, &with_new_wakers.clones)] {
            let polls = clones.iter().enumerate().filter(|(_, clones)| **clones > 0).take(MAX_TRIED_POLLS);
            for (poll, &clones) in polls {
                for clone in 0..clones.min(MAX_TRIED_CLONES) {
                    let race = Some(Race { poll, clone });
                    self.run(&check, Plan { race, has_new_wakers, ..plan }, expected)?;
                }
            }
        }
        // Every other poll is spurious, so drops happen both after a wake and while the subject waits.
        for poll in 0..polls.min(2 * MAX_TRIED_POLLS) {
            self.run(&check, Plan { drop_before: Some(poll), ..spurious }, None)?;
        }
        Ok(())
    }

    /// Polls a subject as planned and compares its outcome with the expected one.
    fn run(&self, check: &CheckContext<'_>, plan: Plan, expected: Option<&Outcome>) -> Result<CompletedRun, Broken> {
        let runtime = runtime();
        let result = run(check, plan, &runtime);
        // Do not wait for its busy threads.
        runtime.shutdown_background();
        let mut completed = result?;
        if let Some(outcome) = completed.outcome.as_mut().filter(|_| self.is_in_any_order) {
            outcome.sort();
        }
        if let Some(observation) = expected.and_then(|expected| self.difference(&completed, expected)) {
            return Err(check.broken(Violation::new(Law::SameOutcome, observation)));
        }
        match completed.violation.take() {
            Some(violation) => Err(check.broken(violation)),
            None => Ok(completed),
        }
    }

    /// Describes how the outcome of a run differs from the expected one.
    fn difference(&self, completed: &CompletedRun, expected: &Outcome) -> Option<String> {
        let outcome = completed.outcome.as_ref().filter(|_| !self.allowed.contains(&Law::SameOutcome))?;
        if let Some(panic) = &completed.panic {
            return Some(format!("it panicked, unlike when polled only after wakes: {panic}"));
        }
        // Two prefixes in any order cannot be compared.
        if outcome.agrees_with(expected) || self.is_in_any_order && (outcome.is_endless || expected.is_endless) {
            return None;
        }
        let [actual, expected] = outcome.difference(expected);
        Some(format!("in this run           {actual}\n           polled only if woken  {expected}"))
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
        let timeout = Duration::from_millis(40);
        let broken = Laws { timeout, ..laws }.verdict().unwrap_err();
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
        struct BlocksOnDrop;
        impl Drop for BlocksOnDrop {
            fn drop(&mut self) {
                block();
            }
        }
        let text = blocked(laws::future(|_| {
            let blocks = BlocksOnDrop;
            async move { drop(blocks) }
        }));
        assert!(text.contains("has not returned"), "{text}");
    }

    #[test]
    fn a_blocking_constructor_is_reported() {
        let text = blocked(laws::future(|_| -> std::future::Ready<()> { block() }));
        assert!(text.contains("seen     the function that makes the subject has not returned"), "{text}");
    }
}

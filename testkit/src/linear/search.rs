//! The search: programs until one fails; then the smallest that fails alike, and its schedule.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use di_core::__private::lock;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::history::History;
use super::model::Model;
use super::outcome::{Failure, Outcome};
use super::program::Program;
use super::report::{Origin, report};
use super::run::{Body, Shared};
use super::strategy::Programs;
use crate::{Explorer, FailureKind};

/// For how long, of real time, a program is made smaller once proptest has done so.
const SHRINKING: Duration = Duration::from_secs(5);

pub(super) struct Search<M: Model> {
    body: Arc<Body<M>>,
    explorer: Explorer,
}

/// A program that fails.
struct Found<M: Model> {
    program: Program<M>,
    run: crate::Failure,
    /// That of the run, as far as it went.
    history: Shared<M>,
}

impl<M: Model> Search<M> {
    pub(super) fn new(body: Arc<Body<M>>, explorer: Explorer) -> Self {
        Search { body, explorer }
    }

    /// Runs one program.
    pub(super) fn only(&self, program: Program<M>) -> Outcome<M> {
        let (schedules_run, found) = self.execute(&program, &self.explorer);
        let failure = found.map(|found| found.explain(Origin::Given));
        Outcome { programs_run: 1, schedules_run, failure }
    }

    /// Runs programs that proptest makes, until one fails.
    pub(super) fn programs(&self, programs: Programs<M>, config: Config) -> Outcome<M> {
        // The schedule is only made smaller once the program is.
        let explorer = self.explorer.clone().shrink(false);
        let (programs_run, schedules_run) = (Cell::new(0), Cell::new(0));
        let found: RefCell<Option<Found<M>>> = RefCell::default();
        let operations = Cell::new(0);
        let count = config.cases;
        let tried = TestRunner::new(config).run(&programs, |program| {
            let kind = found.borrow().as_ref().map(Found::kind);
            let (schedules, failing) = self.execute(&program, &explorer);
            if kind.is_none() {
                programs_run.set(programs_run.get() + 1);
                schedules_run.set(schedules_run.get() + schedules);
                operations.set(program.operations());
            }
            let Some(failing) = failing.filter(|failing| kind.is_none_or(|kind| failing.kind() == kind)) else {
                return Ok(());
            };
            found.replace(Some(failing));
            Err(TestCaseError::fail("it fails"))
        });
        let failure = match (tried, found.take()) {
            (Ok(()), _) => None,
            (Err(_), Some(found)) => {
                let origin =
                    Origin::Made { number: programs_run.get(), count, operations: operations.get() };
                Some(self.smallest(found, &explorer).explain(origin))
            }
            (Err(TestError::Abort(reason)), None) => panic!(
                "proptest could not make programs: {reason}. Have `transitions` make operations that `preconditions` allows"
            ),
            (Err(TestError::Fail(reason, _)), None) => panic!("{reason}"),
        };
        Outcome { programs_run: programs_run.get(), schedules_run: schedules_run.get(), failure }
    }

    /// Makes a program smaller where proptest does not, for as long as it fails alike; then its schedule.
    fn smallest(&self, mut found: Found<M>, explorer: &Explorer) -> Found<M> {
        let deadline = Instant::now() + SHRINKING;
        let again = |program: &Program<M>, explorer: &Explorer, kind: FailureKind| {
            self.execute(program, explorer).1.filter(|found| found.kind() == kind)
        };
        'smaller: loop {
            for program in found.program.smaller() {
                if Instant::now() >= deadline {
                    break 'smaller;
                }
                if let Some(smaller) = again(&program, explorer, found.kind()) {
                    found = smaller;
                    continue 'smaller;
                }
            }
            break;
        }
        again(&found.program, &self.explorer, found.kind()).unwrap_or(found)
    }

    /// Runs a program under the schedules of an explorer: how many these were, and the failure.
    fn execute(&self, program: &Program<M>, explorer: &Explorer) -> (usize, Option<Found<M>>) {
        let latest: Arc<Mutex<Option<Shared<M>>>> = Arc::default();
        let (body, running, kept) = (self.body.clone(), program.clone(), latest.clone());
        let outcome = explorer.run(move |sim| {
            let history = Arc::new(Mutex::new(History::new(running.initial.clone())));
            *lock(&kept) = Some(history.clone());
            body(sim, running.clone(), history)
        });
        let found = outcome.failure().map(|run| {
            // The last run of an explorer is the one that its failure tells of.
            let history = lock(&latest).take().expect("what fails was run");
            Found { program: program.clone(), run: run.clone(), history }
        });
        (outcome.schedules_run(), found)
    }
}

impl<M: Model> Found<M> {
    fn kind(&self) -> FailureKind {
        self.run.kind()
    }

    fn explain(self, origin: Origin) -> Failure<M> {
        let Found { program, run, history } = self;
        let history = lock(&history);
        let refused = (run.kind() == FailureKind::Error).then(|| history.check().err()).flatten();
        let report = report(&program, &run, &history, refused.as_ref(), &origin);
        Failure { program, run, refused, report }
    }
}

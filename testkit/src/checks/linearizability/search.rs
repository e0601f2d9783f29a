//! Runs programs until one fails, then finds the smallest program that fails in the same way, and its schedule.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::history::History;
use super::model::Model;
use super::outcome::{Failure, Outcome};
use super::program::Program;
use super::report::{Origin, report};
use super::run::{Body, SharedHistory};
use super::strategy::Programs;
use crate::explorer::Explorer;
use crate::failure::{Failure as RunFailure, FailureKind};
use crate::internal::lock;

/// Real time for shrinking a program further after proptest has shrunk it.
const SHRINK_TIME: Duration = Duration::from_secs(20);

/// Real time for finding simpler programs after one was found.
const SIMPLIFY_TIME: Duration = Duration::from_secs(1);

/// Number of attempts to make a smaller program fail, each with other schedules.
const MAX_ATTEMPTS: u64 = 8;

/// Number of programs generated for each number of operations in the search for a simpler one.
const PROGRAMS_PER_SIZE: usize = 16;

/// A search for a failing program.
pub(super) struct Search<M: Model> {
    body: Arc<Body<M>>,
    explorer: Explorer,
}

/// A failing program.
struct FailingProgram<M: Model> {
    program: Program<M>,
    kind: FailureKind,
    /// Number of the attempt at which it failed. It determines the schedules.
    attempt: u64,
}

/// Result of running a program under several schedules.
struct ProgramRun {
    schedules_run: usize,
    /// `None` if it passed.
    failure: Option<FailureKind>,
}

impl<M: Model> FailingProgram<M> {
    /// Returns whether its program has fewer operations, or as many and a shorter text.
    fn is_simpler_than(&self, other: &Self) -> bool {
        let measured = |program: &Program<M>| {
            let text = format!("{program:?}");
            (program.operations(), text.len(), text)
        };
        measured(&self.program) < measured(&other.program)
    }
}

impl<M: Model> Search<M> {
    pub(super) fn new(body: Arc<Body<M>>, explorer: Explorer) -> Self {
        Search { body, explorer }
    }

    /// Runs one program.
    pub(super) fn only(&self, program: &Program<M>) -> Outcome<M> {
        self.explain(program, &self.explorer, &Origin::Specified)
    }

    /// Runs programs that proptest generates until one fails.
    pub(super) fn programs(&self, programs: &Programs<M>, config: Config) -> Outcome<M> {
        let (programs_run, schedules_run, operations) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let found: RefCell<Option<FailingProgram<M>>> = RefCell::default();
        let count = config.cases;
        let tried = TestRunner::new(config).run(programs, |program| {
            let kind = found.borrow().as_ref().map(|found| found.kind);
            let failing = if let Some(kind) = kind {
                self.fails_with(program, kind)
            } else {
                programs_run.set(programs_run.get() + 1);
                operations.set(program.operations());
                let run = self.run(&program, 0);
                schedules_run.set(schedules_run.get() + run.schedules_run);
                run.failure.map(|kind| FailingProgram { program, kind, attempt: 0 })
            };
            let Some(failing) = failing else { return Ok(()) };
            found.replace(Some(failing));
            Err(TestCaseError::fail("the program fails"))
        });
        let failure = match (tried, found.take()) {
            (Ok(()), _) => None,
            (Err(_), Some(found)) => {
                let smallest = self.smallest(self.simplest_generated(programs, self.smallest(found)));
                let origin = Origin::Generated { number: programs_run.get(), count, operations: operations.get() };
                let explorer = self.explorer_for(&smallest.program, smallest.attempt);
                let failure = self.explain(&smallest.program, &explorer, &origin).failure;
                assert!(
                    failure.is_some(),
                    "{:?} failed, but passed when run again under the same schedules: it depends on real time, on \
                     other threads or on state left by an earlier run. Run it with `only` to find out which",
                    smallest.program
                );
                failure
            }
            (Err(TestError::Abort(reason)), None) => panic!(
                "proptest could not generate programs: {reason}. `transitions` should generate operations that \
                 `preconditions` allows"
            ),
            (Err(TestError::Fail(reason, _)), None) => panic!("{reason}"),
        };
        Outcome { programs_run: programs_run.get(), schedules_run: schedules_run.get(), failure }
    }

    /// Shrinks a program in ways that proptest does not, as long as it fails in the same way.
    fn smallest(&self, mut found: FailingProgram<M>) -> FailingProgram<M> {
        let deadline = Instant::now() + SHRINK_TIME;
        loop {
            let mut candidates = found.program.smaller().take_while(|_| Instant::now() < deadline);
            let smaller = candidates.find_map(|program| self.fails_with(program, found.kind));
            drop(candidates);
            match smaller {
                Some(smaller) => found = smaller,
                None => return found,
            }
        }
    }

    /// Returns the simplest program that fails in the same way, among newly generated ones with at most as many
    /// operations. Some, such as those with a different initial state, cannot be reached by small steps.
    fn simplest_generated(&self, programs: &Programs<M>, found: FailingProgram<M>) -> FailingProgram<M> {
        let mut deadline = Instant::now() + SHRINK_TIME;
        let mut runner = TestRunner::new_with_rng(
            Config { failure_persistence: None, ..Config::default() },
            TestRng::deterministic_rng(RngAlgorithm::default()),
        );
        let max_operations = found.program.operations();
        let mut simplest = found;
        for count in 1..=max_operations {
            let programs = Programs { exactly: Some(count), ..*programs };
            for _ in 0..PROGRAMS_PER_SIZE {
                // There may be none if the preconditions are strict.
                let Ok(tree) = programs.new_tree(&mut runner) else { break };
                let other: RefCell<Option<FailingProgram<M>>> = RefCell::default();
                let tried = runner.run_one(tree, |program| match self.fails_with(program, simplest.kind) {
                    None => Ok(()),
                    failing => {
                        other.replace(failing);
                        Err(TestCaseError::fail("the program fails"))
                    }
                });
                if let (Err(_), Some(other)) = (tried, other.take())
                    && other.is_simpler_than(&simplest)
                {
                    simplest = other;
                    deadline = deadline.min(Instant::now() + SIMPLIFY_TIME);
                }
                if Instant::now() >= deadline {
                    return simplest;
                }
            }
            if simplest.program.operations() == count {
                break;
            }
        }
        simplest
    }

    /// Returns the failing program if it fails with this kind of failure in one of several attempts.
    fn fails_with(&self, program: Program<M>, kind: FailureKind) -> Option<FailingProgram<M>> {
        let attempt = (0..MAX_ATTEMPTS).find(|attempt| self.run(&program, *attempt).failure == Some(kind))?;
        Some(FailingProgram { program, kind, attempt })
    }

    /// Returns an explorer with schedules that differ for each program and attempt, but are the same in each run.
    fn explorer_for(&self, program: &Program<M>, attempt: u64) -> Explorer {
        let mut hasher = DefaultHasher::new();
        (format!("{program:?}"), attempt).hash(&mut hasher);
        self.explorer.clone().sub_search(hasher.finish())
    }

    /// Runs a program under the schedules of an attempt. A history that is not linearizable is recorded without failing
    /// the run, because explaining failures would take most of the time.
    fn run(&self, program: &Program<M>, attempt: u64) -> ProgramRun {
        let has_error = Arc::new(AtomicBool::new(false));
        let (body, program_run, error_flag) = (self.body.clone(), program.clone(), has_error.clone());
        let outcome = self.explorer_for(program, attempt).shrink(false).run(move |sim| {
            let running = body(sim, program_run.clone(), new_history(&program_run));
            let error_flag = error_flag.clone();
            async move {
                if running.await.is_err() {
                    error_flag.store(true, Ordering::Relaxed);
                }
            }
        });
        let kind = outcome.failure().map(RunFailure::kind);
        let failure = if has_error.load(Ordering::Relaxed) { Some(FailureKind::Error) } else { kind };
        ProgramRun { schedules_run: outcome.schedules_run(), failure }
    }

    /// Runs one program under the schedules of an explorer. If it fails, the outcome has the report.
    fn explain(&self, program: &Program<M>, explorer: &Explorer, origin: &Origin) -> Outcome<M> {
        let latest: Arc<Mutex<Option<SharedHistory<M>>>> = Arc::default();
        let (body, program_run, latest_run) = (self.body.clone(), program.clone(), latest.clone());
        let outcome = explorer.run(move |sim| {
            let history = new_history(&program_run);
            *lock(&latest_run) = Some(history.clone());
            body(sim, program_run.clone(), history)
        });
        let failure = outcome.failure().map(|run| {
            // The last run of an explorer is the one of its failure.
            let history = lock(&latest).take().expect("a failing program was run");
            let history = lock(&history);
            let not_linearizable = (run.kind() == FailureKind::Error).then(|| history.check().err()).flatten();
            let report = report(program, run, &history, not_linearizable.as_ref(), origin);
            Failure { program: program.clone(), run: run.clone(), not_linearizable, report }
        });
        Outcome { programs_run: 1, schedules_run: outcome.schedules_run(), failure }
    }
}

fn new_history<M: Model>(program: &Program<M>) -> SharedHistory<M> {
    Arc::new(Mutex::new(History::of_clients(program.initial.clone(), program.clients.len())))
}

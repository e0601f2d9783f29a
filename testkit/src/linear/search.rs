//! The search: programs until one fails; then the smallest that fails alike, and its schedule.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::internal::lock;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::history::History;
use super::model::Model;
use super::outcome::{Failure, Outcome};
use super::program::Program;
use super::report::{Origin, report};
use super::run::{Body, Shared};
use super::strategy::Programs;
use crate::{Explorer, FailureKind};

/// For how long, of real time, a program is made smaller once proptest has done so.
const SHRINKING: Duration = Duration::from_secs(20);

/// For how long others are looked at behind one that has been found.
const COMPARING: Duration = Duration::from_secs(1);

/// How often a smaller program is given other schedules before it is taken to pass.
const ATTEMPTS: u64 = 8;

/// How many programs are made of each number of operations, in search of a simpler one.
const TRIED: usize = 16;

pub(super) struct Search<M: Model> {
    body: Arc<Body<M>>,
    explorer: Explorer,
}

/// A program that fails.
struct Failing<M: Model> {
    program: Program<M>,
    kind: FailureKind,
    /// Which of the sets of schedules has the one under which it fails.
    attempt: u64,
}

impl<M: Model> Failing<M> {
    /// Whether its program has fewer operations, or as many and is shorter, as a person reads it.
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
        let (schedules_run, failure) = self.explain(program, &self.explorer, &Origin::Given);
        Outcome { programs_run: 1, schedules_run, failure }
    }

    /// Runs programs that proptest makes, until one fails.
    pub(super) fn programs(&self, programs: &Programs<M>, config: Config) -> Outcome<M> {
        let (programs_run, schedules_run, operations) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let found: RefCell<Option<Failing<M>>> = RefCell::default();
        let count = config.cases;
        let tried = TestRunner::new(config).run(programs, |program| {
            let kind = found.borrow().as_ref().map(|found| found.kind);
            let failing = if let Some(kind) = kind {
                self.fails_alike(program, kind)
            } else {
                programs_run.set(programs_run.get() + 1);
                operations.set(program.operations());
                let (schedules, kind) = self.run(&program, 0);
                schedules_run.set(schedules_run.get() + schedules);
                kind.map(|kind| Failing { program, kind, attempt: 0 })
            };
            let Some(failing) = failing else { return Ok(()) };
            found.replace(Some(failing));
            Err(TestCaseError::fail("the program fails"))
        });
        let failure = match (tried, found.take()) {
            (Ok(()), _) => None,
            (Err(_), Some(found)) => {
                let smallest = self.smallest(self.made_anew(programs, self.smallest(found)));
                let origin = Origin::Made { number: programs_run.get(), count, operations: operations.get() };
                let explorer = self.part(&smallest.program, smallest.attempt);
                let (_, failure) = self.explain(&smallest.program, &explorer, &origin);
                assert!(
                    failure.is_some(),
                    "{:?} failed, and did not when it was run again under the same schedules: it depends on real time, on \
                     other threads, or on what a run before has left. Run it by `only` to see which",
                    smallest.program
                );
                failure
            }
            (Err(TestError::Abort(reason)), None) => panic!(
                "proptest could not make programs: {reason}. Have `transitions` make operations that `preconditions` allows"
            ),
            (Err(TestError::Fail(reason, _)), None) => panic!("{reason}"),
        };
        Outcome { programs_run: programs_run.get(), schedules_run: schedules_run.get(), failure }
    }

    /// Makes a program smaller where proptest does not, for as long as it fails alike.
    fn smallest(&self, mut found: Failing<M>) -> Failing<M> {
        let deadline = Instant::now() + SHRINKING;
        loop {
            let mut candidates = found.program.smaller().take_while(|_| Instant::now() < deadline);
            let smaller = candidates.find_map(|program| self.fails_alike(program, found.kind));
            drop(candidates);
            match smaller {
                Some(smaller) => found = smaller,
                None => return found,
            }
        }
    }

    /// The simplest program that fails alike, among some that are made anew and have fewer operations, or as many. Not all can
    /// be had from one by small steps: those with another state at first, for example.
    fn made_anew(&self, programs: &Programs<M>, found: Failing<M>) -> Failing<M> {
        let mut deadline = Instant::now() + SHRINKING;
        let mut runner = TestRunner::new_with_rng(
            Config { failure_persistence: None, ..Config::default() },
            TestRng::deterministic_rng(RngAlgorithm::default()),
        );
        let most = found.program.operations();
        let mut simplest = found;
        for count in 1..=most {
            let programs = Programs { exactly: Some(count), ..*programs };
            for _ in 0..TRIED {
                // Where the preconditions allow few, there may be none.
                let Ok(tree) = programs.new_tree(&mut runner) else { break };
                let other: RefCell<Option<Failing<M>>> = RefCell::default();
                let tried = runner.run_one(tree, |program| match self.fails_alike(program, simplest.kind) {
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
                    deadline = deadline.min(Instant::now() + COMPARING);
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

    /// Whether a program fails so under any of several sets of schedules.
    fn fails_alike(&self, program: Program<M>, kind: FailureKind) -> Option<Failing<M>> {
        let attempt = (0..ATTEMPTS).find(|attempt| self.run(&program, *attempt).1 == Some(kind))?;
        Some(Failing { program, kind, attempt })
    }

    /// Schedules that are different for each program and attempt, and the same whenever it is run again.
    fn part(&self, program: &Program<M>, attempt: u64) -> Explorer {
        let mut hasher = DefaultHasher::new();
        (format!("{program:?}"), attempt).hash(&mut hasher);
        self.explorer.clone().part(hasher.finish())
    }

    /// How many schedules a program was run under, and how it fails. A history that is not linearizable is noted and fails
    /// nothing, since to explain failures would take most of the time.
    fn run(&self, program: &Program<M>, attempt: u64) -> (usize, Option<FailureKind>) {
        let is_refused = Arc::new(AtomicBool::new(false));
        let (body, program_run, noting) = (self.body.clone(), program.clone(), is_refused.clone());
        let outcome = self.part(program, attempt).shrink(false).run(move |sim| {
            let running = body(sim, program_run.clone(), new_history(&program_run));
            let noting = noting.clone();
            async move {
                if running.await.is_err() {
                    noting.store(true, Ordering::Relaxed);
                }
            }
        });
        let kind = outcome.failure().map(crate::Failure::kind);
        (outcome.schedules_run(), if is_refused.load(Ordering::Relaxed) { Some(FailureKind::Error) } else { kind })
    }

    /// Runs a program under the schedules of an explorer: how many these were, and all that is to be told of a failure.
    fn explain(&self, program: &Program<M>, explorer: &Explorer, origin: &Origin) -> (usize, Option<Failure<M>>) {
        let latest: Arc<Mutex<Option<Shared<M>>>> = Arc::default();
        let (body, running, kept) = (self.body.clone(), program.clone(), latest.clone());
        let outcome = explorer.run(move |sim| {
            let history = new_history(&running);
            *lock(&kept) = Some(history.clone());
            body(sim, running.clone(), history)
        });
        let failure = outcome.failure().map(|run| {
            // The last run of an explorer is the one that its failure tells of.
            let history = lock(&latest).take().expect("what fails was run");
            let history = lock(&history);
            let refused = (run.kind() == FailureKind::Error).then(|| history.check().err()).flatten();
            let report = report(program, run, &history, refused.as_ref(), origin);
            Failure { program: program.clone(), run: run.clone(), refused, report }
        });
        (outcome.schedules_run(), failure)
    }
}

fn new_history<M: Model>(program: &Program<M>) -> Shared<M> {
    Arc::new(Mutex::new(History::of_clients(program.initial.clone(), program.clients.len())))
}

//! Runs single schedules on a worker thread, and repeats those with unexpected random draws.

use std::panic::Location;
use std::sync::{Arc, OnceLock};
#[cfg(feature = "interpose")]
use std::thread;

use crate::executor::{
    DrawLimit, Engine, Heartbeat, Observe, RunLimits, RunPlan, RunResult, SelectDraws, TestFn, run as run_once,
};
#[cfg(feature = "interpose")]
use crate::executor::{aborting, capture_panics, set_seed};
use crate::failure::{Divergence, FailureCause, RunRecord};
use crate::schedule::{Deviation, Deviations, Schedule};
use crate::scheduler::{Alternatives, ChoiceSource};
use crate::sim;

/// Maximum number of times that a schedule is run again because of unexpected random draws.
const MAX_REPEATS: usize = 100;

/// State that a worker thread keeps from one search to the next.
pub(super) struct WorkerState {
    engine: Engine,
    draws: SelectDraws,
}

impl WorkerState {
    pub(super) fn new() -> Self {
        WorkerState { engine: Engine::new(sim::enter_thread()), draws: SelectDraws::default() }
    }
}

/// A test and the limits of its runs.
pub(super) struct TestCase {
    pub(super) site: &'static Location<'static>,
    pub(super) test: Arc<TestFn>,
    pub(super) limits: RunLimits,
    pub(super) preempts: bool,
    /// Seed of the first schedule.
    pub(super) first_seed: u64,
    /// The `select!` sites that the first schedule limits; set once one is found.
    pub(super) select_limits: OnceLock<Vec<DrawLimit>>,
}

/// Runs the schedules of a search on one thread.
pub(super) struct ScheduleRunner<'a> {
    worker: &'a mut WorkerState,
    case: &'a TestCase,
    pub(super) heartbeat: &'a Heartbeat,
    /// Maximum number of steps of a run, if it is lower than that of the test.
    pub(super) max_steps: u64,
}

impl<'a> ScheduleRunner<'a> {
    pub(super) fn new(worker: &'a mut WorkerState, case: &'a TestCase, heartbeat: &'a Heartbeat) -> Self {
        worker.draws.keep_limits(&[]);
        ScheduleRunner { worker, case, heartbeat, max_steps: u64::MAX }
    }

    /// Runs a new schedule. The `select!` sites that the first schedule limits are limited in all others from the
    /// start, so a schedule does the same on any worker thread.
    pub(super) fn run_new(&mut self, source: ChoiceSource, seed: u64, observe: Observe) -> Option<Box<RunRecord>> {
        self.keep_select_limits();
        let knows_all = self.case.select_limits.get().is_some();
        let record = self.run(source.clone(), seed, observe);
        if knows_all || !self.worker.draws.is_any() {
            return record;
        }
        let is_limited = !self.worker.draws.limits().is_empty();
        let case = self.case;
        let limits = case.select_limits.get_or_init(|| {
            self.run_alone(ChoiceSource::Default, case.first_seed, Observe::default());
            self.worker.draws.limits().to_vec()
        });
        if limits.is_empty() && !is_limited {
            return record;
        }
        self.keep_select_limits();
        self.run(source, seed, observe)
    }

    /// Limits only the `select!` sites that the first schedule limits.
    pub(super) fn keep_select_limits(&mut self) {
        self.worker.draws.keep_limits(self.case.select_limits.get().map_or(&[], Vec::as_slice));
    }

    /// Runs a schedule as if it were the only one.
    pub(super) fn run_alone(&mut self, source: ChoiceSource, seed: u64, observe: Observe) -> Option<Box<RunRecord>> {
        self.worker.draws.keep_limits(&[]);
        self.run(source, seed, observe)
    }

    /// Runs a known schedule again.
    pub(super) fn replay(&mut self, schedule: &Schedule, observe: Observe) -> Option<Box<RunRecord>> {
        self.run_alone(replay(schedule), schedule.seed, observe)
    }

    /// Runs a schedule. If a spurious poll (a poll without a wake) makes progress, runs the schedule once more to find
    /// out why. Returns a record if the run failed or was observed.
    pub(super) fn run(&mut self, source: ChoiceSource, seed: u64, observe: Observe) -> Option<Box<RunRecord>> {
        let steps = self.max_steps();
        let (suspect, record) = match self.run_to_end(source, seed, observe, steps) {
            RunResult::Suspicious(suspect, record) => (suspect, record),
            ended => return ended.into_record(),
        };
        let source = ChoiceSource::Replay(Arc::new(record.schedule().deviations));
        let observe = Observe { suspect: Some(suspect), ..observe };
        let mut watched = self.run_to_end(source, seed, observe, steps).into_record()?;
        // A replay must also make the spurious poll.
        if let Some(FailureCause::LostWakeup { .. }) = watched.failure {
            watched.deviations = record.deviations;
        }
        Some(watched)
    }

    /// Returns the choices that could follow those of a schedule, or `None` if the run could not make all choices of
    /// the schedule.
    pub(super) fn alternatives(
        &mut self,
        deviations: &Arc<Deviations>,
        seed: u64,
        holds: bool,
    ) -> Option<Vec<Deviation>> {
        let alternatives = Alternatives::Recorded { preempts: self.case.preempts, holds };
        let source = ChoiceSource::Bounded { deviations: deviations.clone(), alternatives };
        let steps = self.max_steps();
        // The alternatives do not depend on the cause of a spurious poll's progress.
        let record = self.run_to_end(source, seed, Observe::default(), steps).into_record()?;
        (!record.is_incomplete).then_some(record.alternatives)
    }

    /// Runs the schedule of a passed run once more. Returns a failure if the two runs differ.
    pub(super) fn check_determinism(&mut self, first: &RunRecord) -> Option<FailureCause> {
        let observe = Observe { trace: true, ..Observe::default() };
        let second = self.replay(&first.schedule(), observe)?;
        let divergence = Divergence::between(first, &second)?;
        Some(FailureCause::Nondeterminism { divergence: Some(divergence), first: None })
    }

    fn max_steps(&self) -> u64 {
        self.case.limits.steps.min(self.max_steps)
    }

    /// Runs a schedule, repeatedly until all random draws are expected.
    pub(super) fn run_to_end(&mut self, source: ChoiceSource, seed: u64, observe: Observe, steps: u64) -> RunResult {
        for repeats in 0.. {
            let plan = RunPlan {
                source: source.clone(),
                seed,
                limits: RunLimits { steps, ..self.case.limits },
                observe,
                site: self.case.site,
                heartbeat: self.heartbeat,
                draws: &self.worker.draws,
                ends_at_unknown_draw: repeats < MAX_REPEATS,
            };
            match run_plan(&mut self.worker.engine, plan, &*self.case.test) {
                RunResult::UnknownDraw(draw) => self.worker.draws.learn(draw),
                ran => return ran,
            }
        }
        unreachable!("a run that does not learn draws does not end with an unknown one")
    }
}

/// Returns the source of choices of a known schedule.
pub(super) fn replay(schedule: &Schedule) -> ChoiceSource {
    ChoiceSource::Replay(Arc::new(schedule.deviations.clone()))
}

#[cfg(not(feature = "interpose"))]
fn run_plan(engine: &mut Engine, plan: RunPlan<'_>, test: &TestFn) -> RunResult {
    run_once(engine, plan, test)
}

/// Runs on a separate thread. The standard library draws the keys of hash maps once per thread, and they must be the
/// same in each run of a schedule.
#[cfg(feature = "interpose")]
fn run_plan(_: &mut Engine, plan: RunPlan<'_>, test: &TestFn) -> RunResult {
    let aborting = aborting();
    let ran = thread::scope(|scope| {
        let thread = thread::Builder::new().name("testkit".to_owned());
        let running = thread.spawn_scoped(scope, || {
            if let Some(aborting) = aborting {
                capture_panics(aborting);
            }
            set_seed(plan.seed);
            run_once(&mut Engine::new(sim::enter_thread()), plan, test)
        });
        running.expect("the system can start a thread").join()
    });
    ran.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

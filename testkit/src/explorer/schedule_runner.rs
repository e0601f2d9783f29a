//! Runs single schedules on a worker thread, and repeats those with unexpected random draws.

use std::panic::Location;
use std::sync::{Arc, OnceLock};
#[cfg(feature = "interpose")]
use std::thread;
use std::time::{Duration, Instant};

use crate::executor::{
    DrawLimit, Engine, Heartbeat, Observe, RunLimits, RunPlan, RunResult, SelectDraws, TestFn, Watch, run as run_once,
};
#[cfg(feature = "interpose")]
use crate::executor::{aborting, capture_panics, set_seed, start_worker};
use crate::failure::{Divergence, FailureCause, RunRecord};
use crate::report::is_join;
use crate::schedule::{Deviation, Deviations, RAW_TASKS, Schedule};
use crate::scheduler::{Alternatives, ChoiceSource};
use crate::sim;

use super::late_wakes::{LateWakeSearch, LivenessCheck};

/// Maximum number of times that a schedule is run again because of unexpected random draws.
const MAX_REPEATS: usize = 100;

/// Number of schedules in which the handle of a panicking raw task must be awaited before it counts as awaited in all.
const AWAITED_SCHEDULES: usize = 4;

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
    /// Virtual time by which a wake may be late.
    pub(super) allowed_late_wake: Duration,
    pub(super) preempts: bool,
    /// Seed of the first schedule.
    pub(super) first_seed: u64,
    /// Real time at the beginning of the search.
    pub(super) begun: Instant,
    /// The `select!` sites that the first schedule limits; set once one is found.
    pub(super) select_limits: OnceLock<Vec<DrawLimit>>,
}

/// Runs the schedules of a search on one thread.
pub(super) struct ScheduleRunner<'a> {
    worker: &'a mut WorkerState,
    pub(super) case: &'a TestCase,
    pub(super) heartbeat: &'a Heartbeat,
    /// Maximum number of steps of a run, if it is lower than that of the test.
    pub(super) max_steps: u64,
    /// Places of panics of raw tasks that the test awaited, once for each schedule.
    awaited_panics: Vec<String>,
    /// Maximum virtual time of a run, if it is lower than that of the test.
    pub(super) max_virtual_time: Duration,
}

impl<'a> ScheduleRunner<'a> {
    pub(super) fn new(worker: &'a mut WorkerState, case: &'a TestCase, heartbeat: &'a Heartbeat) -> Self {
        worker.draws.keep_limits(&[]);
        let (max_steps, max_virtual_time) = (u64::MAX, Duration::MAX);
        ScheduleRunner { worker, case, heartbeat, max_steps, max_virtual_time, awaited_panics: Vec::new() }
    }

    /// Runs a new schedule. The `select!` sites that the first schedule limits are limited in all others from the
    /// start, so a schedule does the same on any worker thread.
    pub(super) fn run_new(
        &mut self,
        source: ChoiceSource,
        seed: u64,
        observe: Observe,
        liveness: LivenessCheck,
    ) -> Option<Box<RunRecord>> {
        self.keep_select_limits();
        let knows_all = self.case.select_limits.get().is_some();
        let record = self.run(source.clone(), seed, observe, liveness);
        if knows_all || !self.worker.draws.is_any() {
            return record;
        }
        let is_limited = !self.worker.draws.limits().is_empty();
        let case = self.case;
        let limits = case.select_limits.get_or_init(|| {
            self.run_alone(ChoiceSource::Default, case.first_seed, Observe::default(), LivenessCheck::Never);
            self.worker.draws.limits().to_vec()
        });
        if limits.is_empty() && !is_limited {
            return record;
        }
        self.keep_select_limits();
        self.run(source, seed, observe, liveness)
    }

    /// Limits only the `select!` sites that the first schedule limits.
    pub(super) fn keep_select_limits(&mut self) {
        self.worker.draws.keep_limits(self.case.select_limits.get().map_or(&[], Vec::as_slice));
    }

    /// Runs a schedule as if it were the only one.
    pub(super) fn run_alone(
        &mut self,
        source: ChoiceSource,
        seed: u64,
        observe: Observe,
        liveness: LivenessCheck,
    ) -> Option<Box<RunRecord>> {
        self.worker.draws.keep_limits(&[]);
        self.run(source, seed, observe, liveness)
    }

    /// Runs a known schedule again.
    pub(super) fn replay(
        &mut self,
        schedule: &Schedule,
        observe: Observe,
        liveness: LivenessCheck,
    ) -> Option<Box<RunRecord>> {
        self.run_alone(replay(schedule), schedule.seed, observe, liveness)
    }

    /// Runs a schedule, and looks for late wakes if `liveness` requires it. Returns a record if the run failed or was
    /// observed.
    pub(super) fn run(
        &mut self,
        source: ChoiceSource,
        seed: u64,
        observe: Observe,
        liveness: LivenessCheck,
    ) -> Option<Box<RunRecord>> {
        let limits = self.limits();
        let RunResult::Ended(mut record, summary) = self.run_to_end(&source, seed, observe, limits, Watch::Off) else {
            unreachable!("a run that is not watched counts")
        };
        if let Some(record) = &mut record
            && let Some(FailureCause::Panic { task: RAW_TASKS, panic, .. }) = &record.failure
            && self.awaits_raw_task(&panic.place.clone(), &source, seed)
        {
            record.failure = None;
        }
        if !liveness.applies_to(record.as_deref(), summary) {
            return record;
        }
        let mut search = LateWakeSearch { runner: self, source: &source, seed, summary };
        search.run(record.as_deref(), observe).or(record)
    }

    /// Returns whether the test awaits the handle of a raw task that panics at `place`. Shown by the stacks of all tokio
    /// operations of a run, because a handle leaves no other trace. That takes long, so a few schedules stand for all.
    fn awaits_raw_task(&mut self, place: &str, source: &ChoiceSource, seed: u64) -> bool {
        if self.awaited_panics.iter().filter(|awaited| *awaited == place).count() >= AWAITED_SCHEDULES {
            return true;
        }
        let observe = Observe { stacks: true, trace: true, preempts_all: true, ..Observe::default() };
        let record = self.run_to_end(source, seed, observe, self.limits(), Watch::Off).into_record();
        let is_awaited =
            record.is_some_and(|record| record.preemptions.iter().any(|preemption| is_join(&preemption.stack)));
        self.awaited_panics.extend(is_awaited.then(|| place.to_owned()));
        is_awaited
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
        let record = self.run(source, seed, Observe::default(), LivenessCheck::Never)?;
        (!record.is_incomplete).then_some(record.alternatives)
    }

    /// Runs the schedule of a passed run once more. Returns a failure if the two runs differ.
    pub(super) fn check_determinism(&mut self, first: &RunRecord) -> Option<FailureCause> {
        let observe = Observe { trace: true, ..Observe::default() };
        let second = self.replay(&first.schedule(), observe, LivenessCheck::Never)?;
        let divergence = Divergence::between(first, &second)?;
        Some(FailureCause::Nondeterminism { divergence: Some(divergence), first: None, has_state: false })
    }

    /// Returns the limits of a run.
    pub(super) fn limits(&self) -> RunLimits {
        let limits = self.case.limits;
        RunLimits {
            steps: limits.steps.min(self.max_steps),
            virtual_time: limits.virtual_time.min(self.max_virtual_time),
            // A run with a lower limit repeats one that has lasted long enough.
            idle_points: if self.max_virtual_time < limits.virtual_time { 0 } else { limits.idle_points },
            ..limits
        }
    }

    /// Runs a schedule, repeatedly until all random draws are expected.
    pub(super) fn run_to_end(
        &mut self,
        source: &ChoiceSource,
        seed: u64,
        observe: Observe,
        limits: RunLimits,
        watch: Watch<'_>,
    ) -> RunResult {
        let mut discarded_steps = 0;
        for repeats in 0.. {
            let plan = RunPlan {
                source: source.clone(),
                seed,
                limits,
                observe,
                site: self.case.site,
                heartbeat: self.heartbeat,
                draws: &self.worker.draws,
                search_begun: self.case.begun,
                watch,
                ends_at_unknown_draw: repeats < MAX_REPEATS,
            };
            match run_plan(&mut self.worker.engine, plan, &*self.case.test) {
                RunResult::UnknownDraw(draw, steps) => {
                    self.worker.draws.learn(draw);
                    discarded_steps = discarded_steps.max(steps);
                }
                RunResult::Ended(Some(mut record), summary)
                    if record.failure.is_some() && summary.steps < discarded_steps =>
                {
                    // A run with the same choices got further.
                    let first = record.failure.take().map(Box::new);
                    record.failure = Some(FailureCause::Nondeterminism { divergence: None, first, has_state: true });
                    return RunResult::Ended(Some(record), summary);
                }
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
        let running = start_worker(|builder, unmarked| {
            builder.spawn_scoped(scope, || {
                let _own = unmarked.mark();
                if let Some(aborting) = aborting {
                    capture_panics(aborting);
                }
                set_seed(plan.seed);
                run_once(&mut Engine::new(sim::enter_thread()), plan, test)
            })
        });
        running.expect("the system can start a thread").join()
    });
    ran.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

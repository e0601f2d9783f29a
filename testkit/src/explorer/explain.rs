//! Shrinks a failure and collects the content of its report.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::late_wakes::LivenessCheck;
use super::minimize::Minimizer;
use super::schedule_runner::ScheduleRunner;
use super::schedules::Schedules;
use super::search::Search;
use super::tally::FailingSchedule;
use super::watchdog::WatchedJob;
use crate::executor::{DROPPING, Observe, RunLimits, Watch};
use crate::failure::{Coverage, Discovery, Evidence, Failure, FailureCause, RunRecord};
use crate::report::choices;
use crate::schedule::Schedule;

/// Real time for which a worker thread may take no step while it explains a failure. Reading debug information takes
/// that long.
const EXPLAIN_TIME: Duration = Duration::from_secs(10);

/// Share of the maximum virtual time for which a deadlock beside ticking tasks must last under the shrunk schedule.
/// Under the schedule that was found, it lasted for all of that time.
const VERIFIED_SHARE: u32 = 8;

/// Maximum number of runs in which a wake from another thread is observed again.
const FOREIGN_RUNS: usize = 20;

/// Shrinks a failing schedule and collects the content of its report. `count` schedules failed alike.
pub(super) fn explain(search: &Arc<Search>, failing: FailingSchedule, count: usize, coverage: Coverage) -> Failure {
    let explorer = &search.schedules.explorer;
    let (index, input) = (failing.index, failing.schedule.input.clone());
    let has_first_passed = search.has_first_passed.load(Ordering::Relaxed);
    let searching = search.clone();
    let job = WatchedJob::start(explorer.poll_time.max(EXPLAIN_TIME), move |worker, heartbeat| {
        let runner = ScheduleRunner::new(worker, &searching.case, heartbeat);
        let schedules = &searching.schedules;
        Explainer { runner, schedules, has_first_passed }.explain(failing)
    });
    // The worker thread may also be lost here, for example because of a panic in a destructor.
    let mut evidence = job.join().unwrap_or_else(|lost| Evidence::of_cause(lost.into()));
    evidence.schedule.input = input;
    let discovery = Discovery {
        test_name: explorer.test_name,
        thread_name: thread::current().name().filter(|name| *name != "main").map(str::to_owned),
        index,
        count,
        schedules: explorer.schedules.saturating_add(search.schedules.first_index()),
        coverage,
    };
    Failure::new(evidence, discovery)
}

/// Runs a failing schedule again and observes everything that a report shows.
struct Explainer<'a> {
    runner: ScheduleRunner<'a>,
    schedules: &'a Schedules,
    /// Whether the first schedule of the search passed.
    has_first_passed: bool,
}

impl Explainer<'_> {
    fn explain(mut self, failing: FailingSchedule) -> Evidence {
        match failing.cause {
            FailureCause::Hung { step, .. } | FailureCause::Aborting { step, .. } => {
                self.explain_last_step(failing.index, step, failing.cause)
            }
            FailureCause::Nondeterminism { .. } => self.explain_difference(failing.schedule, failing.cause),
            _ => self.explain_failure(failing.schedule, failing.cause),
        }
    }

    fn explain_failure(&mut self, schedule: Schedule, cause: FailureCause) -> Evidence {
        let before = schedule.choice_count();
        if let Some(ticking) = cause.ticking().or_else(|| cause.late_wake()?.consequence.as_ref()?.ticking()) {
            // Nothing changes after the tasks have begun to wait, except that timers tick.
            self.runner.max_virtual_time = ticking.since.saturating_mul(4);
        }
        // A run that seems stuck may wait for another thread. That is a failure as well, but of another kind.
        let observe = Observe { awaits_threads: true, ..Observe::default() };
        let second = self.runner.replay(&schedule, observe, LivenessCheck::Always);
        let steps = second.as_ref().map_or(0, |record| record.steps);
        let failure = second.as_ref().and_then(|record| record.failure.as_ref());
        let foreign = match (failure, &cause) {
            (Some(foreign @ FailureCause::ForeignWake { .. }), _) => Some(foreign.clone()),
            // The wake may have come too late in this run.
            (_, FailureCause::ForeignWake { .. }) => Some(cause.clone()),
            _ => None,
        };
        if let Some(foreign) = foreign {
            return self.foreign_evidence(schedule, foreign, before);
        }
        let signature = second.and_then(|record| record.signature());
        let Some(signature) = signature.filter(|signature| signature.kind == cause.kind()) else {
            let (divergence, first) = (None, Some(Box::new(cause)));
            let cause = FailureCause::Nondeterminism { divergence, first, has_state: false };
            return self.evidence(schedule, cause, before);
        };
        if self.has_first_passed && self.first_fails_now() {
            let (divergence, first) = (None, Some(Box::new(cause)));
            let cause = FailureCause::Nondeterminism { divergence, first, has_state: true };
            return self.evidence(schedule, cause, before);
        }
        if !self.schedules.explorer.shrink {
            return self.evidence(schedule, cause, before);
        }
        let mut smallest =
            Minimizer::new(&mut self.runner, self.schedules).minimize(schedule.clone(), &signature, steps);
        if self.runner.max_virtual_time != Duration::MAX && smallest != schedule {
            let most = self.schedules.explorer.limits.virtual_time / VERIFIED_SHARE;
            let max = std::mem::replace(&mut self.runner.max_virtual_time, most);
            let whole = self.runner.replay(&smallest, Observe::default(), LivenessCheck::Never);
            if whole.and_then(|record| record.signature()).as_ref() != Some(&signature) {
                smallest = schedule;
            }
            self.runner.max_virtual_time = max;
        }
        self.evidence(smallest, cause, before)
    }

    /// Returns whether the first schedule, which passed before, fails now.
    fn first_fails_now(&mut self) -> bool {
        let first = self.schedules.first_index();
        let source = self.schedules.source(first, &mut self.runner);
        let seed = self.schedules.seed(first);
        let record = self.runner.run_new(source, seed, Observe::default(), LivenessCheck::Never);
        record.is_some_and(|record| record.failure.is_some())
    }

    /// Explains a difference between two runs, with the default schedule if its runs also differ.
    fn explain_difference(&mut self, schedule: Schedule, cause: FailureCause) -> Evidence {
        let before = schedule.choice_count();
        let default = Schedule { seed: schedule.seed, ..Schedule::default() };
        let observe = Observe { trace: true, ..Observe::default() };
        let record = self.runner.replay(&default, observe, LivenessCheck::Never);
        match record.and_then(|record| self.runner.check_determinism(&record)) {
            Some(cause) => self.evidence(default, cause, before),
            None => self.evidence(schedule, cause, before),
        }
    }

    /// Runs until just before the step that does not return.
    fn explain_last_step(&mut self, index: usize, step: u64, cause: FailureCause) -> Evidence {
        let observe = Observe { leak_tasks: true, ..self.observe_all() };
        let limit = self.schedules.explorer.limits.steps;
        let steps = if step >= DROPPING { limit } else { step.saturating_sub(1) };
        if index >= self.schedules.first_index() {
            self.runner.keep_select_limits();
        }
        let source = self.schedules.source(index, &mut self.runner);
        let limits = RunLimits { steps, ..self.schedules.explorer.limits };
        let seed = self.schedules.seed(index);
        let record = self.runner.run_to_end(&source, seed, observe, limits, Watch::Off).into_record();
        let schedule = record.as_ref().map(|record| record.schedule()).unwrap_or_default();
        let choices_before = schedule.choice_count();
        let choices = record.as_deref().map(choices).unwrap_or_default();
        Evidence { cause, schedule, record, choices, choices_before }
    }

    /// Runs a schedule in which another thread wakes a task until it does so again, at most a few times. The default
    /// schedule comes first: there, the task is most likely to wait for the thread.
    fn foreign_evidence(&mut self, schedule: Schedule, cause: FailureCause, before: usize) -> Evidence {
        let observe = Observe { awaits_threads: true, ..self.observe_all() };
        let default = Schedule { seed: schedule.seed, ..Schedule::default() };
        for attempt in 0..FOREIGN_RUNS {
            let schedule = if attempt < FOREIGN_RUNS / 2 { &default } else { &schedule };
            let record = self.runner.replay(schedule, observe, LivenessCheck::Never);
            if let Some(record) = record
                && let Some(FailureCause::ForeignWake { task, .. }) = record.failure
                && record.stacks.get(&task).is_some_and(|stack| !stack.left_no_waker)
            {
                let cause = record.failure.clone().unwrap_or(cause);
                let before = if *schedule == default { 0 } else { before };
                return self.finish(cause, schedule.clone(), Some(record), before);
            }
        }
        self.evidence(schedule, cause, before)
    }

    fn observe_all(&self) -> Observe {
        Observe { stacks: true, trace: true, record: self.schedules.explorer.timeline, ..Observe::default() }
    }

    /// Runs a schedule for the last time and observes everything.
    fn evidence(&mut self, schedule: Schedule, cause: FailureCause, choices_before: usize) -> Evidence {
        let observe = self.observe_all();
        let record = self.runner.replay(&schedule, observe, LivenessCheck::Always);
        // The failure of the smaller schedule may differ in details, such as task numbers.
        let last = record.as_ref().and_then(|record| record.failure.as_ref());
        let is_nondeterminism = matches!(cause, FailureCause::Nondeterminism { .. });
        let cause = match last {
            Some(last) if !is_nondeterminism && last.kind() == cause.kind() => last.clone(),
            _ => cause,
        };
        self.finish(cause, schedule, record, choices_before)
    }

    /// Collects the evidence of a failure from its last run.
    fn finish(
        &self,
        cause: FailureCause,
        schedule: Schedule,
        mut record: Option<Box<RunRecord>>,
        choices_before: usize,
    ) -> Evidence {
        if let Some(record) = &mut record {
            // Threads of other tests have nothing to do with the failure.
            record.foreign_threads.retain(|thread| !thread.is_older_than(self.runner.case.begun));
        }
        let choices = record.as_deref().map(choices).unwrap_or_default();
        let mut evidence = Evidence { cause, schedule, record, choices, choices_before };
        evidence.shrink_record();
        evidence
    }
}

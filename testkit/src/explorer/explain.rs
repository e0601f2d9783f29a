//! Shrinks a failure and collects the content of its report.

use std::sync::Arc;
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
use crate::failure::{Coverage, Discovery, Evidence, Failure, FailureCause};
use crate::report::choices;
use crate::schedule::Schedule;

/// Real time for which a worker thread may take no step while it explains a failure. Reading debug information takes
/// that long.
const EXPLAIN_TIME: Duration = Duration::from_secs(10);

/// Share of the maximum virtual time for which a deadlock beside ticking tasks must last under the shrunk schedule.
/// Under the schedule that was found, it lasted for all of that time.
const VERIFIED_SHARE: u32 = 8;

/// Shrinks a failing schedule and collects the content of its report. `count` schedules failed alike.
pub(super) fn explain(search: &Arc<Search>, failing: FailingSchedule, count: usize, coverage: Coverage) -> Failure {
    let explorer = &search.schedules.explorer;
    let (index, input) = (failing.index, failing.schedule.input.clone());
    let searching = search.clone();
    let job = WatchedJob::start(explorer.poll_time.max(EXPLAIN_TIME), move |worker, heartbeat| {
        let runner = ScheduleRunner::new(worker, &searching.case, heartbeat);
        Explainer { runner, schedules: &searching.schedules }.explain(failing)
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
}

impl Explainer<'_> {
    fn explain(mut self, failing: FailingSchedule) -> Evidence {
        match failing.cause {
            FailureCause::Hung { step } | FailureCause::Aborting { step, .. } => {
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
            return self.evidence(schedule, foreign, before);
        }
        let signature = second.and_then(|record| record.signature());
        let Some(signature) = signature.filter(|signature| signature.kind == cause.kind()) else {
            let cause = FailureCause::Nondeterminism { divergence: None, first: Some(Box::new(cause)) };
            return self.evidence(schedule, cause, before);
        };
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
        let choices = record.as_deref().map(choices).unwrap_or_default();
        let mut evidence = Evidence { cause, schedule, record, choices, choices_before };
        evidence.shrink_record();
        evidence
    }
}

//! What a report tells of a failure: its smallest schedule, and a last run that is looked at closely.

use std::sync::Arc;
use std::time::Duration;

use super::search::Exploration;
use super::supervise::Worker;
use super::tally::Found;
use super::tools::Tools;
use crate::outcome::{Coverage, Evidence, Failure, Problem};
use crate::schedule::Schedule;
use crate::sim::{DROPPING, End, Finding, Mode};

/// How long, of real time, a worker that explains a failure may go without a step: it reads debug information.
const EXPLAINING: Duration = Duration::from_secs(10);

impl Exploration {
    /// Makes the schedule smaller, and takes all that a report tells. It is one of `count` that fail alike.
    pub(super) fn explain(self: &Arc<Self>, found: Found, count: usize, coverage: &Coverage) -> Failure {
        let (index, input) = (found.index, found.schedule.input.clone());
        let search = self.clone();
        let explaining = Worker::start(self.explorer.poll_time.max(EXPLAINING), move |place, heartbeat| {
            let tools = &mut Tools::new(place, heartbeat);
            match found.problem {
                Problem::Finding(finding) => search.explain_finding(tools, found.schedule, finding),
                problem @ (Problem::Hung { step } | Problem::Aborting { step, .. }) => {
                    search.explain_last_step(tools, index, step, problem)
                }
                problem => search.explain_difference(tools, found.schedule, problem),
            }
        });
        // A panic in a destructor may come once, and not the other time, for example.
        let mut evidence = explaining.join().unwrap_or_else(|lost| Evidence::unexplained(lost.into()));
        evidence.schedule.input = input;
        let schedules = self.explorer.schedules.saturating_add(self.first());
        Failure::new(evidence, self.explorer.test_name, index, count, schedules, coverage)
    }

    fn explain_finding(&self, tools: &mut Tools<'_>, schedule: Schedule, finding: Finding) -> Evidence {
        let before = schedule.choice_count();
        // What seems to be stuck may wait for another thread, which fails as well, but not for the same reason.
        let again = self.replayed(tools, &schedule, Mode { patient: true, ..Mode::default() });
        let steps = again.as_ref().map_or(0, |ran| ran.steps);
        let foreign = match (again.as_ref().map(|ran| &ran.end), &finding) {
            (Some(End::Failed(foreign @ Finding::ForeignWake { .. })), _) => Some(foreign.clone()),
            // Another time, it may come too late.
            (_, Finding::ForeignWake { .. }) => Some(finding.clone()),
            _ => None,
        };
        if let Some(foreign) = foreign {
            return self.evidence(tools, schedule, Problem::Finding(foreign), before);
        }
        let wanted = again.and_then(|ran| ran.failure());
        if wanted.as_ref().is_none_or(|(kind, _)| *kind != finding.kind()) {
            let problem = Problem::Nondeterminism { divergence: None, first: Some(Box::new(finding)) };
            return self.evidence(tools, schedule, problem, before);
        }
        let smallest = if self.explorer.shrink { self.smallest(tools, schedule, &wanted, steps) } else { schedule };
        self.evidence(tools, smallest, Problem::Finding(finding), before)
    }

    /// Shows by the plainest schedule that runs differ, if they do so there.
    fn explain_difference(&self, tools: &mut Tools<'_>, schedule: Schedule, problem: Problem) -> Evidence {
        let before = schedule.choice_count();
        let plainest = Schedule { seed: schedule.seed, ..Schedule::default() };
        let mode = Mode { trace: true, ..Mode::default() };
        let differs = self.replayed(tools, &plainest, mode).and_then(|ran| self.check(tools, &ran));
        match differs {
            Some(problem) => self.evidence(tools, plainest, problem, before),
            None => self.evidence(tools, schedule, problem, before),
        }
    }

    /// Runs to just before the step that does not come back.
    fn explain_last_step(&self, tools: &mut Tools<'_>, index: usize, step: u64, problem: Problem) -> Evidence {
        let mode = Mode { forget: true, ..self.closest() };
        let steps = if step >= DROPPING { self.explorer.limits.steps } else { step.saturating_sub(1) };
        if index >= self.first() {
            self.keep_limits(tools);
        }
        let source = self.source(index, tools);
        let ran = self.run_limited(tools, source, self.seed(index), mode, steps);
        let schedule = ran.as_ref().map(|ran| ran.schedule()).unwrap_or_default();
        let before = schedule.choice_count();
        Evidence { schedule, problem, ran, departures_before: before }
    }

    /// Sees all that a report and its timeline tell.
    fn closest(&self) -> Mode {
        Mode { stacks: true, trace: true, record: self.explorer.timeline, ..Mode::default() }
    }

    /// The last run of a schedule, with all that a report tells.
    fn evidence(
        &self,
        tools: &mut Tools<'_>,
        schedule: Schedule,
        problem: Problem,
        departures_before: usize,
    ) -> Evidence {
        let ran = self.replayed(tools, &schedule, self.closest());
        let problem = match (&problem, ran.as_ref().map(|ran| &ran.end)) {
            // The smaller schedule may have other numbers in it, of tasks for example.
            (Problem::Finding(finding), Some(End::Failed(last))) if last.kind() == finding.kind() => {
                Problem::Finding(last.clone())
            }
            _ => problem,
        };
        Evidence { schedule, problem, ran, departures_before }
    }
}

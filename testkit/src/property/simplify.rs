//! Simplifies a failing input and its schedule in turn.

use std::time::{Duration, Instant};

use super::trial::Trial;
use crate::explorer::{Explorer, FailingSchedule, SearchResult, explain_failing, find_failure, is_interrupted};
use crate::failure::{Failure, FailureKind};
use crate::schedule::{Input, Schedule, ShrinkStep};

/// Real time for which an input is simplified by default.
const SIMPLIFY_TIME: Duration = Duration::from_secs(5);

/// Real time for which an input is simplified after Ctrl-C.
const SIMPLIFY_TIME_AFTER_INTERRUPT: Duration = Duration::from_secs(1);

/// Maximum number of times that the input is simplified again under a smaller schedule.
const MAX_ROUNDS: usize = 3;

/// Number of new schedules under which a simpler input is run.
const SCHEDULES: usize = 100;

/// Real time for which a simpler input is run under new schedules.
const SEARCH_TIME: Duration = Duration::from_millis(200);

/// An input with which the test failed, and the failing schedule.
#[derive(Clone)]
pub(super) struct FailingInput {
    pub(super) input: Input,
    pub(super) schedule: FailingSchedule,
    /// The input as one line of text.
    pub(super) line: String,
}

impl FailingInput {
    /// Returns whether it is simpler than another input: shorter as text.
    fn is_simpler_than(&self, other: &FailingInput) -> bool {
        (self.line.len(), &self.line) < (other.line.len(), &other.line)
    }
}

/// Returns whether a failure is the same as that of another input.
fn is_alike(failing: &FailingSchedule, other: &FailingSchedule) -> bool {
    match failing.signature.kind {
        // A simpler input may spawn fewer tasks.
        FailureKind::Deadlock | FailureKind::TaskLeak => failing.signature.is_within(&other.signature),
        _ => failing.signature == other.signature,
    }
}

/// Returns the simplest input found that fails alike, and its failure with the smallest schedule found. `result` is the
/// search in which the input `first` failed.
pub(super) fn simplest(
    trial: &Trial<'_>,
    explorer: &Explorer,
    first: FailingInput,
    result: &SearchResult,
) -> (FailingInput, Failure) {
    let explain = |failing: &FailingInput| {
        let mut schedule = failing.schedule.clone();
        schedule.index = first.schedule.index;
        schedule.schedule.input = Some(failing.input.clone());
        if failing.input == first.input {
            return result.explain(schedule);
        }
        explain_failing(explorer.clone(), trial.site, &trial.test(&failing.input), schedule, result.coverage)
    };
    let mut simplifier = Simplifier::new(trial, explorer);
    if !simplifier.is_worth_it(&first) {
        let failure = explain(&first);
        return (first, failure);
    }
    let mut simplest = simplifier.simplify(&first, None);
    let mut failure = explain(&simplest);
    for _ in 0..MAX_ROUNDS {
        // A failure that could not be reproduced is reported as found.
        if simplifier.is_over() || failure.kind() != first.schedule.cause.kind() {
            break;
        }
        let again = simplifier.simplify(&first, Some(failure.schedule()));
        if !again.is_simpler_than(&simplest) {
            break;
        }
        simplest = again;
        failure = explain(&simplest);
    }
    (simplest, failure)
}

/// Searches for a simpler input.
struct Simplifier<'a> {
    trial: &'a Trial<'a>,
    explorer: Explorer,
    deadline: Instant,
    /// Number of inputs that may still be tried.
    tries_left: u32,
}

impl<'a> Simplifier<'a> {
    fn new(trial: &'a Trial<'a>, explorer: &Explorer) -> Self {
        let time = match trial.config.max_shrink_time {
            _ if is_interrupted() => SIMPLIFY_TIME_AFTER_INTERRUPT,
            0 => SIMPLIFY_TIME,
            milliseconds => Duration::from_millis(milliseconds.into()),
        };
        let explorer = explorer.clone().check_determinism(false);
        Simplifier { trial, explorer, deadline: Instant::now() + time, tries_left: trial.config.max_shrink_iters }
    }

    /// Returns whether simplifying makes sense. A failure that leaks a thread, or depends on more than input and
    /// schedule, is not repeated.
    fn is_worth_it(&self, failing: &FailingInput) -> bool {
        let cause = &failing.schedule.cause;
        let is_nondeterministic = matches!(cause.kind(), FailureKind::ForeignWake | FailureKind::Nondeterminism);
        let is_repeatable = !cause.lost_its_thread() && !is_nondeterministic;
        is_repeatable && self.explorer.shrink && self.tries_left > 0
    }

    fn is_over(&self) -> bool {
        self.tries_left == 0 || Instant::now() >= self.deadline
    }

    /// Simplifies the input that failed first with proptest's own search, from the start. An input also counts as
    /// failing if it fails under the schedule `small`.
    fn simplify(&mut self, first: &FailingInput, small: Option<&Schedule>) -> FailingInput {
        let mut best = first.clone();
        let mut input = Input::new(first.input.seed);
        let mut tree = self.trial.tree(&input);
        let mut step = ShrinkStep::Simplify;
        while !self.is_over() && tree.step(step) {
            self.tries_left -= 1;
            input.shrink_steps.push(step);
            let line = tree.line();
            // A step back may lead to an input that is known to fail.
            let schedule = match line == best.line {
                true => Some(best.schedule.clone()),
                false => self.fails(&input, &best.schedule, small),
            };
            step = match schedule {
                Some(schedule) => {
                    best = FailingInput { input: input.clone(), schedule, line };
                    ShrinkStep::Simplify
                }
                None => ShrinkStep::Complicate,
            };
        }
        best
    }

    /// Returns a schedule under which the test fails alike with a simpler input. Tries the smallest schedule so far,
    /// the last one that failed, both renumbered for a test that spawns one task fewer, and then new ones.
    fn fails(&self, input: &Input, last: &FailingSchedule, small: Option<&Schedule>) -> Option<FailingSchedule> {
        let known = || small.into_iter().chain([&last.schedule]);
        let renumbered = known().flat_map(Schedule::with_one_task_fewer);
        let mut replayed = known().cloned().chain(renumbered).map(|schedule| self.explorer.clone().replay(&schedule));
        replayed
            .find_map(|explorer| self.run(explorer, input, last))
            .or_else(|| self.run(self.search_explorer(), input, last))
    }

    /// Runs schedules with an input until one fails. Returns that schedule if it fails like `last`.
    fn run(&self, explorer: Explorer, input: &Input, last: &FailingSchedule) -> Option<FailingSchedule> {
        let result = find_failure(explorer, self.trial.site, &self.trial.test(input));
        result.failing.filter(|failing| is_alike(failing, last))
    }

    /// Returns an explorer that searches new schedules.
    fn search_explorer(&self) -> Explorer {
        let explorer = Explorer { exhaustive: None, ..self.explorer.clone() };
        explorer.schedules(SCHEDULES).time(SEARCH_TIME)
    }
}

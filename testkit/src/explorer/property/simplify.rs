use std::time::{Duration, Instant};

use super::run::Trial;
use crate::explorer::interrupt::is_interrupted;
use crate::explorer::search::{Sought, explain, find};
use crate::explorer::settings::Explorer;
use crate::explorer::tally::Found;
use crate::outcome::{Failure, FailureKind, Problem, is_within};
use crate::schedule::{Input, Move, Schedule};

/// For how long, of real time, an input is made simpler, unless somebody says so.
const SIMPLIFYING: Duration = Duration::from_secs(5);

/// The same behind Ctrl-C.
const SIMPLIFYING_IN_HASTE: Duration = Duration::from_secs(1);

/// How often it is made simpler under a smaller schedule.
const ROUNDS: usize = 3;

/// Under how many schedules a simpler input is run, and for how long, of real time, to see whether it fails.
const SCHEDULES: usize = 100;
const SEARCHING: Duration = Duration::from_millis(200);

/// An input that the test fails with, and under which schedule.
#[derive(Clone)]
pub(super) struct Failing {
    pub(super) input: Input,
    pub(super) found: Found,
    /// The input as text.
    pub(super) line: String,
}

impl Failing {
    /// Whether it is simpler than another: shorter, as a person reads it.
    fn is_simpler_than(&self, other: &Failing) -> bool {
        (self.line.len(), &self.line) < (other.line.len(), &other.line)
    }
}

impl Found {
    /// Whether it is the same failure as that of another input.
    fn is_like(&self, other: &Found) -> bool {
        let kind = self.problem.kind();
        if kind != other.problem.kind() {
            return false;
        }
        match kind {
            // A simpler input may have fewer tasks.
            FailureKind::Deadlock | FailureKind::TaskLeak => is_within(&self.place, &other.place),
            _ => self.place == other.place,
        }
    }
}

/// The simplest input that fails alike, and its failure, whose schedule is the smallest that was found for it. The
/// input that failed first was `sought`.
pub(super) fn simplest(trial: &Trial<'_>, explorer: &Explorer, first: Failing, sought: &Sought) -> (Failing, Failure) {
    let explained = |failing: &Failing| {
        let mut found = failing.found.clone();
        found.index = first.found.index;
        found.schedule.input = Some(failing.input.clone());
        match failing.input == first.input {
            true => sought.explain(found),
            false => explain(explorer.clone(), trial.site, &trial.body(&failing.input), found, &sought.coverage),
        }
    };
    let mut simplifying = Simplifying::new(trial, explorer);
    if !simplifying.is_worth_it(&first) {
        let failure = explained(&first);
        return (first, failure);
    }
    let mut smallest = simplifying.simplify(&first, None);
    let mut failure = explained(&smallest);
    for _ in 0..ROUNDS {
        // What has not come again is told as it is.
        if simplifying.is_over() || failure.kind() != first.found.problem.kind() {
            break;
        }
        let again = simplifying.simplify(&first, Some(failure.schedule()));
        if !again.is_simpler_than(&smallest) {
            break;
        }
        smallest = again;
        failure = explained(&smallest);
    }
    (smallest, failure)
}

/// The search for a simpler input.
struct Simplifying<'a> {
    trial: &'a Trial<'a>,
    explorer: Explorer,
    deadline: Instant,
    /// How many more inputs may be tried.
    left: u32,
}

impl<'a> Simplifying<'a> {
    fn new(trial: &'a Trial<'a>, explorer: &Explorer) -> Self {
        let time = match trial.config.max_shrink_time {
            _ if is_interrupted() => SIMPLIFYING_IN_HASTE,
            0 => SIMPLIFYING,
            milliseconds => Duration::from_millis(milliseconds.into()),
        };
        let explorer = explorer.clone().check_determinism(false);
        Simplifying { trial, explorer, deadline: Instant::now() + time, left: trial.config.max_shrink_iters }
    }

    /// Whether there is any use in it: what keeps a thread for good, or depends on more than input and schedule, is not run
    /// again and again.
    fn is_worth_it(&self, failing: &Failing) -> bool {
        let is_steady = match &failing.found.problem {
            Problem::Finding(finding) => finding.kind() != FailureKind::ForeignWake,
            Problem::Hung { .. } | Problem::Aborting { .. } | Problem::Nondeterminism { .. } => false,
        };
        is_steady && self.explorer.shrink && self.left > 0
    }

    fn is_over(&self) -> bool {
        self.left == 0 || Instant::now() >= self.deadline
    }

    /// Makes the input simpler that failed first, from its beginning: proptest's own search, in which an input also counts
    /// that fails under the schedule `small`.
    fn simplify(&mut self, first: &Failing, small: Option<&Schedule>) -> Failing {
        let mut best = first.clone();
        let mut input = Input::new(first.input.seed);
        let mut tree = self.trial.tree(&input);
        let mut step = Move::Simplify;
        while !self.is_over() && tree.step(step) {
            self.left -= 1;
            input.moves.push(step);
            let line = tree.line();
            // Taking a part back may lead to what is known to fail.
            let found = match line == best.line {
                true => Some(best.found.clone()),
                false => self.fails(&input, &best.found, small),
            };
            step = match found {
                Some(found) => {
                    best = Failing { input: input.clone(), found, line };
                    Move::Simplify
                }
                None => Move::Complicate,
            };
        }
        best
    }

    /// Whether the test fails alike with a simpler input: under the smallest schedule so far, under the last that failed,
    /// these two as if the input spawned a task less, or under others.
    fn fails(&self, input: &Input, last: &Found, small: Option<&Schedule>) -> Option<Found> {
        let known = || small.into_iter().chain([&last.schedule]);
        let renumbered = known().flat_map(Schedule::with_one_task_less);
        let mut replayed = known().cloned().chain(renumbered).map(|schedule| self.explorer.clone().replay(&schedule));
        replayed
            .find_map(|explorer| self.run(explorer, input, last))
            .or_else(|| self.run(self.searching(), input, last))
    }

    /// Runs schedules with an input until one fails, if it fails like the last.
    fn run(&self, explorer: Explorer, input: &Input, last: &Found) -> Option<Found> {
        find(explorer, self.trial.site, &self.trial.body(input)).found.filter(|found| found.is_like(last))
    }

    fn searching(&self) -> Explorer {
        let explorer = Explorer { exhaustive: None, ..self.explorer.clone() };
        explorer.schedules(SCHEDULES).time(SEARCHING)
    }
}

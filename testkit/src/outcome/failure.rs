use std::fmt;
use std::sync::Arc;

use super::{Choice, Coverage, FailureKind};
use crate::explorer::Divergence;
use crate::report::{self, Story, Timeline};
use crate::schedule::Schedule;
use crate::sim::{Finding, PanicReport, Ran};

/// Why a schedule failed.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    Finding(Finding),
    /// The step did not return.
    Hung {
        step: u64,
    },
    /// Panics, of which the last would have aborted the process.
    Aborting {
        panics: Vec<PanicReport>,
        step: u64,
    },
    /// Two runs differ; or the failure that came first did not come again.
    Nondeterminism {
        divergence: Option<Divergence>,
        first: Option<Box<Finding>>,
    },
}

impl Problem {
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Problem::Finding(finding) => finding.kind(),
            Problem::Hung { .. } => FailureKind::StepLimit,
            Problem::Aborting { .. } => FailureKind::Panic,
            Problem::Nondeterminism { .. } => FailureKind::Nondeterminism,
        }
    }
}

/// All that is known of a failure.
pub(crate) struct Evidence {
    pub(crate) problem: Problem,
    pub(crate) schedule: Schedule,
    /// The last run under that schedule.
    pub(crate) ran: Option<Box<Ran>>,
    /// How many departures there were before shrinking.
    pub(crate) departures_before: usize,
}

impl Evidence {
    /// A failure that does not let itself be run again.
    pub(crate) fn unexplained(problem: Problem) -> Self {
        Evidence { problem, schedule: Schedule::default(), ran: None, departures_before: 0 }
    }
}

/// The input that a test fails with.
#[derive(Clone)]
pub(crate) struct FailingInput {
    /// Which one it is of how many, and how it came to be.
    pub(crate) origin: String,
    pub(crate) text: String,
}

/// A failure: what it is, and the choices that lead there. Its text is the whole report.
#[derive(Clone)]
pub struct Failure {
    kind: FailureKind,
    choices: Vec<Choice>,
    schedule: Schedule,
    found_after: usize,
    /// In how many schedules it was, as far as they were run.
    count: usize,
    /// Whether its schedule has been seen to do the same again.
    is_replayable: bool,
    headline: String,
    input: Option<FailingInput>,
    details: String,
    story: Option<Arc<Story>>,
}

impl Failure {
    pub(crate) fn new(
        mut evidence: Evidence,
        test_name: Option<&'static str>,
        index: usize,
        count: usize,
        schedules: usize,
        coverage: &Coverage,
    ) -> Self {
        let choices = evidence.ran.as_deref().map(Choice::of_run).unwrap_or_default();
        // Where runs differ, the choices of one of them tell nothing.
        let told: &[Choice] = if evidence.problem.kind() == FailureKind::Nondeterminism { &[] } else { &choices };
        let headline = report::headline(&evidence);
        let details = report::details(&evidence, told, test_name, index, schedules, coverage);
        let story = Story::take(&mut evidence, told, test_name, &headline).map(Arc::new);
        let kind = evidence.problem.kind();
        let is_replayable = evidence.ran.is_some() && kind != FailureKind::Nondeterminism;
        Failure {
            kind,
            choices,
            schedule: evidence.schedule,
            found_after: index + 1,
            count,
            is_replayable,
            headline,
            input: None,
            details,
            story,
        }
    }

    /// In how many schedules it was; 1, if it ended the search.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The same, as one of so many that fail alike.
    pub(crate) fn of(self, count: usize) -> Self {
        Failure { count, ..self }
    }

    /// Whether its schedule leads there again.
    pub(crate) fn is_replayable(&self) -> bool {
        self.is_replayable
    }

    /// The same of a test with inputs, that was run under so many schedules with others `earlier`.
    pub(crate) fn with_input(self, input: FailingInput, earlier: usize) -> Self {
        Failure { input: Some(input), found_after: self.found_after + earlier, ..self }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The choices other than the default that are left after shrinking, in the order in which they are made.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// The schedule that fails so again, by [`Explorer::replay`](crate::Explorer::replay).
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The input that it fails with, as text, `name = value`, of a test that takes
    /// [inputs](crate::Explorer::with_inputs).
    pub fn input(&self) -> Option<&str> {
        self.input.as_ref().map(|input| &*input.text)
    }

    /// What happened in the run that the report tells of, step by step; none, if that was not recorded: see
    /// [`Explorer::timeline`](crate::Explorer::timeline).
    pub fn timeline(&self) -> Option<Timeline<'_>> {
        self.story.as_ref().map(|story| Timeline::new(story, self.to_string()))
    }

    /// How many schedules it took to find it, itself counted.
    pub fn found_after(&self) -> usize {
        self.found_after
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)?;
        if let Some(input) = &self.input {
            writeln!(f, "  {}:", input.origin)?;
            input.text.lines().try_for_each(|line| writeln!(f, "    {line}"))?;
        }
        f.write_str(&self.details)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

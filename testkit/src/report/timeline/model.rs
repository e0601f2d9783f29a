use std::collections::BTreeMap;
use std::time::Duration;

use crate::failure::{Choice, Failure, FailureCause};
use crate::internal::file_name;
use crate::report::frames::waiting;
use crate::report::headline::headline;
use crate::trace::{Event, Omitted, PollResult, RecordedEvent, Recording, TaskSnapshot, TaskState};

/// What a timeline tells: the recording of a run, in the words of its report.
#[derive(Clone, Debug)]
pub(super) struct TimelineModel {
    pub(super) test: String,
    /// `deadlock`, `panic` and so on.
    pub(super) kind: String,
    /// What is wrong, without the kind.
    pub(super) headline: String,
    pub(super) lanes: Vec<Lane>,
    pub(super) sites: Vec<Site>,
    pub(super) polls: Vec<Poll>,
    pub(super) events: Vec<RecordedEvent>,
    pub(super) choices: Vec<Choice>,
    /// Virtual time at the end.
    pub(super) end: Duration,
    pub(super) omitted: Option<Omitted>,
}

/// A task.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) number: u32,
    pub(super) name: String,
    /// `file.rs:42`, where it was spawned.
    pub(super) site: String,
    pub(super) parent: u32,
    pub(super) bytes: usize,
    pub(super) polls: u32,
    pub(super) is_background: bool,
    pub(super) end: LaneEnd,
}

/// How a task stands at the end of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LaneEnd {
    Done,
    Panicked,
    Dropped,
    /// It is what the failure is about: nothing can wake it.
    Stuck,
    /// It was to have ended before the test.
    Left,
    Waiting,
    Ready,
}

impl LaneEnd {
    pub(super) fn name(self) -> &'static str {
        match self {
            LaneEnd::Done => "done",
            LaneEnd::Panicked => "panicked",
            LaneEnd::Dropped => "dropped",
            LaneEnd::Stuck => "stuck",
            LaneEnd::Left => "left",
            LaneEnd::Waiting => "waiting",
            LaneEnd::Ready => "ready",
        }
    }
}

/// Where tasks wait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Site {
    /// `file.rs:42` and the function, from the innermost await outwards.
    pub(super) frames: Vec<(String, String)>,
    /// What the innermost of them waits in.
    pub(super) primitive: Option<String>,
}

impl Site {
    /// The line and the function, or what is known instead.
    pub(super) fn label(&self) -> String {
        match (self.frames.first(), &self.primitive) {
            (Some((place, function)), _) => format!("{place} {function}").trim_end().to_owned(),
            (None, Some(primitive)) => primitive.clone(),
            (None, None) => "a place without source lines".to_owned(),
        }
    }
}

/// One step.
#[derive(Clone, Debug)]
pub(super) struct Poll {
    pub(super) step: usize,
    pub(super) task: u32,
    /// From 1.
    pub(super) number: u32,
    pub(super) result: PollResult,
    pub(super) time: Duration,
    /// Where the task waits from here on, by number.
    pub(super) site: Option<usize>,
}

impl Poll {
    pub(super) fn result(&self) -> &'static str {
        match self.result {
            PollResult::Pending => "pending",
            PollResult::Preempted => "preempted",
            PollResult::Ready => "ready",
            PollResult::Panicked => "panicked",
        }
    }
}

impl TimelineModel {
    /// Returns the timeline of a failure, if its last run was recorded.
    pub(super) fn new(failure: &Failure) -> Option<Self> {
        let (evidence, choices) = (&failure.evidence, failure.listed_choices());
        let record = evidence.record.as_deref()?;
        let Recording { steps, events, stacks, omitted } = record.recording.as_ref()?;
        // Stacks that differ only in what is not the reader's are one.
        let mut numbers = BTreeMap::new();
        let mut sites = Vec::new();
        let by_stack: Vec<usize> = stacks
            .iter()
            .map(|stack| {
                let waiting = waiting(stack);
                let site = Site { frames: waiting.frames, primitive: waiting.primitive };
                *numbers.entry(site.clone()).or_insert_with(|| {
                    sites.push(site);
                    sites.len() - 1
                })
            })
            .collect();
        let idle = idle_background_tasks(&record.tasks, events, choices);
        let polls: Vec<Poll> = steps
            .iter()
            .filter(|step| !idle.contains(&step.task))
            .map(|step| {
                let site = step.stack.map(|stack| by_stack[stack]);
                let (number, task) = (step.poll + 1, step.task);
                Poll { step: step.number, task, number, result: step.result, time: step.time, site }
            })
            .collect();
        let kind = failure.kind().to_string();
        let headline = headline(evidence);
        let headline = headline.trim_end();
        let tasks = record.tasks.iter().filter(|task| !idle.contains(&task.number));
        Some(TimelineModel {
            test: failure.discovery.test_name.unwrap_or("test").to_owned(),
            headline: headline.strip_prefix(&format!("{kind}: ")).unwrap_or(headline).to_owned(),
            kind,
            lanes: tasks.map(|task| lane(task, &evidence.cause)).collect(),
            sites,
            events: shown_events(events, &polls, &idle),
            polls,
            choices: choices.to_vec(),
            end: record.virtual_time,
            omitted: *omitted,
        })
    }
}

/// The tasks in the background that nothing is to be told of, such as that of a network which carries nothing: they were
/// polled once at the most, and nobody has woken them since.
fn idle_background_tasks(tasks: &[TaskSnapshot], events: &[RecordedEvent], choices: &[Choice]) -> Vec<u32> {
    let is_idle = |task: &&TaskSnapshot| {
        let is_woken = || events.iter().any(|event| event.event == Event::Wake { task: task.number });
        let is_chosen = || choices.iter().any(|choice| choice.text().contains(&format!("`{}`", task.name)));
        task.is_background && task.polls <= 1 && !is_woken() && !is_chosen()
    };
    tasks.iter().filter(is_idle).map(|task| task.number).collect()
}

/// Leaves out wakes of tasks that had already ended, and spawns of idle background tasks.
fn shown_events(events: &[RecordedEvent], polls: &[Poll], idle: &[u32]) -> Vec<RecordedEvent> {
    let ending = polls.iter().filter(|poll| matches!(poll.result, PollResult::Ready | PollResult::Panicked));
    let dropped = events.iter().filter_map(|event| match event.event {
        Event::Drop { task } => Some((task, event.step)),
        _ => None,
    });
    let ends: BTreeMap<u32, usize> = ending.map(|poll| (poll.task, poll.step)).chain(dropped).collect();
    let is_shown = |event: &&RecordedEvent| match event.event {
        Event::Wake { task } => ends.get(&task).is_none_or(|end| event.step < *end),
        Event::Spawn { task } => !idle.contains(&task),
        _ => true,
    };
    events.iter().filter(is_shown).cloned().collect()
}

fn lane(task: &TaskSnapshot, cause: &FailureCause) -> Lane {
    Lane {
        number: task.number,
        name: task.name.clone(),
        site: format!("{}:{}", file_name(task.site.file()), task.site.line()),
        parent: task.parent,
        bytes: task.size,
        polls: task.polls,
        is_background: task.is_background,
        end: lane_end(task, cause),
    }
}

fn lane_end(task: &TaskSnapshot, cause: &FailureCause) -> LaneEnd {
    let is_stuck = match cause {
        FailureCause::Deadlock => task.is_alive(),
        FailureCause::MissedWaker { task: stuck } | FailureCause::LostWakeup { task: stuck, .. } => {
            *stuck == task.number
        }
        _ => false,
    };
    let is_probed = matches!(cause, FailureCause::MissedWaker { .. } | FailureCause::LostWakeup { .. });
    let is_left = matches!(cause, FailureCause::TaskLeak) && task.is_alive();
    match task.state {
        // A probe may have brought it to its end, to see that it was ready.
        _ if is_stuck => LaneEnd::Stuck,
        TaskState::Done => LaneEnd::Done,
        TaskState::Panicked => LaneEnd::Panicked,
        TaskState::Cancelled => LaneEnd::Dropped,
        _ if is_left => LaneEnd::Left,
        // A probe that has found who was ready has woken others.
        _ if task.is_ready && !is_probed => LaneEnd::Ready,
        _ => LaneEnd::Waiting,
    }
}

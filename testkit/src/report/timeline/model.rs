//! The data of a timeline, which the page and the trace share.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::failure::{Choice, Failure, FailureCause};
use crate::internal::short_place;
use crate::report::frames::{FrameText, waiting};
use crate::report::headline::headline;
use crate::trace::{Event, Omitted, PollResult, RecordedEvent, Recording, TaskSnapshot, TaskState};

/// Data of a timeline: the recording of a run, with the texts of its report.
#[derive(Clone, Debug)]
pub(super) struct TimelineModel {
    pub(super) test: String,
    /// `deadlock`, `panic` and so on.
    pub(super) kind: String,
    /// Headline of the report, without the kind.
    pub(super) headline: String,
    pub(super) lanes: Vec<Lane>,
    pub(super) sites: Vec<Site>,
    pub(super) polls: Vec<Poll>,
    pub(super) events: Vec<RecordedEvent>,
    pub(super) choices: Vec<Choice>,
    /// Virtual time at the end of the run.
    pub(super) end: Duration,
    pub(super) omitted: Option<Omitted>,
}

/// A task, drawn as a lane.
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
    /// Name of its host; `None` for the host `main`.
    pub(super) host: Option<String>,
    pub(super) end: LaneEnd,
}

/// State of a task at the end of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LaneEnd {
    Done,
    Panicked,
    Dropped,
    /// The failure is that nothing can wake this task.
    Stuck,
    /// The failure is that this task outlives the test.
    Leaked,
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
            LaneEnd::Leaked => "leaked",
            LaneEnd::Waiting => "waiting",
            LaneEnd::Ready => "ready",
        }
    }
}

/// Place at which tasks wait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Site {
    /// `file.rs:42` and the function, from the innermost await outwards.
    pub(super) frames: Vec<FrameText>,
    /// Library function in which the innermost frame waits.
    pub(super) primitive: Option<String>,
}

impl Site {
    /// Returns the innermost line and function. Without user frames, returns the primitive.
    pub(super) fn label(&self) -> String {
        match (self.frames.first(), &self.primitive) {
            (Some(frame), _) => format!("{} {}", frame.place, frame.function).trim_end().to_owned(),
            (None, Some(primitive)) => primitive.clone(),
            (None, None) => "an unknown source line".to_owned(),
        }
    }
}

/// A step of the run: one poll of a task, or one step of the raw tasks.
#[derive(Clone, Debug)]
pub(super) struct Poll {
    pub(super) step: usize,
    pub(super) task: u32,
    /// Number of the poll, from 1.
    pub(super) number: u32,
    pub(super) result: PollResult,
    pub(super) time: Duration,
    /// Index of the site at which the task waits after this poll, or was preempted.
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
        // Stacks with the same user frames share a site.
        let mut indices = BTreeMap::new();
        let mut sites = Vec::new();
        let site_of_stack: Vec<usize> = stacks
            .iter()
            .map(|stack| {
                let waiting = waiting(stack);
                let site = Site { frames: waiting.frames, primitive: waiting.primitive };
                *indices.entry(site.clone()).or_insert_with(|| {
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
                let site = step.stack.map(|stack| site_of_stack[stack]);
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

/// Returns the background tasks to omit, such as that of an unused network. They were polled at most once and never
/// woken.
fn idle_background_tasks(tasks: &[TaskSnapshot], events: &[RecordedEvent], choices: &[Choice]) -> Vec<u32> {
    let is_idle = |task: &&TaskSnapshot| {
        let is_woken = || events.iter().any(|event| event.event == Event::Wake { task: task.number });
        let is_chosen = || choices.iter().any(|choice| choice.text().contains(&format!("`{}`", task.name)));
        task.is_background && task.polls <= 1 && !is_woken() && !is_chosen()
    };
    tasks.iter().filter(is_idle).map(|task| task.number).collect()
}

/// Omits wakes of tasks that had already ended, and spawns of idle background tasks.
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
        site: short_place(task.site.file(), task.site.line()),
        parent: task.parent,
        bytes: task.size,
        polls: task.polls,
        is_background: task.is_background,
        host: task.host.clone(),
        end: lane_end(task, cause),
    }
}

fn lane_end(task: &TaskSnapshot, cause: &FailureCause) -> LaneEnd {
    let is_stuck = match cause {
        FailureCause::Deadlock { .. } => task.is_alive() && !cause.is_beside(task.number),
        FailureCause::MissedWaker { task: stuck, .. } | FailureCause::LostWakeup { task: stuck, .. } => {
            *stuck == task.number
        }
        _ => false,
    };
    let is_leaked = matches!(cause, FailureCause::TaskLeak) && task.is_alive();
    match task.state {
        _ if is_stuck => LaneEnd::Stuck,
        TaskState::Done => LaneEnd::Done,
        TaskState::Panicked => LaneEnd::Panicked,
        TaskState::Cancelled => LaneEnd::Dropped,
        _ if is_leaked => LaneEnd::Leaked,
        _ if task.is_ready => LaneEnd::Ready,
        _ => LaneEnd::Waiting,
    }
}

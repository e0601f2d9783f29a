//! The part of a report that shows where tasks wait.

use std::fmt::Write;

use super::frames::{FrameText, Waiting, location, unordered_place, waiting};
use super::primitives::{held_state, primitive_state};
use crate::failure::{FailureCause, LateWake, NON_STRING_PAYLOAD, RunRecord};
use crate::internal::{duration_text, short_place};
use crate::schedule::RAW_TASKS;
use crate::trace::{ForeignThread, PollEffect, TaskSnapshot, TaskState};

/// Maximum number of tasks named as possible causes of a missing wake.
const MAX_SUSPECTS: usize = 4;

/// Writes the state of the tasks that a failure involves: all that have not ended, except the one that the headline
/// names.
pub(super) fn write_tasks(report: &mut String, cause: &FailureCause, record: &RunRecord) {
    let section = TaskSection {
        cause,
        record,
        is_deadlock: matches!(cause, FailureCause::Deadlock { .. }),
        is_only_task: record.raw_tasks == 0
            && record.foreign_threads.is_empty()
            && record.tasks.iter().filter(|task| task.is_alive()).count() == 1,
    };
    let named_by_headline = match cause {
        FailureCause::Panic { task, .. }
        | FailureCause::RealIo { task, .. }
        | FailureCause::SystemCall { task, .. } => Some(*task),
        _ => None,
    };
    let is_shown = |task: &&TaskSnapshot| {
        let is_unfinished = task.is_alive() || task.state == TaskState::Panicked && !task.panic_received;
        let is_named = named_by_headline == Some(task.number) || cause.is_beside(task.number);
        section.is_subject(task) || is_unfinished && !is_named
    };
    for task in record.tasks.iter().filter(is_shown) {
        section.write_task(report, task);
    }
}

/// Returns the number and the name of a task.
pub(super) fn task_name(record: Option<&RunRecord>, task: u32) -> String {
    if task == RAW_TASKS {
        return "a `tokio::spawn` task".to_owned();
    }
    match record.and_then(|record| record.tasks.get(task as usize)) {
        Some(task) => full_name(task),
        None => format!("task {task}"),
    }
}

/// Returns the number, the name and the host of a task.
fn full_name(task: &TaskSnapshot) -> String {
    let host = task.host().map_or_else(String::new, |host| format!(" on `{host}`"));
    format!("task {} `{}`{host}", task.number, task.name)
}

/// Returns a list of threads, such as ``thread `database`, 2 threads without a name``.
pub(super) fn thread_list(threads: &[ForeignThread]) -> String {
    let mut names: Vec<_> = threads.iter().map(|thread| thread.name.as_deref()).collect();
    names.sort_unstable();
    let named = |equal: &[Option<&str>]| {
        let name = equal[0].map_or_else(|| "without a name".to_owned(), |name| format!("`{name}`"));
        if equal.len() == 1 { format!("thread {name}") } else { format!("{} threads {name}", equal.len()) }
    };
    names.chunk_by(PartialEq::eq).map(named).collect::<Vec<_>>().join(", ")
}

/// The section of a report that shows tasks.
struct TaskSection<'a> {
    cause: &'a FailureCause,
    record: &'a RunRecord,
    is_deadlock: bool,
    is_only_task: bool,
}

impl TaskSection<'_> {
    /// Returns whether the failure is a missing wake of this task.
    fn is_subject(&self, task: &TaskSnapshot) -> bool {
        match self.cause {
            FailureCause::MissedWaker { task: subject, .. } | FailureCause::LostWakeup { task: subject, .. } => {
                *subject == task.number
            }
            _ => false,
        }
    }

    fn write_task(&self, report: &mut String, task: &TaskSnapshot) {
        let site = short_place(task.site.file(), task.site.line());
        let (stack, passed) = match self.record.stacks.get(&task.number) {
            Some(stack) if stack.left_no_waker => (None, location(stack)),
            stack => (stack.map(waiting), None),
        };
        let stack = stack.filter(|stack| !stack.frames.is_empty());
        // Whether the first line shows where the task was spawned.
        let shows_site = stack.is_none() || task.polls == 0;
        _ = write!(report, "  {}  ", full_name(task));
        match &stack {
            _ if task.state == TaskState::Panicked => {
                _ = writeln!(report, "panicked: {}", task.panic.as_deref().unwrap_or(NON_STRING_PAYLOAD));
            }
            _ if task.polls == 0 => _ = writeln!(report, "spawned at {site}, not polled yet"),
            Some(stack) => self.write_stack(report, task, stack),
            None => {
                _ = writeln!(report, "spawned at {site}");
                if task.is_ready {
                    _ = writeln!(report, "       is ready");
                } else if task.left_waker {
                    _ = writeln!(report, "       waits; no stack available");
                } else {
                    let passed = passed.map_or_else(String::new, |place| format!(". Its last poll reached {place}"));
                    _ = writeln!(report, "       registered no waker, so nothing can wake it{passed}");
                }
            }
        }
        if self.is_subject(task)
            && let Some(late) = self.cause.late_wake()
        {
            self.write_late_wake(report, late);
        }
        if !self.is_deadlock && task.state != TaskState::Panicked {
            let plural = if task.polls == 1 { "" } else { "s" };
            let spawned = if shows_site { String::new() } else { format!("spawned at {site}; ") };
            _ = writeln!(report, "       {spawned}{} poll{plural}; future of {} bytes", task.polls, task.size);
        }
        if !task.delay.is_zero() {
            let delay = duration_text(task.delay);
            _ = writeln!(report, "       was ready for {delay} of virtual time without being polled");
        }
    }

    /// Writes where a task waits, and the state of the primitive if it is known.
    fn write_stack(&self, report: &mut String, task: &TaskSnapshot, stack: &Waiting) {
        let frame = |frame: &FrameText| frame.to_string().trim_end().to_owned();
        _ = writeln!(report, "{}", stack.frames.iter().map(frame).collect::<Vec<_>>().join("  <- "));
        let Some(primitive) = &stack.primitive else { return };
        let is_sibling = self.is_subject(task) && matches!(self.cause, FailureCause::LostWakeup { .. });
        let waits = if is_sibling { "a sibling future waits in" } else { "waits in" };
        let awaited = self.record.stacks.get(&task.number).and_then(|stack| stack.awaited);
        let awaited = awaited.map_or_else(String::new, |task| format!(", for {}", task_name(Some(self.record), task)));
        _ = writeln!(report, "       {waits} {primitive}{awaited}");
        if self.is_deadlock
            && let Some(place) = self.record.stacks.get(&task.number).and_then(unordered_place)
        {
            _ = writeln!(
                report,
                "       the `FuturesUnordered` at {place} polls only children that were woken: a child that registered \
                 no waker is never polled again"
            );
        }
        let name = |task: u32| task_name(Some(self.record), task);
        let holders = self.record.lock_holders.get(&task.number);
        let held = holders.and_then(|holders| held_state(primitive, task.number, holders, name));
        if self.is_deadlock
            && let Some(state) = held.or_else(|| primitive_state(primitive, self.is_only_task))
        {
            _ = writeln!(report, "       {state}");
        }
    }

    /// Writes since when a task was ready, which tasks may have made it ready, and how it was woken.
    fn write_late_wake(&self, report: &mut String, late: &LateWake) {
        let name = |task: u32| task_name(Some(self.record), task);
        let effect = match late.effect {
            PollEffect::Completed => "completed it".to_owned(),
            PollEffect::Woke(task) => format!("woken {}", name(task)),
            PollEffect::Spawned => "spawned a task".to_owned(),
            PollEffect::Aborted => "aborted a task".to_owned(),
            PollEffect::Noted => "left a note".to_owned(),
            PollEffect::CalledFake => "used a fake".to_owned(),
            PollEffect::CompletedOperation => "completed a tokio operation".to_owned(),
            PollEffect::RegisteredWaker => "been due: an earlier poll would have registered its waker".to_owned(),
        };
        let after = match late.ready_after.len() {
            0 => String::new(),
            count => {
                let names: Vec<_> = late.ready_after.iter().take(MAX_SUSPECTS).map(|task| name(*task)).collect();
                let more = match count.saturating_sub(MAX_SUSPECTS) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!(", after {}{more} {} polled", names.join(", "), if count == 1 { "was" } else { "were" })
            }
        };
        let ready_at = duration_text(late.ready_at);
        _ = writeln!(report, "       was found ready at {ready_at}{after}: since then, a poll would have {effect}");
        if let Some(poll) = &late.forgetful_poll {
            _ = writeln!(report, "       returned `Pending` without a waker: {poll}");
        }
        let polled_at = duration_text(late.polled_at);
        match &late.wake {
            Some(wake) => {
                let waker = wake.waker.as_ref().map_or_else(String::new, |waker| format!(", through {waker}"));
                let end = duration_text(late.end);
                _ = writeln!(report, "       last polled at {polled_at}; woken at {end}{waker}");
                let delay = match late.delay().as_nanos().div_ceil(1_000_000) {
                    delay if delay.is_multiple_of(1_000) => format!("{}s", delay / 1_000),
                    delay => format!("{delay}ms"),
                };
                _ = writeln!(report, "       if this delay is intended, set `allow_late_wakes = \"{delay}\"`");
            }
            None => _ = writeln!(report, "       last polled at {polled_at}; not woken since"),
        }
    }
}

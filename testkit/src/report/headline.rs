use std::fmt::Write;
use std::time::Duration;

use super::tasks::task_name;
use crate::executor::DROPPING;
use crate::failure::{Divergence, Evidence, FailureCause, RunRecord};
use crate::internal::{duration_text, file_name};
use crate::schedule::RAW_TASKS;
use crate::trace::Step;

/// What makes a test depend on more than its schedule, the most likely first.
const NONDETERMINISM: &str = "  likely causes, the most common first:
    `tokio::select!` in a task of `tokio::spawn`, or several in one poll: write `biased;`, or use `di_core::select!`
    the order of a `HashMap` or `HashSet`: use a `BTreeMap`, or an `IndexMap`
    real time, such as `Instant::now` of std: use `tokio::time::Instant`, or a `Clock`
    random numbers: take an `Entropy`, which is `sim.entropy()` here
    state that outlives a run, such as a `static`, or another thread
";

/// Returns the first line of a report, or the first few: the cause of the failure.
pub(super) fn headline(evidence: &Evidence) -> String {
    let record = evidence.record.as_deref();
    let text = describe(&evidence.cause, record);
    let mut headline = format!("{}: {text}\n", evidence.cause.kind());
    if let FailureCause::Nondeterminism { divergence, first } = &evidence.cause {
        match divergence {
            Some(divergence) => write_divergence(&mut headline, divergence, record),
            None => write_ends(&mut headline, first.as_deref(), record),
        }
        headline.push_str(NONDETERMINISM);
    }
    headline
}

fn describe(cause: &FailureCause, record: Option<&RunRecord>) -> String {
    let name = |task: u32| task_name(record, task);
    match cause {
        FailureCause::Panic { task, panic, while_dropped } => {
            let place = if panic.place.is_empty() { String::new() } else { format!(" at {}", panic.place) };
            let dropped = if *while_dropped { " while it was dropped" } else { "" };
            format!("{} panicked{place}{dropped}{}: {}", name(*task), after(record), panic.message)
        }
        FailureCause::Error { text } => format!("the test returned an error{}: {text}", after(record)),
        FailureCause::Deadlock => {
            let waiting = record.map_or(0, tasks_left);
            let wait = if waiting == 1 { "1 task waits" } else { &format!("{waiting} tasks wait") };
            format!("{wait}, and nothing is left that could wake one")
        }
        FailureCause::MissedWaker { task } => format!(
            "{} is ready, but its future has left no waker with anyone: nothing can ever wake it. A `poll` that returns \
             `Pending` must have stored `context.waker()`, or have polled something that does",
            name(*task)
        ),
        FailureCause::LostWakeup { task, lost } => {
            let hidden = match lost {
                Some(lost) => format!("was only woken {} later, by a timer of its own", duration_text(*lost)),
                None => "is never woken".to_owned(),
            };
            format!(
                "{} was ready, and nobody woke it: it {hidden}. Part of its future has left no waker, or an old one, or what \
                 made it ready forgot to wake; a sibling's waker hides that",
                name(*task)
            )
        }
        FailureCause::TaskLeak => {
            let left = record.map_or(0, tasks_left);
            let are = if left == 1 { "1 task is" } else { &format!("{left} tasks are") };
            format!("the test is over, and {are} left. Await or abort what is spawned, or set `allow_leaks`")
        }
        FailureCause::StepLimit { .. } => {
            let steps = record.map_or(0, |record| record.steps);
            format!("the test is not over after {steps} steps: tasks wake each other, or themselves, for ever")
        }
        FailureCause::TimeLimit => {
            let time = record.map_or(Duration::ZERO, |record| record.virtual_time);
            format!("the test is not over after {} of virtual time", duration_text(time))
        }
        FailureCause::ForeignWake { task, thread } => format!(
            "{} was woken by another thread, `{thread}`, which no schedule decides over. Blocking work goes through \
             `Spawner::spawn_blocking`, and IO through a fake",
            name(*task)
        ),
        FailureCause::RealIo { task, panic } => format!(
            "{} does real IO, at {}, which no schedule decides over: {}. Take a `Network`, or a fake",
            name(*task),
            file_name(&panic.place),
            panic.message.lines().next().unwrap_or_default().trim_end_matches('.')
        ),
        FailureCause::Hung { step } if *step >= DROPPING => {
            let task = name((step - DROPPING) as u32);
            format!("{task} did not come back from being dropped, at the end of the test")
        }
        FailureCause::Hung { step } => {
            let task = match record.and_then(|record| record.failure.as_ref()) {
                Some(FailureCause::StepLimit { next }) => name(*next),
                _ => "a task".to_owned(),
            };
            format!("{task} did not come back from a poll, in step {step}: it loops without an await, or blocks")
        }
        FailureCause::Aborting { panics, step } => format!(
            "{}; the last one came while another unwound, in step {step}, and would have aborted the process",
            panics.iter().map(ToString::to_string).collect::<Vec<_>>().join("; then ")
        ),
        FailureCause::Nondeterminism { .. } => "the same schedule has not done the same twice".to_owned(),
    }
}

fn tasks_left(record: &RunRecord) -> usize {
    record.tasks.iter().filter(|task| task.is_alive()).count()
}

/// Returns the virtual time of the failure as a phrase; empty at the start of the run.
fn after(record: Option<&RunRecord>) -> String {
    let time = record.map_or(Duration::ZERO, |record| record.virtual_time);
    if time.is_zero() { String::new() } else { format!(" after {} of virtual time", duration_text(time)) }
}

/// Writes how two runs of one schedule ended that differ, but not in a step.
fn write_ends(report: &mut String, first: Option<&FailureCause>, record: Option<&RunRecord>) {
    let end = |cause: Option<&FailureCause>, otherwise: &str| match cause {
        Some(cause) => format!("{}: {}", cause.kind(), describe(cause, record)),
        None => otherwise.to_owned(),
    };
    _ = writeln!(report, "  the first time it ended in: {}", end(first, "another way"));
    let second = record.and_then(|record| record.failure.as_ref());
    _ = writeln!(report, "  the second time in: {}", end(second, "success"));
}

fn write_divergence(report: &mut String, divergence: &Divergence, record: Option<&RunRecord>) {
    let describe = |step: &Option<Step>| match step {
        None => "the test was over".to_owned(),
        Some(step) if step.task == RAW_TASKS => "the tasks of `tokio::spawn` were stepped".to_owned(),
        Some(step) => {
            let (name, ended) = (task_name(record, step.task), if step.is_ready { ", to its end" } else { "" });
            let queued = step.queued;
            format!("{name} was polled, time number {}{ended}; {queued} ready behind it", step.poll + 1)
        }
    };
    _ = writeln!(report, "  step {}, the first time:  {}", divergence.step, describe(&divergence.first));
    _ = writeln!(report, "  step {}, the second time: {}", divergence.step, describe(&divergence.second));
}

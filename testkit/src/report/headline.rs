//! The beginning of a report, which states the cause of the failure.

use std::fmt::Write;
use std::time::Duration;

use super::frames::{is_library_file, location, short_library_place, waiting};
use super::tasks::{task_name, thread_list};
use crate::executor::DROPPING;
use crate::failure::{Divergence, Evidence, FailureCause, LateWake, PanicReport, RunRecord, Ticking};
use crate::internal::duration_text;
use crate::schedule::RAW_TASKS;
use crate::trace::{Actor, Step, TaskSnapshot};

/// Likely causes of nondeterminism, most common first.
const NONDETERMINISM: &str =
    "    state that outlives a run, such as a `static`: create it in the test, or reset it at the beginning
    `tokio::select!` in a `tokio::spawn` task, or several in one poll: add `biased;`, use `di_core::select!`, or run `cargo testkit test`
    iteration order of a `HashMap` or `HashSet`: use a `BTreeMap` or an `IndexMap`
    real time, such as `std::time::Instant::now`: use `tokio::time::Instant`, a `Clock`, or the feature `interpose`
    random numbers: use an `Entropy`, such as `sim.entropy()`
    another thread: use `di_core::task::spawn_blocking` for its work
";

/// Returns the beginning of a report, which states the cause of the failure. Usually one line.
pub(super) fn headline(evidence: &Evidence) -> String {
    let record = evidence.record.as_deref();
    let mut headline = match (evidence.cause.ticking(), record) {
        (Some(ticking), Some(record)) => deadlock_beside(ticking, record),
        _ => format!("{}: {}\n", evidence.cause.kind(), describe(&evidence.cause, record)),
    };
    let mut consequence = &evidence.cause;
    while let FailureCause::Panic { consequence: Some(next), .. } = consequence {
        _ = writeln!(headline, "  consequence: {}", describe(next, record));
        consequence = next;
    }
    if let FailureCause::Nondeterminism { divergence, first, has_state } = &evidence.cause {
        match divergence {
            Some(divergence) => write_divergence(&mut headline, divergence, record),
            None if *has_state => {
                let first = first.as_deref().map_or_else(String::new, |first| describe(first, record));
                _ = writeln!(
                    headline,
                    "  an earlier run of a schedule got further than a later one, which failed: {first}"
                );
            }
            None => write_ends(&mut headline, first.as_deref(), record),
        }
        headline.push_str("  likely causes, most common first:\n");
        if let Some(record) = record.filter(|record| !record.foreign_threads.is_empty()) {
            _ = writeln!(headline, "    another thread: {}", thread_list(&record.foreign_threads));
        }
        headline.push_str(NONDETERMINISM);
    }
    headline
}

/// Returns the beginning of the report of a deadlock beside tasks that still run.
fn deadlock_beside(ticking: &Ticking, record: &RunRecord) -> String {
    let names = |is_ticking: bool| {
        let is_shown = |task: &&TaskSnapshot| task.is_alive() && ticking.tasks.contains(&task.number) == is_ticking;
        let mut names: Vec<_> = record.tasks.iter().filter(is_shown).map(|task| format!("`{}`", task.name)).collect();
        names.dedup();
        names
    };
    let (waiting, running) = (names(false), names(true));
    let ticks = match (running.len(), record.raw_tasks) {
        (0, _) => "`tokio::spawn` tasks tick".to_owned(),
        (1, 0) => format!("{} ticks", running[0]),
        _ => format!("{} tick", joined(&running)),
    };
    format!(
        "deadlock of {}, while {ticks} on: since {}, nothing has woken the tasks that wait, and none of them has a timer\n",
        joined(&waiting),
        duration_text(ticking.since)
    )
}

/// Joins names into a list such as `a, b and c`.
fn joined(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

fn describe(cause: &FailureCause, record: Option<&RunRecord>) -> String {
    let name = |task: u32| task_name(record, task);
    match cause {
        FailureCause::Panic { task, panic, while_dropped, time, .. } => {
            let dropped = if *while_dropped { " while it was dropped" } else { "" };
            format!("{} panicked{}{dropped}{}: {}", name(*task), panic_place(panic), after_time(*time), panic.message)
        }
        FailureCause::Error { text } => format!("the test returned an error{}: {text}", after(record)),
        FailureCause::Deadlock { .. } => {
            let waiting = record.map_or(0, tasks_left);
            if waiting == 1 {
                "1 task waits, and nothing is left that could wake it".to_owned()
            } else {
                format!("{waiting} tasks wait, and nothing is left that could wake them")
            }
        }
        FailureCause::MissedWaker { task, late } => format!(
            "{} is ready, but its future registered no waker, so nothing can wake it. A `poll` that returns `Pending` \
             must store `context.waker()`, or poll another future that does{}",
            name(*task),
            consequence(late, record)
        ),
        FailureCause::LostWakeup { task, late } => {
            let wake = match &late.wake {
                Some(wake) => {
                    format!("was woken only {} later, by {}", duration_text(late.delay()), waker_name(wake.by, record))
                }
                None => "is never woken".to_owned(),
            };
            format!(
                "{} was ready, but {wake}. Part of its future registered no waker or a stale one, or the code that \
                 made it ready did not wake it; the waker of a sibling future hides this{}",
                name(*task),
                consequence(late, record)
            )
        }
        FailureCause::TaskLeak => {
            let left = record.map_or(0, tasks_left);
            let have = if left == 1 { "1 task has" } else { &format!("{left} tasks have") };
            format!("the test ended, but {have} not. Await or abort spawned tasks, or set `allow_leaks`")
        }
        FailureCause::StepLimit { standing: Some(standing), .. } => {
            let timer = match &standing.timer {
                Some(timer) => {
                    format!("the next timer is that of {}, at {}", name(timer.task), duration_text(timer.time))
                }
                None => "no timer is pending".to_owned(),
            };
            format!(
                "the test has not ended after {} steps at one virtual time: tasks keep waking themselves or each other, \
                 so time stands at {}; {timer}. Wait with `sleep` or for a notification instead of `yield_now`, or \
                 raise `max_steps`",
                standing.steps,
                duration_text(standing.time)
            )
        }
        FailureCause::StepLimit { .. } => {
            let steps = record.map_or(0, |record| record.steps);
            format!("the test has not ended after {steps} steps: tasks keep waking themselves or each other")
        }
        FailureCause::TimeLimit => {
            let time = record.map_or(Duration::ZERO, |record| record.virtual_time);
            format!("the test has not ended after {} of virtual time", duration_text(time))
        }
        FailureCause::ForeignWake { task, thread } => format!(
            "{} was woken by another thread, `{thread}`, which the schedule does not control. {}",
            name(*task),
            foreign_wake_advice(*task, thread, record)
        ),
        FailureCause::RealIo { task, panic } => format!(
            "{} does real IO{}, which the schedule does not control: {}. Use the feature `interpose` on Linux, a `Network` or another fake",
            name(*task),
            panic_place(panic),
            panic.message.lines().next().unwrap_or_default().trim_end_matches('.')
        ),
        FailureCause::SystemCall { task, call } => {
            let place = call.stack.0.as_ref().and_then(|stack| location(stack));
            let place = place.map_or_else(String::new, |place| format!(" at {place}"));
            format!("{}{place}: {}", name(*task), call.message)
        }
        FailureCause::Hung { step, .. } if *step >= DROPPING => {
            let task = name((step - DROPPING) as u32);
            format!("{task} did not return from being dropped at the end of the test")
        }
        FailureCause::Hung { step, stack } => {
            let task = match record.and_then(|record| record.failure.as_ref()) {
                Some(FailureCause::StepLimit { next, .. }) => name(*next),
                _ => "a task".to_owned(),
            };
            let frames = stack.0.as_ref().map(|stack| waiting(stack).frames).unwrap_or_default();
            let place = match frames.is_empty() {
                true => String::new(),
                false => format!(
                    ", at {}",
                    frames
                        .iter()
                        .map(|frame| frame.to_string().trim_end().to_owned())
                        .collect::<Vec<_>>()
                        .join("  <- ")
                ),
            };
            format!("{task} did not return from its poll in step {step}: it loops without an `await`, or blocks{place}")
        }
        FailureCause::Aborting { panics, step } => format!(
            "{}; the last one was raised while another unwound, in step {step}, and would have aborted the process",
            panics.iter().map(ToString::to_string).collect::<Vec<_>>().join("; then ")
        ),
        FailureCause::Nondeterminism { .. } => "two runs of the same schedule differ".to_owned(),
    }
}

/// Returns advice for a task that was woken by another thread. It depends on the call in which the task waited.
fn foreign_wake_advice(task: u32, thread: &str, record: Option<&RunRecord>) -> &'static str {
    let stack = record.and_then(|record| record.stacks.get(&task));
    let primitive = stack.and_then(|stack| waiting(stack).primitive).unwrap_or_default();
    let is_in = |parts: &[&str]| parts.iter().any(|part| primitive.contains(part));
    if is_in(&["tokio::fs"]) {
        "Read and write files through a component that the test replaces, or in `di_core::task::spawn_blocking`"
    } else if is_in(&["tokio::net", "lookup_host"]) {
        "Resolve names through a `Network`, such as `sim.net()`"
    } else if is_in(&["timer", "Timer", "delay", "Delay"]) {
        "Its timer runs in real time: use `tokio::time` or a `Clock`"
    } else if thread.starts_with("tokio-rt-worker") {
        "Use `di_core::task::spawn_blocking` for blocking work: a simulation runs it in place"
    } else {
        "Replace the client that owns the thread with a fake, or do its work in `di_core::task::spawn_blocking`"
    }
}

/// Returns the name of the cause of a wake.
fn waker_name(by: Actor, record: Option<&RunRecord>) -> String {
    match by {
        Actor::Timer => "its own timer".to_owned(),
        Actor::Simulation => "the simulation".to_owned(),
        Actor::Task(task) => format!("{}, for another reason", task_name(record, task)),
    }
}

/// Returns how the run failed after a late wake, as a sentence that follows others. Empty if it did not fail otherwise.
fn consequence(late: &LateWake, record: Option<&RunRecord>) -> String {
    match late.consequence.as_deref() {
        None | Some(FailureCause::Deadlock { .. }) => String::new(),
        Some(FailureCause::TaskLeak) => ". The test ended, but the task had not".to_owned(),
        Some(failure) => format!(". Later, {}", describe(failure, record)),
    }
}

/// Returns the place of a panic as a phrase. If it is in a library, begins with the line of the user's code that called
/// the library. Empty if unknown.
fn panic_place(panic: &PanicReport) -> String {
    let caller = panic.stack.0.as_ref().filter(|_| is_library_file(&panic.place)).and_then(|stack| location(stack));
    match caller {
        Some(caller) => format!(" at {caller}, in {}", short_library_place(&panic.place)),
        None if panic.place.is_empty() => String::new(),
        None => format!(" at {}", panic.place),
    }
}

fn tasks_left(record: &RunRecord) -> usize {
    record.tasks.iter().filter(|task| task.is_alive()).count()
}

/// Returns the virtual time of the failure as a phrase. Empty if no time has passed.
fn after(record: Option<&RunRecord>) -> String {
    after_time(record.map_or(Duration::ZERO, |record| record.virtual_time))
}

fn after_time(time: Duration) -> String {
    if time.is_zero() { String::new() } else { format!(" after {} of virtual time", duration_text(time)) }
}

/// Writes how two runs of one schedule ended, if no step differs.
fn write_ends(report: &mut String, first: Option<&FailureCause>, record: Option<&RunRecord>) {
    let end = |cause: Option<&FailureCause>, default: &str| match cause {
        Some(cause) => format!("{}: {}", cause.kind(), describe(cause, record)),
        None => default.to_owned(),
    };
    _ = writeln!(report, "  first run:  {}", end(first, "ended differently"));
    let second = record.and_then(|record| record.failure.as_ref());
    _ = writeln!(report, "  second run: {}", end(second, "success"));
}

fn write_divergence(report: &mut String, divergence: &Divergence, record: Option<&RunRecord>) {
    let describe = |step: &Option<Step>| match step {
        None => "the test had ended".to_owned(),
        Some(step) if step.task == RAW_TASKS => "polled the `tokio::spawn` tasks".to_owned(),
        Some(step) => {
            let (name, completed) =
                (task_name(record, step.task), if step.is_ready { ", which completed it" } else { "" });
            format!("poll {} of {name}{completed}; {} more in the run queue", step.poll + 1, step.queued)
        }
    };
    _ = writeln!(report, "  step {}, first run:  {}", divergence.step, describe(&divergence.first));
    _ = writeln!(report, "  step {}, second run: {}", divergence.step, describe(&divergence.second));
}

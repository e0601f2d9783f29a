//! Assembles the text of a report.

use std::fmt::{self, Write};

use super::headline::headline;
use super::tasks::{task_name, thread_list, write_tasks};
use crate::executor::has_tokio_hooks;
use crate::failure::{Choice, Failure, FailureCause, RunRecord};
use crate::internal::{counted, duration_text};

/// Size in bytes above which the report suggests boxing parts of a future: spawning copies the whole future.
const LARGE_FUTURE: usize = 16 * 1024;

/// Maximum number of lines for choices. There are more only if shrinking ran out of time.
const MAX_CHOICE_LINES: usize = 20;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&headline(&self.evidence))?;
        if let Some(input) = &self.input {
            writeln!(f, "  {}:", input.origin)?;
            input.text.lines().try_for_each(|line| writeln!(f, "    {line}"))?;
        }
        f.write_str(&details(self))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Returns the rest of the report, after the headline and the input.
fn details(failure: &Failure) -> String {
    let (evidence, discovery) = (&failure.evidence, &failure.discovery);
    let mut report = String::new();
    if let Some(record) = evidence.record.as_deref() {
        if !matches!(evidence.cause, FailureCause::Error { .. }) {
            write_tasks(&mut report, &evidence.cause, record);
        }
        write_remarks(&mut report, record);
    }
    let schedules_run = discovery.coverage.schedules();
    let count = match discovery.schedules {
        usize::MAX => schedules_run,
        schedules => schedules.max(schedules_run),
    };
    _ = write!(report, "  schedule {} of {count}", discovery.index + 1);
    write_choices(&mut report, failure);
    if schedules_run > 1 {
        _ = writeln!(report, "  coverage  {}", discovery.coverage);
    }
    write_replay(&mut report, failure);
    report
}

/// Maximum length of a schedule that the report prints.
const MAX_SCHEDULE: usize = 240;

/// Writes the command that replays the failure.
fn write_replay(report: &mut String, failure: &Failure) {
    let (evidence, discovery) = (&failure.evidence, &failure.discovery);
    if matches!(evidence.cause, FailureCause::ForeignWake { .. }) {
        report.push_str("  replay    not possible: another thread takes part, and the schedule does not control it\n");
        return;
    }
    let schedule = evidence.schedule.to_string();
    if schedule.len() > MAX_SCHEDULE {
        _ = writeln!(
            report,
            "  replay    the schedule has {} characters; `Failure::schedule` returns it, and a `#[testkit::test]` keeps \
             it in `testkit-regressions`",
            schedule.len()
        );
        return;
    }
    let command = if has_tokio_hooks() { "cargo testkit test" } else { "cargo test" };
    _ = write!(report, "  replay    TESTKIT_REPLAY='{schedule}' {command}");
    // A test's name is its module path, which begins with the crate; `cargo test` expects the path without it.
    let name = discovery.test_name.map(|name| name.split_once("::").map_or(name, |(_, name)| name));
    if let Some(name) = name.or(discovery.thread_name.as_deref()) {
        _ = write!(report, " {name}");
    }
    report.push('\n');
}

fn write_choices(report: &mut String, failure: &Failure) {
    let (evidence, choices) = (&failure.evidence, failure.listed_choices());
    let is_fifo = evidence.record.is_some() && evidence.schedule.choice_count() == 0;
    match (evidence.choices_before, choices.len()) {
        (0, 0) if is_fifo => report.push_str(": default order (FIFO)\n"),
        (before, _) if before > 0 && !failure.is_replayable() => {
            _ = writeln!(
                report,
                "; {}, not shrunk, because the failure does not depend on them alone",
                counted(before, "choice")
            );
            return;
        }
        (before, 0) if before > 0 => {
            _ = writeln!(report, "; {} shrunk to none: default order (FIFO)", counted(before, "choice"));
        }
        (before, left) if before > left => _ = writeln!(report, "; {before} choices shrunk to {left}:"),
        (_, 0) => report.push('\n'),
        (_, 1) => report.push_str("; 1 choice:\n"),
        (_, left) => _ = writeln!(report, "; {left} choices:"),
    }
    // Equal choices in a row take one line, for example those that pass over the same task repeatedly.
    let mut listed = 0;
    for equal in choices.chunk_by(Choice::is_like).take(MAX_CHOICE_LINES) {
        listed += equal.len();
        _ = match (&equal[0], equal.len(), equal.last().and_then(Choice::step)) {
            (choice, 1, _) => writeln!(report, "    {choice}"),
            (choice, times, Some(last)) => writeln!(report, "    {choice}; {times} times, up to step {last}"),
            (choice, times, None) => writeln!(report, "    {choice}; {times} times"),
        };
    }
    if choices.len() > listed {
        _ = writeln!(report, "    and {} more", choices.len() - listed);
    }
}

fn write_remarks(report: &mut String, record: &RunRecord) {
    for task in record.tasks.iter().filter(|task| task.size > LARGE_FUTURE) {
        _ = writeln!(
            report,
            "  the future of task {} `{}` has {} bytes: box its large parts",
            task.number, task.name, task.size
        );
    }
    if record.raw_tasks > 0 {
        _ = writeln!(
            report,
            "  {} still alive; for details, run `cargo testkit test`",
            counted(record.raw_tasks, "`tokio::spawn` task")
        );
    }
    if !record.foreign_threads.is_empty() {
        _ = writeln!(
            report,
            "  alive outside of the simulation: {}; virtual time does not wait for such work",
            thread_list(&record.foreign_threads)
        );
    }
    for line in record.fake_states.iter().flat_map(|state| state.lines()) {
        _ = writeln!(report, "  {line}");
    }
    for note in &record.notes {
        let (time, task) = (duration_text(note.time), task_name(Some(record), note.task));
        _ = writeln!(report, "  note at {time} by {task}: {}", note.text);
    }
}

use std::fmt::Write;
use std::time::Duration;

use super::frames::{location, waiting};
use super::{held, short};
use crate::explorer::Divergence;
use crate::outcome::{Choice, Coverage, Evidence, Problem};
use crate::pause::counted;
use crate::schedule::LANE;
use crate::sim::{DROPPING, Finding, Ran, Step, TaskSnapshot, TaskState};

/// A future of more bytes than this is pointed out: it is copied when it is spawned, and boxing a part of it is easy.
const LARGE: usize = 16 * 1024;

/// How many tasks are named that may have made another ready.
const MOST_SUSPECTS: usize = 4;

/// How many lines of choices there are. More mean that shrinking had to end too early.
const MOST_CHOICES: usize = 20;

/// What is wrong: the first line of a report, or the first few.
pub(crate) fn headline(evidence: &Evidence) -> String {
    let mut report = String::new();
    write_headline(&mut report, &evidence.problem, evidence.ran.as_deref());
    report
}

/// All that stands below.
pub(crate) fn details(
    evidence: &Evidence,
    choices: &[Choice],
    test_name: Option<&str>,
    index: usize,
    schedules: usize,
    coverage: &Coverage,
) -> String {
    let mut report = String::new();
    let ran = evidence.ran.as_deref();
    if let Some(ran) = ran {
        if !matches!(evidence.problem, Problem::Finding(Finding::Error { .. })) {
            tasks(&mut report, &evidence.problem, ran);
        }
        remarks(&mut report, ran);
    }
    let schedules_run = coverage.schedules();
    let count = if schedules == usize::MAX { schedules_run } else { schedules.max(schedules_run) };
    _ = write!(report, "  schedule {} of {count}", index + 1);
    let before = evidence.departures_before;
    match (before, choices.len()) {
        (0, 0) if ran.is_some() && evidence.schedule.choice_count() == 0 => report.push_str(": first in, first out\n"),
        (before, 0) if before > 0 => {
            _ = writeln!(report, "; {} shrunk to none: first in, first out", counted(before, "choice"))
        }
        (before, left) if before > left => _ = writeln!(report, "; {before} choices shrunk to {left}:"),
        (_, 0) => report.push('\n'),
        (_, 1) => report.push_str("; 1 choice:\n"),
        (_, left) => _ = writeln!(report, "; {left} choices:"),
    }
    // The same again and again, such as one task that is passed over by another, is one line.
    let mut told = 0;
    for alike in choices.chunk_by(Choice::is_like).take(MOST_CHOICES) {
        told += alike.len();
        _ = match (&alike[0], alike.len(), alike.last().and_then(Choice::step)) {
            (choice, 1, _) => writeln!(report, "    {choice}"),
            (choice, times, Some(last)) => writeln!(report, "    {choice}; {times} times, up to step {last}"),
            (choice, times, None) => writeln!(report, "    {choice}; {times} times"),
        };
    }
    if choices.len() > told {
        _ = writeln!(report, "    and {} more", choices.len() - told);
    }
    if schedules_run > 1 {
        _ = writeln!(report, "  coverage  {coverage}");
    }
    _ = write!(report, "  replay    TESTKIT_REPLAY='{}' cargo test", evidence.schedule);
    if let Some(name) = test_name {
        // The module path begins with the crate, which `cargo test` leaves out.
        _ = write!(report, " {}", name.split_once("::").map_or(name, |(_, name)| name));
    }
    report.push('\n');
    report
}

fn write_headline(report: &mut String, problem: &Problem, ran: Option<&Ran>) {
    let name = |task: u32| ran.map_or_else(|| format!("task {task}"), |ran| named(ran, task));
    let kind = problem.kind();
    _ = match problem {
        Problem::Finding(finding) => {
            let text = describe(finding, ran, &name);
            writeln!(report, "{kind}: {text}")
        }
        Problem::Hung { step } if *step >= DROPPING => {
            let task = name((step - DROPPING) as u32);
            writeln!(report, "{kind}: {task} did not come back from being dropped, at the end of the test")
        }
        Problem::Hung { step } => {
            let task = match ran.map(|ran| &ran.end) {
                Some(crate::sim::End::Failed(Finding::StepLimit { next })) => name(*next),
                _ => "a task".to_owned(),
            };
            writeln!(
                report,
                "{kind}: {task} did not come back from a poll, in step {step}: it loops without an await, or blocks"
            )
        }
        Problem::Aborting { panics, step } => writeln!(
            report,
            "{kind}: {}; the last one came while another unwound, in step {step}, and would have aborted the process",
            panics.iter().map(ToString::to_string).collect::<Vec<_>>().join("; then ")
        ),
        Problem::Nondeterminism { divergence, first } => {
            writeln!(report, "{kind}: the same schedule has not done the same twice")
                .and_then(|()| match divergence {
                    Some(divergence) => diverged(report, divergence, &name),
                    None => writeln!(
                        report,
                        "  the first time it ended in: {}",
                        match first {
                            Some(finding) => format!("{}: {}", finding.kind(), describe(finding, ran, &name)),
                            None => "another way".to_owned(),
                        }
                    )
                    .and_then(|()| {
                        writeln!(
                            report,
                            "  the second time in: {}",
                            match ran.map(|ran| &ran.end) {
                                Some(crate::sim::End::Failed(finding)) =>
                                    format!("{}: {}", finding.kind(), describe(finding, ran, &name)),
                                _ => "success".to_owned(),
                            }
                        )
                    }),
                })
                .and_then(|()| report.write_str(CAUSES))
        }
    };
}

/// What makes a test depend on more than its schedule, the likeliest first.
const CAUSES: &str = "  likely causes, the most common first:
    `tokio::select!` in a task of `tokio::spawn`, or several in one poll: write `biased;`, or use `di_core::select!`
    the order of a `HashMap` or `HashSet`: use a `BTreeMap`, or an `IndexMap`
    real time, such as `Instant::now` of std: use `tokio::time::Instant`, or a `Clock`
    random numbers: take an `Entropy`, which is `sim.entropy()` here
    state that outlives a run, such as a `static`, or another thread
";

fn describe(finding: &Finding, ran: Option<&Ran>, name: &dyn Fn(u32) -> String) -> String {
    match finding {
        Finding::Panic { task, panic, while_dropped } => {
            let place = if panic.place.is_empty() { String::new() } else { format!(" at {}", panic.place) };
            let dropped = if *while_dropped { " while it was dropped" } else { "" };
            format!("{} panicked{place}{dropped}{}: {}", name(*task), after(ran), panic.message)
        }
        Finding::Error { text } => format!("the test returned an error{}: {text}", after(ran)),
        Finding::Deadlock => {
            let waiting = ran.map_or(0, |ran| ran.tasks.iter().filter(|task| task.is_alive()).count());
            let wait = if waiting == 1 { "1 task waits" } else { &format!("{waiting} tasks wait") };
            format!("{wait}, and nothing is left that could wake one")
        }
        Finding::MissedWaker { task } => format!(
            "{} is ready, but its future has left no waker with anyone: nothing can ever wake it. A `poll` that returns \
             `Pending` must have stored `context.waker()`, or have polled something that does",
            name(*task)
        ),
        Finding::LostWakeup { task, lost } => {
            let hidden = match lost {
                Some(lost) => format!("was only woken {} later, by a timer of its own", written(*lost)),
                None => "is never woken".to_owned(),
            };
            format!(
                "{} was ready, and nobody woke it: it {hidden}. Part of its future has left no waker, or an old one, or what \
                 made it ready forgot to wake; a sibling's waker hides that",
                name(*task)
            )
        }
        Finding::TaskLeak => {
            let left = ran.map_or(0, |ran| ran.tasks.iter().filter(|task| task.is_alive()).count());
            let are = if left == 1 { "1 task is" } else { &format!("{left} tasks are") };
            format!("the test is over, and {are} left. Await or abort what is spawned, or set `allow_leaks`")
        }
        Finding::StepLimit { .. } => {
            let steps = ran.map_or(0, |ran| ran.steps);
            format!("the test is not over after {steps} steps: tasks wake each other, or themselves, for ever")
        }
        Finding::TimeLimit => {
            let time = ran.map_or(Duration::ZERO, |ran| ran.virtual_time);
            format!("the test is not over after {} of virtual time", written(time))
        }
        Finding::ForeignWake { task, thread } => format!(
            "{} was woken by another thread, `{thread}`, which no schedule decides over. Blocking work goes through \
             `Spawner::spawn_blocking`, and IO through a fake",
            name(*task)
        ),
        Finding::RealIo { task, panic } => format!(
            "{} does real IO, at {}, which no schedule decides over: {}. Take a `Network`, or a fake",
            name(*task),
            short(&panic.place),
            panic.message.lines().next().unwrap_or_default().trim_end_matches('.')
        ),
    }
}

/// At which time of the run it was, unless at its very beginning.
fn after(ran: Option<&Ran>) -> String {
    let time = ran.map_or(Duration::ZERO, |ran| ran.virtual_time);
    if time.is_zero() { String::new() } else { format!(" after {} of virtual time", written(time)) }
}

fn diverged(report: &mut String, divergence: &Divergence, name: &dyn Fn(u32) -> String) -> std::fmt::Result {
    let told = |step: &Option<Step>| match step {
        None => "the test was over".to_owned(),
        Some(step) if step.task == LANE => "the tasks of `tokio::spawn` were stepped".to_owned(),
        Some(step) => {
            let ended = if step.is_ready { ", to its end" } else { "" };
            let woken = step.woken;
            format!("{} was polled, time number {}{ended}; {woken} ready behind it", name(step.task), step.poll + 1)
        }
    };
    writeln!(report, "  step {}, the first time:  {}", divergence.step, told(&divergence.first))?;
    writeln!(report, "  step {}, the second time: {}", divergence.step, told(&divergence.second))
}

/// The state of the tasks that a failure is about; of a panic, of all.
fn tasks(report: &mut String, problem: &Problem, ran: &Ran) {
    let subject = match problem {
        Problem::Finding(Finding::MissedWaker { task } | Finding::LostWakeup { task, .. }) => Some(*task),
        _ => None,
    };
    let told = match problem {
        Problem::Finding(Finding::Panic { task, .. } | Finding::RealIo { task, .. }) => Some(*task),
        _ => None,
    };
    let is_shown = |task: &&TaskSnapshot| {
        let is_left = task.is_alive() || task.state == TaskState::Panicked && !task.is_joined;
        subject == Some(task.number) || is_left && told != Some(task.number)
    };
    let is_deadlock = matches!(problem, Problem::Finding(Finding::Deadlock));
    let is_only_task = ran.raw_tasks == 0 && ran.tasks.iter().filter(|task| task.is_alive()).count() == 1;
    for task in ran.tasks.iter().filter(is_shown) {
        let site = format!("{}:{}", short(task.site.file()), task.site.line());
        let (stack, passed) = match ran.stacks.get(&task.number) {
            Some(stack) if stack.is_passed => (None, location(stack)),
            stack => (stack.map(waiting), None),
        };
        let awaited = ran.stacks.get(&task.number).and_then(|stack| stack.awaited);
        // Whether the line already tells where the task was spawned.
        let is_told = stack.as_ref().is_none_or(|stack| stack.frames.is_empty()) || task.polls == 0;
        _ = write!(report, "  task {} `{}`  ", task.number, task.name);
        match &stack {
            _ if task.state == TaskState::Panicked => {
                _ = writeln!(report, "panicked: {}", task.panic.as_deref().unwrap_or("without a message"));
            }
            _ if task.polls == 0 => _ = writeln!(report, "spawned at {site}, and not polled yet"),
            Some(stack) if !stack.frames.is_empty() => {
                let chain: Vec<_> = stack
                    .frames
                    .iter()
                    .map(|(place, function)| format!("{place}  {function}").trim_end().to_owned())
                    .collect();
                _ = writeln!(report, "{}", chain.join("  <- "));
                if let Some(primitive) = &stack.primitive {
                    let is_hidden = matches!(problem, Problem::Finding(Finding::LostWakeup { task: lost, .. }) if *lost == task.number);
                    let what = if is_hidden { "a sibling of what was ready waits in" } else { "waits in" };
                    let awaited = awaited.map_or_else(String::new, |task| format!(", for {}", named(ran, task)));
                    _ = writeln!(report, "       {what} {primitive}{awaited}");
                    let held = if is_deadlock { held::known(primitive, is_only_task) } else { None };
                    held.into_iter().for_each(|held| _ = writeln!(report, "       {held}"));
                }
            }
            _ => {
                _ = writeln!(report, "spawned at {site}");
                if task.is_ready {
                    _ = writeln!(report, "       is ready");
                } else if task.has_waker_left {
                    _ = writeln!(report, "       waits where no stack can be had");
                } else {
                    let past = |place| format!(". In its last poll it has come past {place}");
                    _ = writeln!(
                        report,
                        "       left no waker: nothing can wake it{}",
                        passed.map_or_else(String::new, past)
                    );
                }
            }
        }
        if subject == Some(task.number)
            && let Some(suspects) = suspects(ran, task.number)
        {
            _ = writeln!(report, "       {suspects}");
        }
        if !is_deadlock && task.state != TaskState::Panicked {
            let plural = if task.polls == 1 { "" } else { "s" };
            let spawned = if is_told { String::new() } else { format!("spawned at {site}; ") };
            _ = writeln!(report, "       {spawned}{} poll{plural}; a future of {} bytes", task.polls, task.size);
        }
        if !task.delay.is_zero() {
            _ = writeln!(report, "       was ready for {} of virtual time without being polled", written(task.delay));
        }
    }
}

/// Who may have made a task ready without waking it: who was polled since tasks were looked at the last time.
fn suspects(ran: &Ran, task: u32) -> Option<String> {
    let since = ran.trace.iter().rposition(|step| step.task == task).map_or(0, |at| at + 1);
    let time = ran.trace[since..].last()?.time;
    let steps = ran.trace[since..].iter().rev().take_while(|step| step.time == time);
    let mut tasks: Vec<_> = steps.map(|step| step.task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    let names: Vec<_> = tasks.iter().take(MOST_SUSPECTS).map(|task| named(ran, *task)).collect();
    let more = match tasks.len().saturating_sub(MOST_SUSPECTS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("was found ready at {}, behind polls of {}{more}", written(time), names.join(", ")))
}

fn remarks(report: &mut String, ran: &Ran) {
    for task in ran.tasks.iter().filter(|task| task.size > LARGE) {
        _ = writeln!(
            report,
            "  the future of task {} `{}` has {} bytes: box what is large in it",
            task.number, task.name, task.size
        );
    }
    if ran.raw_tasks > 0 {
        let tasks = if ran.raw_tasks == 1 { "1 task" } else { &format!("{} tasks", ran.raw_tasks) };
        _ = writeln!(
            report,
            "  {tasks} of `tokio::spawn` left, of which no more is known: spawn by `di_core::task::spawn`, or `sim.spawn`"
        );
    }
    for exhibit in &ran.exhibits {
        for line in exhibit.lines() {
            _ = writeln!(report, "  {line}");
        }
    }
    for note in &ran.notes {
        _ = writeln!(report, "  note at {} by {}: {}", written(note.time), named(ran, note.task), note.text);
    }
}

fn named(ran: &Ran, task: u32) -> String {
    if task == LANE {
        return "a task of `tokio::spawn`".to_owned();
    }
    match ran.tasks.get(task as usize) {
        Some(task) => format!("task {} `{}`", task.number, task.name),
        None => format!("task {task}"),
    }
}

/// A virtual time: `3600 s`, `1.5 s`, `250 ms`, `0 s`.
/// A time, with its unit.
pub(crate) fn written(time: Duration) -> String {
    if time < Duration::from_secs(1) && !time.is_zero() {
        format!("{} ms", time.as_secs_f64() * 1e3)
    } else {
        format!("{} s", time.as_secs_f64())
    }
}

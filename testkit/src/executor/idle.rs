//! Idle points: moments of a run when no task is ready. Passes virtual time, and detects deadlocks.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::execution::Execution;
use super::foreign_threads::foreign_threads;
use super::liveness::{Watcher, unqueue_all};
use super::panics;
use super::raw_tasks::RawTasks;
use super::runner::End;
use super::task::RemoteWakes;
use crate::failure::{FailureCause, NextTimer, Ticking};
use crate::schedule::RAW_TASKS;
use crate::trace::{Actor, ForeignThread};

/// Real time in which other threads may wake a task before the run counts as stuck.
const WAKE_GRACE: Duration = Duration::from_millis(50);

/// The same, while there are threads that do not belong to the simulation.
const MAX_WAKE_GRACE: Duration = Duration::from_secs(2);

/// Threads that serve the whole process once a library has started them.
const SHARED_THREADS: [&str; 3] = ["async-io", "futures-timer", "tokio-rt-worker"];

const HOUR: Duration = Duration::from_secs(3600);

/// Virtual time in which every pending timer fires: 34 years. If no task is woken in it, no timer is left.
const FAR: Duration = Duration::from_secs(1 << 30);

/// The idle points of a run, one after another.
pub(super) struct IdlePoints {
    /// Number of idle points so far.
    pub(super) count: u32,
    /// Virtual time at the last idle point. The search for a timer moves the clock beyond it.
    pub(super) time: Duration,
    polls: PollHistory,
}

/// Number of polls of each task at earlier idle points. Shows which tasks still run.
#[derive(Default)]
struct PollHistory(Vec<PollCounts>);

#[derive(Default)]
struct PollCounts {
    time: Duration,
    /// Number of idle points before.
    idle_points: u32,
    /// By task number.
    polls: Vec<u32>,
}

/// Virtual time of the first idle point that is remembered.
const FIRST_REMEMBERED: Duration = Duration::from_secs(1);

impl IdlePoints {
    pub(super) fn new() -> Self {
        IdlePoints { count: 0, time: Duration::ZERO, polls: PollHistory::default() }
    }

    /// Handles an idle point: lets time pass. Returns the end of the run, if it ends here.
    pub(super) fn handle(&mut self, run: &mut Execution<'_>, raw: &RawTasks, watcher: &mut Watcher) -> Option<End> {
        let idle = self.count;
        self.count += 1;
        let now = Instant::now();
        self.time = now.saturating_duration_since(run.world.started());
        self.polls.remember(run, self.time, self.count);
        // At other times, a timer that is due may not have fired yet.
        if run.is_watched && run.engine.tokio.is_whole_millisecond(now) {
            watcher.at_idle(run, idle, self.time);
            if watcher.is_done() {
                return Some(End::Watched);
            }
        }
        run.steps_before_now = run.steps;
        let limit = run.world.started() + run.plan.limits.virtual_time;
        if now < limit && wait(run, raw, limit) {
            run.publish_time();
            if run.is_watched {
                watcher.after(run, Actor::Timer);
            }
            return run.foreign_wake().map(End::Failed);
        }
        // If a timer is pending beyond the limit, the run takes too long. If no timer is pending, the run is stuck.
        // With raw tasks, the search for a timer is shorter, because one that ticks periodically would tick for years.
        let far = if run.engine.tokio.raw_tasks() > 0 { run.plan.limits.virtual_time } else { FAR };
        if wait(run, raw, Instant::now() + far) {
            let cause = run.unhandled_panic().unwrap_or_else(|| self.cause_at_limit(run, raw));
            return Some(End::Failed(cause));
        }
        if run.plan.observe.awaits_threads {
            await_threads(&run.engine.remote, run.plan.search_begun);
        }
        if let Some(wake) = run.foreign_wake() {
            return Some(End::Failed(wake));
        }
        Some(End::Failed(run.unhandled_panic().unwrap_or(FailureCause::Deadlock { beside: None })))
    }
}

impl IdlePoints {
    /// Returns the next timer of a run that is over, although tasks are ready.
    pub(super) fn next_timer(&self, run: &mut Execution<'_>, raw: &RawTasks) -> Option<NextTimer> {
        unqueue_all(run);
        let is_woken = wait(run, raw, Instant::now() + run.plan.limits.virtual_time);
        let task = if is_woken { run.world.run_queue.borrow().iter().next() } else { None }?;
        Some(NextTimer { time: run.world.elapsed(), task })
    }

    /// Returns why a run did not end within its virtual time. If the test has not been polled for half of the time, and
    /// no timer would wake it even if the tasks that still run ended, it is in a deadlock.
    fn cause_at_limit(&self, run: &mut Execution<'_>, raw: &RawTasks) -> FailureCause {
        let half = run.plan.limits.virtual_time / 2;
        let polls = |run: &Execution<'_>, task: usize| run.world.tasks.borrow().progress[task].at.poll;
        let has_waited = |run: &Execution<'_>, task: usize| self.polls.polls(half, task) == Some(polls(run, task));
        if !has_waited(run, 0) || self.count - self.polls.idle_points(half) < run.plan.limits.idle_points {
            return FailureCause::TimeLimit;
        }
        // The tasks that are woken are not polled any more, so their timers run out.
        let far = if run.engine.tokio.raw_tasks() > 0 { HOUR } else { FAR };
        let mut is_first = true;
        while is_first || wait(run, raw, Instant::now() + far) {
            is_first = false;
            let woken: Vec<_> = run.world.run_queue.borrow().iter().collect();
            if woken.iter().any(|&task| task != RAW_TASKS && has_waited(run, task as usize)) {
                return FailureCause::TimeLimit;
            }
            if woken.is_empty() {
                break;
            }
            unqueue_all(run);
        }
        let count = run.world.tasks.borrow().progress.len();
        let is_alive = |task: &usize| run.world.tasks.borrow().progress[*task].state.is_alive();
        let (waiting, ticking): (Vec<_>, Vec<_>) = (0..count).filter(is_alive).partition(|&task| has_waited(run, task));
        // A task that waits for the result of another one that still runs is not in a deadlock.
        let is_joined = |task: &usize| {
            run.world.tasks.borrow().info[*task].joined_by.is_some_and(|by| waiting.contains(&(by as usize)))
        };
        if ticking.iter().any(is_joined) {
            return FailureCause::TimeLimit;
        }
        let waiting: Vec<_> = waiting.into_iter().map(|task| (task, polls(run, task))).collect();
        let tasks = ticking.into_iter().map(|task| task as u32).collect();
        FailureCause::Deadlock { beside: Some(Ticking { tasks, since: self.polls.quiet_since(&waiting) }) }
    }
}

impl PollHistory {
    /// Remembers the number of polls of each task, each time that the virtual time has doubled.
    #[inline]
    fn remember(&mut self, run: &Execution<'_>, time: Duration, idle_points: u32) {
        if time >= FIRST_REMEMBERED && self.0.last().is_none_or(|last| time >= 2 * last.time) {
            let polls = run.world.tasks.borrow().progress.iter().map(|task| task.at.poll).collect();
            self.0.push(PollCounts { time, idle_points, polls });
        }
    }

    /// Returns the number of polls of a task at the last point that is remembered before `time`.
    fn polls(&self, time: Duration, task: usize) -> Option<u32> {
        self.0.iter().rev().find(|counts| counts.time <= time)?.polls.get(task).copied()
    }

    /// Returns the number of idle points until the last point that is remembered before `time`.
    fn idle_points(&self, time: Duration) -> u32 {
        self.0.iter().rev().find(|counts| counts.time <= time).map_or(0, |counts| counts.idle_points)
    }

    /// Returns the first remembered time after which these tasks have not been polled.
    fn quiet_since(&self, waiting: &[(usize, u32)]) -> Duration {
        let is_quiet =
            |counts: &&PollCounts| waiting.iter().all(|&(task, polls)| counts.polls.get(task) == Some(&polls));
        self.0.iter().find(is_quiet).map_or(Duration::ZERO, |counts| counts.time)
    }
}

/// Gives other threads time to wake a task: more of it while there are threads that may do so.
fn await_threads(remote: &RemoteWakes, search_begun: std::time::Instant) {
    let may_wake = |thread: ForeignThread| {
        !thread.is_older_than(search_begun) || thread.name.is_some_and(|name| SHARED_THREADS.contains(&&*name))
    };
    let begun = std::time::Instant::now();
    remote.wait(WAKE_GRACE);
    while !remote.has_any() && begun.elapsed() < MAX_WAKE_GRACE && foreign_threads().into_iter().any(may_wake) {
        remote.wait(WAKE_GRACE);
    }
}

/// Lets time pass until a task is woken, or until `deadline`. Returns whether a task was woken.
fn wait(run: &mut Execution<'_>, raw: &RawTasks, deadline: Instant) -> bool {
    // Raw tasks may run for a long virtual time while the others wait. For the watchdog, passing time counts as
    // progress.
    while run.engine.tokio.raw_tasks() > 0 && deadline - Instant::now() > HOUR {
        if wait_once(run, raw, Instant::now() + HOUR) {
            return true;
        }
        run.plan.heartbeat.run.fetch_add(1, Ordering::Relaxed);
    }
    wait_once(run, raw, deadline)
}

fn wait_once(run: &mut Execution<'_>, raw: &RawTasks, deadline: Instant) -> bool {
    let panics = panics::raw_count();
    let waited = run.engine.wait(deadline, &raw.wanted(0));
    run.check_raw_panics(panics, waited.is_woken);
    raw.check_draws(run, u32::from(waited.has_drawn));
    waited.is_woken
}

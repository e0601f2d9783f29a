//! Idle points: moments of a run when no task is ready. Finds missed wakes, passes virtual time, and detects deadlocks.

use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::execution::{Execution, poll_future};
use super::plan::Suspect;
use super::raw_tasks::RawTasks;
use super::runner::End;
use super::task::{TaskCell, poll_recorded};
use super::tokio::FULL_BUDGET;
use crate::failure::FailureCause;
use crate::schedule::ChoiceKey;
use crate::trace::TaskState;

/// Real time in which other threads may wake a task before the run counts as stuck.
const WAKE_GRACE: Duration = Duration::from_millis(50);

/// Number of spurious polls that a run may make in addition to one per step.
const FREE_SPURIOUS_POLLS: u64 = 64;

const HOUR: Duration = Duration::from_secs(3600);

/// Virtual time in which every pending timer fires: 34 years. If no task is woken in it, no timer is left.
const FAR: Duration = Duration::from_secs(1 << 30);

/// The idle points of a run, one after another. At each one, polls some tasks spuriously, that is, without a wake, to
/// find those that missed a wake. Then lets time pass.
pub(super) struct IdlePoints {
    /// Number of idle points so far.
    count: u32,
    /// Virtual time at the last idle point. The search for a timer moves the clock beyond it.
    pub(super) time: Duration,
    /// Number of spurious polls that may still be made. Each step of the run adds one, so a run makes few more spurious
    /// polls than steps, however many idle points it has.
    credit: u64,
    /// Number of steps at the last idle point.
    steps: u64,
    /// The next task to consider for a spurious poll.
    next: u32,
}

impl IdlePoints {
    pub(super) fn new() -> Self {
        IdlePoints { count: 0, time: Duration::ZERO, credit: FREE_SPURIOUS_POLLS, steps: 0, next: 0 }
    }

    /// Handles an idle point: spuriously polls tasks that may have missed a wake, then lets time pass. Returns the end
    /// of the run, if it ends here.
    pub(super) fn handle(&mut self, run: &mut Execution<'_>, raw: &RawTasks) -> Option<End> {
        let idle = self.count;
        self.count += 1;
        let now = Instant::now();
        self.time = now.saturating_duration_since(run.world.started());
        if run.engine.tokio.is_whole_millisecond(now)
            && let Some(end) = self.poll_some_spuriously(run, idle)
        {
            return Some(end);
        }
        let limit = run.world.started() + run.plan.limits.virtual_time;
        if now < limit && wait(run, raw, limit) {
            run.publish_time();
            return run.foreign_wake().or_else(|| lost_wakeup(run, idle, now)).map(End::Failed);
        }
        // If a timer is pending beyond the limit, the run takes too long. If no timer is pending, the run is stuck.
        // With raw tasks, the search for a timer is shorter, because one that ticks periodically would tick for years.
        let far = if run.engine.tokio.raw_tasks() > 0 { run.plan.limits.virtual_time } else { FAR };
        if wait(run, raw, Instant::now() + far) {
            return Some(End::Failed(run.unhandled_panic().unwrap_or(FailureCause::TimeLimit)));
        }
        if run.plan.observe.awaits_threads {
            run.engine.remote.wait(WAKE_GRACE);
        }
        Some(End::Failed(run.foreign_wake().unwrap_or_else(|| stuck(run))))
    }

    /// Spuriously polls some of the waiting tasks, in turn. `credit` limits how many.
    fn poll_some_spuriously(&mut self, run: &mut Execution<'_>, idle: u32) -> Option<End> {
        let count = run.world.tasks.borrow().progress.len() as u32;
        let steps = std::mem::replace(&mut self.steps, run.steps);
        self.credit += run.steps - steps;
        // Skipping a completed task is cheap, but there may be many.
        let considered = u64::from(count).min(4 * self.credit);
        for _ in 0..considered {
            if self.credit == 0 {
                break;
            }
            let number = self.next % count;
            self.next = number + 1;
            let Some(is_waker_held) = is_waker_held(run, number) else { continue };
            if !is_waker_held {
                self.credit -= 1;
                if poll_spuriously(run, number) || leaves_waker_now(run, number) {
                    return Some(End::Failed(FailureCause::MissedWaker { task: number }));
                }
            } else if run.plan.observe.suspect.is_none()
                && run.world.choices.borrow_mut().spurious_poll(ChoiceKey::SpuriousPoll { idle, task: number })
            {
                self.credit -= 1;
                if poll_spuriously(run, number) {
                    return Some(End::Suspicious(Suspect { idle, task: number }));
                }
            }
        }
        None
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
    let waited = run.engine.wait(deadline, &raw.wanted(0));
    raw.check_draws(run, u32::from(waited.has_drawn));
    waited.is_woken
}

/// Returns whether the waker of a waiting task is held anywhere, or `None` if the task does not wait.
fn is_waker_held(run: &Execution<'_>, number: u32) -> Option<bool> {
    let cell = &run.engine.cells[number as usize];
    let state = run.world.tasks.borrow().progress[number as usize].state;
    (cell.future.is_some() && state == TaskState::Alive).then(|| cell.is_waker_held())
}

/// Returns whether the last spurious poll of a task left a waker. If the regular poll before it left none, the task
/// would have waited forever.
fn leaves_waker_now(run: &Execution<'_>, number: u32) -> bool {
    let cell = &run.engine.cells[number as usize];
    cell.is_waker_held() && !cell.wake_state.is_queued()
}

/// Spuriously polls a task. Returns whether that made progress: the task completed, or woke, spawned or aborted
/// another.
fn poll_spuriously(run: &mut Execution<'_>, number: u32) -> bool {
    run.steer(number, 0);
    let engine = &mut *run.engine;
    let TaskCell { future: Some(future), waker, wake_state, .. } = &mut engine.cells[number as usize] else {
        return false;
    };
    run.world.current.set(number);
    engine.tokio.budget.set(FULL_BUDGET);
    run.world.is_spurious_poll.set(true);
    let polled = match run.plan.observe.record {
        true => poll_recorded(number, wake_state, |waker| poll_future(future, waker)),
        false => poll_future(future, waker),
    };
    run.world.is_spurious_poll.set(false);
    let is_queued = wake_state.is_queued();
    // Ignore the random draws of a spurious poll.
    run.count_drawn();
    if matches!(polled, Ok(Poll::Pending)) {
        // A task may wake itself in every poll. That is not progress.
        let others = run.world.run_queue.borrow().len() - usize::from(is_queued);
        return others > 0 || !run.world.requests.aborted.borrow().is_empty();
    }
    run.complete(number, polled);
    true
}

/// Returns a lost wakeup if the suspect was woken at this idle point by its own timer, and before any other task.
fn lost_wakeup(run: &Execution<'_>, idle: u32, before: Instant) -> Option<FailureCause> {
    let suspect = run.plan.observe.suspect.filter(|suspect| suspect.idle == idle)?;
    let is_next = run.world.run_queue.borrow_mut().first() == Some(suspect.task);
    let lost = Some(Instant::now() - before);
    is_next.then_some(FailureCause::LostWakeup { task: suspect.task, lost })
}

/// Returns the failure of a run in which nothing can wake a task any more. Polls each waiting task once to distinguish
/// missed wakers and lost wakeups from a deadlock.
fn stuck(run: &mut Execution<'_>) -> FailureCause {
    if let Some(panic) = run.unhandled_panic() {
        return panic;
    }
    let count = run.world.tasks.borrow().progress.len() as u32;
    for number in 0..count {
        let Some(is_waker_held) = is_waker_held(run, number) else { continue };
        let makes_progress = poll_spuriously(run, number);
        if is_waker_held && makes_progress {
            return FailureCause::LostWakeup { task: number, lost: None };
        }
        if !is_waker_held && (makes_progress || leaves_waker_now(run, number)) {
            return FailureCause::MissedWaker { task: number };
        }
    }
    // No task makes progress when it is polled: a deadlock.
    FailureCause::Deadlock
}

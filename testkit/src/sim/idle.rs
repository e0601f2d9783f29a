//! What a run does when no task is ready: lets time pass, and looks for tasks that should be ready.

use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::budget::USUAL;
use super::plan::{End, Finding, Watch};
use super::run::{Runner, polled};
use super::slot::Slot;
use super::stack;
use super::task::State;
use crate::schedule::Key;

/// How long other threads are given to wake a task.
const PATIENCE: Duration = Duration::from_millis(50);

const HOUR: Duration = Duration::from_secs(3600);

/// Farther than any timer: 34 years.
const FAR: Duration = Duration::from_secs(1 << 30);

impl Runner<'_> {
    /// Nothing is ready: looks for tasks that should be, and lets time pass. Returns how the run ends, if it does.
    pub(super) fn idle(&mut self) -> Option<End> {
        let idle = self.idle;
        self.idle += 1;
        let now = Instant::now();
        self.idle_at = now.saturating_duration_since(self.world.started.get());
        if self.engine.is_whole_millisecond(now)
            && let Some(end) = self.probe_some(idle)
        {
            return Some(end);
        }
        let limit = self.world.started.get() + self.plan.limits.virtual_time;
        if now < limit && self.wait(limit) {
            self.tell_time();
            return self.mail().or_else(|| self.watched(idle, now));
        }
        // Whether a timer beyond the limit would have fired tells a run that takes too long from one that is stuck.
        // A raw task that ticks would do so for all those years.
        let far = if self.engine.raw_tasks() > 0 { self.plan.limits.virtual_time } else { FAR };
        if self.wait(Instant::now() + far) {
            return Some(End::Failed(self.unseen_panic().unwrap_or(Finding::TimeLimit)));
        }
        if self.plan.mode.patient {
            self.engine.mailbox.wait(PATIENCE);
        }
        Some(self.mail().unwrap_or_else(|| End::Failed(self.stuck())))
    }

    /// Waits until a task of ours is woken, or until `deadline`. Tells whether one was.
    fn wait(&mut self, deadline: Instant) -> bool {
        // Raw tasks may run for long while ours wait: that is progress, as long as time passes.
        while self.engine.raw_tasks() > 0 && deadline - Instant::now() > HOUR {
            if self.wait_once(Instant::now() + HOUR) {
                return true;
            }
            self.plan.heartbeat.run.fetch_add(1, Ordering::Relaxed);
        }
        self.wait_once(deadline)
    }

    fn wait_once(&mut self, deadline: Instant) -> bool {
        let (woken, has_drawn) = self.engine.wait(deadline, &self.wanted_of_lane(0));
        self.learn_of_lane(u32::from(has_drawn));
        woken
    }

    /// Polls tasks without a wake that may have missed one, in turn, and so many that there are no more probes than polls.
    fn probe_some(&mut self, idle: u32) -> Option<End> {
        let count = self.world.tasks.borrow().hot.len() as u32;
        let steps = std::mem::replace(&mut self.steps_at_idle, self.steps);
        self.credit += self.steps - steps;
        // Tasks that have ended cost a look each, and they are to be no more than the rest.
        let most = u64::from(count).min(4 * self.credit);
        for _ in 0..most {
            if self.credit == 0 {
                break;
            }
            let number = self.next_probed % count;
            self.next_probed = number + 1;
            let Some(has_waker_left) = self.waits(number) else { continue };
            if !has_waker_left {
                self.credit -= 1;
                if self.probe(number) || self.leaves_one_now(number) {
                    return Some(End::Failed(Finding::MissedWaker { task: number }));
                }
            } else if self.plan.mode.watch.is_none()
                && self.world.choices.borrow_mut().probe(Key::Probe { idle, task: number })
            {
                self.credit -= 1;
                if self.probe(number) {
                    return Some(End::Suspicious(Watch { idle, task: number }));
                }
            }
        }
        None
    }

    /// Whether anybody holds a waker of the task, if it is one that waits.
    fn waits(&self, number: u32) -> Option<bool> {
        let slot = &self.engine.slots[number as usize];
        let is_waiting = slot.future.is_some() && self.world.tasks.borrow().hot[number as usize].state == State::Alive;
        is_waiting.then(|| slot.is_waker_elsewhere())
    }

    /// Whether a task has left a waker in a probe that it had not left in its last poll: it would have waited for ever.
    fn leaves_one_now(&self, number: u32) -> bool {
        let slot = &self.engine.slots[number as usize];
        slot.is_waker_elsewhere() && !slot.waking.is_queued()
    }

    /// Polls a task without a wake. Tells whether it made progress: it is done, or has woken a task, or spawned one.
    fn probe(&mut self, number: u32) -> bool {
        self.steer(number, 0);
        let engine = &mut *self.engine;
        let Slot { future: Some(future), waker, waking, .. } = &mut engine.slots[number as usize] else { return false };
        self.world.current.set(number);
        engine.budget.set(USUAL);
        self.world.is_probing.set(true);
        let polled = match self.plan.mode.record {
            true => stack::recorded(number, waking, |waker| polled(future, waker)),
            false => polled(future, waker),
        };
        self.world.is_probing.set(false);
        let is_queued = waking.is_queued();
        // By a probe, nothing is learned of a task.
        self.count_drawn();
        if matches!(polled, Ok(Poll::Pending)) {
            // One that wakes itself whenever it is polled has not missed anything.
            let others = self.world.ready.borrow().len() - usize::from(is_queued);
            return others > 0 || !self.world.aborted.borrow().is_empty();
        }
        self.ended(number, polled);
        true
    }

    /// Time has passed. Where a task is watched, tells whether it was its own timer that woke it, and it alone.
    fn watched(&self, idle: u32, before: Instant) -> Option<End> {
        let watch = self.plan.mode.watch.filter(|watch| watch.idle == idle)?;
        let is_next = self.world.ready.borrow_mut().first() == Some(watch.task);
        let lost = Some(Instant::now() - before);
        is_next.then_some(End::Failed(Finding::LostWakeup { task: watch.task, lost }))
    }

    /// Nothing is left that could wake a task: what is wrong?
    fn stuck(&mut self) -> Finding {
        if let Some(finding) = self.unseen_panic() {
            return finding;
        }
        let count = self.world.tasks.borrow().hot.len() as u32;
        for number in 0..count {
            if let Some(has_waker_left) = self.waits(number)
                && (self.probe(number) || !has_waker_left && self.leaves_one_now(number))
            {
                return if has_waker_left {
                    Finding::LostWakeup { task: number, lost: None }
                } else {
                    Finding::MissedWaker { task: number }
                };
            }
        }
        Finding::Deadlock
    }
}

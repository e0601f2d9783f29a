//! Looks for late wakes in a schedule after its run, and judges them.
//!
//! A task wakes late if a spurious poll (a poll without a wake) would have had an effect, and in the run that counts the
//! task was woken only later, by its own timer or by something unrelated, or never. See
//! [`liveness`](crate::executor::Watch) for the runs that find this out.

use std::time::Duration;

use super::schedule_runner::ScheduleRunner;
use crate::executor::{Followed, Observe, ObservedWake, RunLimits, RunResult, RunSummary, Suspect, Unwatched};
use crate::executor::{Watch, WatchResult};
use crate::failure::{FailureCause, FailureKind, LateWake, RunRecord, WakeCause};
use crate::report::{WakerOrigin, forgetful_poll, has_enough_polls, waker_origin, waker_place};
use crate::scheduler::ChoiceSource;
use crate::trace::{Actor, PollEffect, TaskStack};

/// Maximum number of suspects that are followed in one schedule.
const MAX_SUSPECTS: usize = 4;

/// Virtual time after the end of the run for which a wake that came late for another reason is awaited.
const WAKE_TIME: Duration = Duration::from_secs(60);

/// Whether a schedule is checked for late wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LivenessCheck {
    Never,
    /// Only if the run failed. A late wake may be the cause of the failure.
    IfFailed,
    Always,
}

impl LivenessCheck {
    /// Returns the check for schedules that should fail in this way.
    pub(super) fn for_kind(kind: FailureKind) -> Self {
        match kind {
            FailureKind::MissedWaker | FailureKind::LostWakeup => LivenessCheck::Always,
            _ => LivenessCheck::IfFailed,
        }
    }

    /// Returns whether a run is checked.
    pub(super) fn applies_to(self, record: Option<&RunRecord>, summary: RunSummary) -> bool {
        if self == LivenessCheck::Never || summary.idle_points == 0 {
            return false;
        }
        let Some(record) = record else { return self == LivenessCheck::Always };
        match &record.failure {
            None => self == LivenessCheck::Always && !record.is_incomplete,
            Some(FailureCause::Deadlock { beside: None }) => summary.has_ready_task || summary.idle_points > 1,
            Some(failure) => matches!(
                failure,
                FailureCause::Panic { while_dropped: false, .. }
                    | FailureCause::Error { .. }
                    | FailureCause::Deadlock { .. }
                    | FailureCause::TaskLeak
                    | FailureCause::TimeLimit
            ),
        }
    }
}

/// A search for a late wake in one schedule.
pub(super) struct LateWakeSearch<'a, 'b> {
    pub(super) runner: &'a mut ScheduleRunner<'b>,
    pub(super) source: &'a ChoiceSource,
    pub(super) seed: u64,
    /// Size of the run that counts.
    pub(super) summary: RunSummary,
}

/// A late wake, and the observations that show it.
struct JudgedWake {
    late: Box<LateWake>,
    followed: Box<Followed>,
}

impl LateWakeSearch<'_, '_> {
    /// Returns the record of a run that fails with a late wake, or `None` if there is none. `record` is that of the run
    /// that counts.
    pub(super) fn run(&mut self, record: Option<&RunRecord>, observe: Observe) -> Option<Box<RunRecord>> {
        let failure = record.and_then(|record| record.failure.as_ref());
        if let Some(ticking) = failure.and_then(FailureCause::ticking) {
            // Nothing changes afterwards.
            self.summary.time = ticking.since;
        }
        let mut except = Vec::new();
        for _ in 0..MAX_SUSPECTS {
            let last_idle = self.summary.idle_points - 1;
            let watch = Watch::Search { except: &except, last_idle };
            let WatchResult::Found(suspect) = self.watch(watch) else { return None };
            if let Some(late) = self.judge(suspect, failure) {
                return self.record(suspect, late, failure, observe);
            }
            except.push(Unwatched { task: suspect.task, polls: suspect.polls });
        }
        None
    }

    /// Returns the failure of a suspect, or `None` if its wake was not late.
    fn judge(&mut self, suspect: Suspect, failure: Option<&FailureCause>) -> Option<JudgedWake> {
        let WatchResult::Confirmed { effect, ready_at } = self.watch(Watch::Confirm(suspect)) else { return None };
        let WatchResult::Followed(followed) = self.watch(Watch::Follow { suspect, holds: true }) else { return None };
        let wake = followed.wakes.first();
        let end = wake.map_or(followed.end.min(self.summary.time), |wake| wake.at);
        let late = LateWake {
            ready_at,
            effect,
            ready_after: followed.ready_after.clone(),
            polled_at: followed.polled_at,
            forgetful_poll: None,
            wake: wake.map(wake_cause),
            end,
            consequence: None,
        };
        let is_late = match wake {
            Some(_) => end > ready_at && late.delay() > self.runner.case.allowed_late_wake,
            None => self.is_never_woken(&followed, &late, failure),
        };
        let is_dead = late.wake.is_none() && matches!(failure, Some(FailureCause::Deadlock { .. }));
        if !is_late || !is_dead && self.is_by_design(suspect, &followed, &late) {
            return None;
        }
        Some(JudgedWake { late: Box::new(late), followed })
    }

    /// Returns whether a suspect that was not woken could not be woken any more, or had enough time to be woken.
    fn is_never_woken(&self, followed: &Followed, late: &LateWake, failure: Option<&FailureCause>) -> bool {
        match failure {
            // Nothing happens any more.
            Some(FailureCause::Deadlock { .. }) => true,
            _ if followed.wakers.iter().any(may_be_woken_later) || followed.waker_count > followed.wakers.len() => {
                false
            }
            // The test ended and left the task.
            Some(FailureCause::TaskLeak) if !followed.is_aborted => true,
            _ => late.delay() > self.runner.case.allowed_late_wake,
        }
    }

    /// Returns whether a late wake is intended.
    fn is_by_design(&mut self, suspect: Suspect, followed: &Followed, late: &LateWake) -> bool {
        // A future that registers a waker only when it is polled again is wrong in any case.
        if late.effect == PollEffect::RegisteredWaker {
            return false;
        }
        let is_by_own_timer = late.wake.as_ref().is_none_or(|wake| wake.by == Actor::Timer);
        // The task looks at something at each tick of its own timer.
        let next_tick = followed.timer_interval.map(|interval| followed.polled_at + interval);
        if is_by_own_timer && next_tick.is_some_and(|next_tick| late.end <= next_tick) {
            return true;
        }
        if followed.wakes.iter().any(|wake| is_deliberate(wake, &followed.ready_after)) {
            return true;
        }
        // The task compares a deadline with the clock whenever it is polled.
        let alone = Watch::LeaveAlone { suspect, from: followed.first_idle, until: late.ready_at };
        late.wake.is_some() && is_by_own_timer && matches!(self.watch(alone), WatchResult::Confirmed { .. })
    }

    /// Runs the schedule until the late wake, and observes it.
    fn record(
        &mut self,
        suspect: Suspect,
        JudgedWake { mut late, followed }: JudgedWake,
        failure: Option<&FailureCause>,
        observe: Observe,
    ) -> Option<Box<RunRecord>> {
        if observe.stacks {
            let watch = Watch::Sample { suspect, from: followed.first_idle, is_enough: has_enough_polls };
            if let WatchResult::Sampled(stacks) = self.watch(watch) {
                late.forgetful_poll = forgetful_poll(&stacks, &followed.wakers);
            }
        }
        late.consequence = failure.cloned().map(Box::new);
        let task = suspect.task;
        let cause = match followed.waker_count {
            0 => FailureCause::MissedWaker { task, late },
            _ => FailureCause::LostWakeup { task, late },
        };
        let watch = Watch::Follow { suspect, holds: false };
        // A record requires at least one observation.
        let observe = Observe { trace: true, awaits_threads: false, ..observe };
        let mut record = self.run_watched(watch, observe).into_record()?;
        record.failure = Some(cause);
        Some(record)
    }

    fn watch(&mut self, watch: Watch<'_>) -> WatchResult {
        match self.run_watched(watch, Observe::default()) {
            RunResult::Watched(result, _) => result,
            _ => WatchResult::Nothing,
        }
    }

    fn run_watched(&mut self, watch: Watch<'_>, observe: Observe) -> RunResult {
        // Spurious polls may lead to more steps, and tasks that wait for the suspect may repeat some.
        let steps = self.summary.steps.saturating_mul(2).saturating_add(10_000);
        let limits = self.runner.limits();
        let limits = RunLimits {
            steps: limits.steps.min(steps),
            virtual_time: limits.virtual_time.min(self.summary.time + WAKE_TIME),
            ..limits
        };
        self.runner.run_to_end(self.source, self.seed, observe, limits, watch)
    }
}

/// Returns whether a waker that was registered at this stack may be used some time after the task became ready.
fn may_be_woken_later(stack: &TaskStack) -> bool {
    matches!(waker_origin(stack), WakerOrigin::User | WakerOrigin::Signal)
}

/// Returns whether a task woke the suspect because it was ready, although not at once. `ready_after` are the tasks that
/// may have made it ready.
fn is_deliberate(wake: &ObservedWake, ready_after: &[u32]) -> bool {
    let Actor::Task(by) = wake.by else { return false };
    match wake.stack.as_ref().map(waker_origin) {
        None | Some(WakerOrigin::User) => true,
        Some(WakerOrigin::Signal) => ready_after.contains(&by),
        Some(WakerOrigin::Timer | WakerOrigin::Library) => false,
    }
}

fn wake_cause(wake: &ObservedWake) -> WakeCause {
    WakeCause { by: wake.by, waker: wake.stack.as_ref().and_then(waker_place) }
}

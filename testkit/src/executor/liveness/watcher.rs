//! The state of a run that looks for late wakes, and its reactions to the events of the run.

use std::time::Duration;

use tokio::time::Instant;

use super::spurious_poll::{is_waiting, poll_many_times, poll_spuriously, unqueue, unqueue_all};
use super::watch::{Followed, ObservedWake, Suspect, Unwatched, Watch, WatchResult};
use crate::executor::execution::Execution;
use crate::executor::foreign_threads::{start_worker, this_thread};
use crate::executor::stack_sampler::{Samples, sampled_stacks};
use crate::trace::{Actor, PollEffect, TaskStack, WatchedWakers};

/// Number of spurious polls that a search may make in addition to one per step.
const FREE_SPURIOUS_POLLS: u64 = 64;

/// Number of idle points after which a search ends. A run with more of them mostly repeats itself, such as a day of
/// heartbeats, and searching all of it would double its time.
const MAX_IDLE_POINTS: u32 = 20_000;

/// Number of polls before its idle point from which on the wakers of a suspect are watched. Capturing their stacks takes
/// long.
const WATCHED_POLLS: u32 = 1_000;

/// Samples of spurious polls that are taken at a time.
const POLL_SAMPLES: Samples = Samples { count: 50, pause: Duration::from_micros(50), time: Duration::from_millis(50) };

/// Maximum real time in which samples are taken. Many may be needed, because the poll that registers no waker may be a
/// small part of all polls.
const SAMPLING_TIME: Duration = Duration::from_millis(300);

/// Maximum number of tasks that are named as having run before a suspect was ready.
const MAX_READY_AFTER: usize = 16;

/// Looks for late wakes in one run.
pub(in crate::executor) struct Watcher {
    result: WatchResult,
    is_done: bool,
    /// Whether the run follows a suspect.
    is_following: bool,
    /// Number of spurious polls that may still be made. Each step of the run adds one, so a run makes few more spurious
    /// polls than steps, however many idle points it has.
    credit: u64,
    /// Number of steps at the last idle point.
    steps: u64,
    /// The next task to consider for a spurious poll.
    next: u32,
    history: History,
}

/// Observations of the suspect.
#[derive(Default)]
struct History {
    /// Whether its idle point is over.
    is_past_idle: bool,
    is_woken: bool,
    /// Whether the next poll is due to a timer.
    is_timer_next: bool,
    /// The last two moments at which the suspect was polled.
    polled: [Option<Polled>; 2],
    /// Number of the first idle point since the last poll.
    first_idle: Option<u32>,
    /// Tasks polled since the last idle point.
    recent: Vec<u32>,
    followed: Followed,
}

#[derive(Clone, Copy)]
struct Polled {
    at: Duration,
    is_by_timer: bool,
}

impl Watcher {
    pub(in crate::executor) fn new(watch: Watch<'_>) -> Self {
        let is_following = if let Watch::Follow { suspect, .. } = watch {
            WatchedWakers::begin(suspect.task);
            true
        } else {
            false
        };
        Watcher {
            is_following,
            result: WatchResult::Nothing,
            is_done: false,
            credit: FREE_SPURIOUS_POLLS,
            steps: 0,
            next: 0,
            history: History::default(),
        }
    }

    /// Returns whether the run has shown what it was made for.
    pub(in crate::executor) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Returns the result at the end of the run.
    pub(in crate::executor) fn into_result(self, run_end: Duration) -> WatchResult {
        WatchedWakers::end();
        let History { is_past_idle, mut followed, .. } = self.history;
        match self.result {
            WatchResult::Nothing if is_past_idle && self.is_following => {
                if !followed.is_aborted {
                    followed.end = run_end;
                }
                WatchResult::Followed(Box::new(followed))
            }
            result => result,
        }
    }

    /// Returns whether the stacks of this poll of a task are captured.
    pub(in crate::executor) fn captures(watch: Watch<'_>, task: u32, poll: u32) -> bool {
        matches!(watch, Watch::Follow { suspect, .. } if suspect.task == task && poll + WATCHED_POLLS >= suspect.polls)
    }

    /// Reacts to an idle point, before time passes.
    pub(in crate::executor) fn at_idle(&mut self, run: &mut Execution<'_>, idle: u32, time: Duration) {
        match run.plan.watch {
            Watch::Off => {}
            Watch::Search { except, last_idle } => self.search(run, idle, except, last_idle),
            Watch::Confirm(suspect) => self.confirm(run, idle, time, suspect),
            Watch::LeaveAlone { suspect, from, until } if idle == from => self.leave_alone(run, suspect, until),
            Watch::Sample { suspect, from, is_enough } if idle == from => self.sample(run, suspect, is_enough),
            Watch::LeaveAlone { .. } | Watch::Sample { .. } => {}
            Watch::Follow { suspect, .. } => {
                self.history.first_idle.get_or_insert(idle);
                if idle == suspect.idle {
                    self.begin_following(run, suspect, time);
                }
                self.history.recent.clear();
            }
        }
    }

    /// Polls some of the waiting tasks, in turn. `credit` limits how many.
    fn search(&mut self, run: &mut Execution<'_>, idle: u32, except: &[Unwatched], last_idle: u32) {
        let count = run.world.tasks.borrow().progress.len() as u32;
        let steps = std::mem::replace(&mut self.steps, run.steps);
        self.credit += run.steps - steps;
        let is_last = idle >= last_idle;
        if idle >= MAX_IDLE_POINTS {
            self.is_done = true;
            return;
        }
        // Skipping a completed task is cheap, but there may be many.
        let considered = if is_last { u64::from(count) } else { u64::from(count).min(4 * self.credit) };
        for _ in 0..considered {
            if self.credit == 0 && !is_last {
                break;
            }
            let task = self.next % count;
            self.next = task + 1;
            if !is_waiting(run, task) || except.contains(&Unwatched { task, polls: polls(run, task) }) {
                continue;
            }
            self.credit = self.credit.saturating_sub(1);
            let polls = polls(run, task);
            if poll_spuriously(run, task).is_some() {
                self.is_done = true;
                self.result = WatchResult::Found(Suspect { task, idle, polls });
                return;
            }
        }
    }

    fn confirm(&mut self, run: &mut Execution<'_>, idle: u32, time: Duration, suspect: Suspect) {
        if idle != suspect.idle {
            return;
        }
        let effect = if is_suspect_waiting(run, suspect) { poll_spuriously(run, suspect.task) } else { None };
        match effect {
            Some(PollEffect::RegisteredWaker) => self.history.is_past_idle = true,
            Some(effect) => self.finish(WatchResult::Confirmed { effect, ready_at: time }),
            None => self.finish(WatchResult::Nothing),
        }
    }

    fn sample(&mut self, run: &mut Execution<'_>, suspect: Suspect, is_enough: fn(&[TaskStack]) -> bool) {
        if !is_suspect_waiting(run, suspect) {
            self.is_done = true;
            return;
        }
        let thread = this_thread();
        let stacks = std::thread::scope(|scope| {
            let sampling = start_worker(|builder, unmarked| {
                builder.spawn_scoped(scope, move || {
                    let _own = unmarked.mark();
                    let (begun, mut stacks) = (std::time::Instant::now(), Vec::new());
                    while begun.elapsed() < SAMPLING_TIME && !is_enough(&stacks) {
                        stacks.extend(sampled_stacks(thread, POLL_SAMPLES));
                    }
                    stacks
                })
            });
            let sampling = sampling.expect("the system can start a thread");
            while !sampling.is_finished() && is_waiting(run, suspect.task) {
                poll_many_times(run, suspect.task);
                unqueue_all(run);
            }
            sampling.join().unwrap_or_default()
        });
        self.finish(WatchResult::Sampled(stacks));
    }

    fn leave_alone(&mut self, run: &mut Execution<'_>, suspect: Suspect, until: Duration) {
        // Raw tasks run while time passes, so they cannot be kept from running.
        let can_wait = is_suspect_waiting(run, suspect) && run.engine.tokio.raw_tasks() == 0;
        let end = run.world.started() + until;
        while can_wait && Instant::now() < end {
            run.engine.wait(end, &[]);
            unqueue_all(run);
        }
        let effect = if can_wait { poll_spuriously(run, suspect.task) } else { None };
        self.finish(match effect {
            Some(effect) => WatchResult::Confirmed { effect, ready_at: until },
            None => WatchResult::Nothing,
        });
    }

    fn begin_following(&mut self, run: &Execution<'_>, suspect: Suspect, time: Duration) {
        if !is_suspect_waiting(run, suspect) {
            self.is_done = true;
            return;
        }
        let history = &mut self.history;
        let [last, before] = history.polled;
        let is_by_timer = |polled: Option<Polled>| polled.filter(|polled| polled.is_by_timer);
        history.is_past_idle = true;
        history.followed = Followed {
            ready_after: std::mem::take(&mut history.recent),
            polled_at: last.map_or(time, |last| last.at),
            first_idle: history.first_idle.unwrap_or(suspect.idle),
            timer_interval: is_by_timer(last).zip(before).map(|(last, before)| last.at - before.at),
            waker_count: run.engine.cells[suspect.task as usize].held_wakers(),
            wakers: WatchedWakers::held(),
            wakes: Vec::new(),
            is_aborted: false,
            end: time,
        };
        WatchedWakers::take_wakes();
    }

    /// Reacts to a poll that is about to begin.
    pub(in crate::executor) fn before_poll(&mut self, run: &Execution<'_>, task: u32) {
        let Watch::Follow { suspect, .. } = run.plan.watch else { return };
        let history = &mut self.history;
        if history.recent.len() < MAX_READY_AFTER && !history.recent.contains(&task) && task != suspect.task {
            history.recent.push(task);
        }
        if task != suspect.task {
            return;
        }
        let polled = Polled { at: run.world.elapsed(), is_by_timer: history.is_timer_next };
        (history.is_woken, history.is_timer_next, history.first_idle) = (false, false, None);
        // Several polls at one time count as one, with the cause of the first.
        if history.polled[0].is_none_or(|last| last.at != polled.at) {
            history.polled = [Some(polled), history.polled[0]];
        }
    }

    /// Reacts to a poll or a wait that has just ended: `actor` may have woken the suspect.
    pub(in crate::executor) fn after(&mut self, run: &mut Execution<'_>, actor: Actor) {
        let (suspect, holds) = match run.plan.watch {
            Watch::Follow { suspect, holds, .. } => (suspect, holds),
            Watch::Confirm(suspect) => {
                if self.history.is_past_idle && is_queued(run, suspect.task) {
                    let ready_at = run.world.elapsed();
                    self.finish(WatchResult::Confirmed { effect: PollEffect::RegisteredWaker, ready_at });
                }
                return;
            }
            _ => return,
        };
        let used = WatchedWakers::take_wakes();
        let is_queued = is_queued(run, suspect.task);
        let is_raw = |is_in_raw_task: bool| actor == Actor::Timer && is_in_raw_task;
        let history = &mut self.history;
        if !history.is_past_idle {
            if is_queued && !std::mem::replace(&mut history.is_woken, true) {
                history.is_timer_next = actor == Actor::Timer && !used.iter().any(|used| is_raw(used.is_in_raw_task));
            }
            return;
        }
        if !is_queued && used.is_empty() {
            return;
        }
        let at = run.world.elapsed();
        if used.is_empty() {
            history.followed.wakes.push(ObservedWake { at, by: actor, stack: None });
        }
        for used in used {
            let by = if is_raw(used.is_in_raw_task) { Actor::RAW_TASKS } else { actor };
            history.followed.wakes.push(ObservedWake { at, by, stack: used.stack() });
        }
        if !holds {
            self.is_done = true;
        } else if is_queued {
            unqueue(run, suspect.task);
        }
    }

    /// Reacts to a task being aborted.
    pub(in crate::executor) fn aborted(&mut self, run: &Execution<'_>, task: u32) {
        if let Watch::Follow { suspect, .. } | Watch::Confirm(suspect) = run.plan.watch
            && suspect.task == task
            && self.history.is_past_idle
        {
            (self.history.followed.is_aborted, self.history.followed.end) = (true, run.world.elapsed());
            self.is_done = true;
        }
    }

    fn finish(&mut self, result: WatchResult) {
        self.result = result;
        self.is_done = true;
    }
}

/// Returns how often a task was polled.
fn polls(run: &Execution<'_>, task: u32) -> u32 {
    run.world.tasks.borrow().progress[task as usize].at.poll
}

fn is_queued(run: &Execution<'_>, task: u32) -> bool {
    run.engine.cells.get(task as usize).is_some_and(|cell| cell.wake_state.is_queued())
}

fn is_suspect_waiting(run: &Execution<'_>, suspect: Suspect) -> bool {
    is_waiting(run, suspect.task) && polls(run, suspect.task) == suspect.polls
}

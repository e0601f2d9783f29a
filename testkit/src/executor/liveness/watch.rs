//! Kinds of runs that look for late wakes, and their results.

use std::time::Duration;

use crate::trace::{Actor, PollEffect, TaskStack};

/// Purpose of a run. All runs but those with [`Watch::Off`] are thrown away.
#[derive(Clone, Copy)]
pub(crate) enum Watch<'a> {
    /// Nothing. The run counts.
    Off,
    /// Makes spurious polls at each idle point (a moment when no task is ready), until one of them has an effect.
    Search {
        /// Tasks that are not polled.
        except: &'a [Unwatched],
        /// Number of the last idle point, at which all tasks are polled.
        last_idle: u32,
    },
    /// Makes only the spurious poll that had an effect, to confirm that no other one caused the effect. If the effect
    /// is a waker, continues until the task is woken.
    Confirm(Suspect),
    /// Lets only time pass after the suspect's last poll, and then makes the spurious poll. An effect shows that no other
    /// task made the suspect ready.
    LeaveAlone {
        suspect: Suspect,
        /// Number of the first idle point after the last poll.
        from: u32,
        /// Virtual time of the spurious poll.
        until: Duration,
    },
    /// Polls the suspect spuriously many times after its last poll, and samples the call stack meanwhile. The stacks show
    /// which functions poll without registering a waker.
    Sample {
        suspect: Suspect,
        /// Number of the first idle point after the last poll.
        from: u32,
        /// Returns whether no more samples are needed.
        is_enough: fn(&[TaskStack]) -> bool,
    },
    /// Makes no spurious poll. Observes how the suspect is woken after its idle point.
    Follow {
        suspect: Suspect,
        /// Does not poll the suspect from its idle point on, so all later wakes are observed. Otherwise, the run ends at
        /// the first wake.
        holds: bool,
    },
}

/// A task for which a spurious poll had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suspect {
    pub(crate) task: u32,
    /// Number of the idle point.
    pub(crate) idle: u32,
    /// Number of polls of the task until then.
    pub(crate) polls: u32,
}

/// A task that a search does not poll, as long as it was polled this often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unwatched {
    pub(crate) task: u32,
    pub(crate) polls: u32,
}

/// Result of a run that looks for late wakes.
pub(crate) enum WatchResult {
    /// No spurious poll had an effect, or the suspect was not seen waiting.
    Nothing,
    /// A search found a suspect.
    Found(Suspect),
    Confirmed {
        effect: PollEffect,
        /// Virtual time since which the task counts as ready.
        ready_at: Duration,
    },
    Followed(Box<Followed>),
    Sampled(Vec<TaskStack>),
}

/// Observations of a suspect.
#[derive(Default)]
pub(crate) struct Followed {
    /// Tasks that were polled since the idle point before.
    pub(crate) ready_after: Vec<u32>,
    /// Virtual time of the last poll.
    pub(crate) polled_at: Duration,
    /// Number of the first idle point after the last poll.
    pub(crate) first_idle: u32,
    /// Interval between the last two wakes by the task's own timers, if only such timers woke it.
    pub(crate) timer_interval: Option<Duration>,
    /// Number of the task's wakers that existed at the idle point.
    pub(crate) waker_count: usize,
    /// Stacks at which these wakers were registered.
    pub(crate) wakers: Vec<TaskStack>,
    /// Wakes after the idle point.
    pub(crate) wakes: Vec<ObservedWake>,
    /// Whether the task was aborted after the idle point.
    pub(crate) is_aborted: bool,
    /// Virtual time at which the task was aborted or the run ended.
    pub(crate) end: Duration,
}

/// A wake of a suspect.
pub(crate) struct ObservedWake {
    pub(crate) at: Duration,
    pub(crate) by: Actor,
    /// Stack at which the waker was registered, if it is known.
    pub(crate) stack: Option<TaskStack>,
}

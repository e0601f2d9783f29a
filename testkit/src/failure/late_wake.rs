//! Wakes that came late, or never.

use std::time::Duration;

use super::FailureCause;
use crate::trace::{Actor, PollEffect};

/// A wake that came late, or never, although the task was ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LateWake {
    /// Virtual time since which a poll of the task would have had `effect`.
    pub(crate) ready_at: Duration,
    /// The effect that a poll would have had.
    pub(crate) effect: PollEffect,
    /// Tasks that were polled just before the task was found ready. One of them may have made it ready.
    pub(crate) ready_after: Vec<u32>,
    /// Virtual time of the last poll before the task was found ready.
    pub(crate) polled_at: Duration,
    /// The function that polls without registering a waker, with its line, if it is known.
    pub(crate) forgetful_poll: Option<String>,
    /// The wake that came late; `None` if the task was never woken.
    pub(crate) wake: Option<WakeCause>,
    /// Virtual time at which the task was woken, or at which the run ended or the task was dropped without a wake.
    pub(crate) end: Duration,
    /// The failure of the run after the late wake.
    pub(crate) consequence: Option<Box<FailureCause>>,
}

impl LateWake {
    /// Returns the virtual time for which the task was ready without being woken.
    pub(crate) fn delay(&self) -> Duration {
        self.end.saturating_sub(self.ready_at)
    }
}

/// Cause of a wake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WakeCause {
    pub(crate) by: Actor,
    /// The place at which the woken waker was registered, and the primitive that held it.
    pub(crate) waker: Option<String>,
}

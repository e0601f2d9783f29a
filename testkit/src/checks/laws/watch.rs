//! Watchdog for a check. A call that blocks is reported from another thread instead of hanging the test.

use std::borrow::Cow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::internal::lock;

use super::history::History;
use super::{Broken, Law};

/// Current call of the polling thread, and the history of its run.
#[derive(Default)]
pub(super) struct Watch {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The call that has not returned yet, and when it began.
    doing: Option<(Cow<'static, str>, Instant)>,
    history: History,
}

impl Watch {
    /// Begins a run.
    pub(super) fn begin(&self) {
        *lock(&self.state) = State::default();
    }

    /// Calls `work`. If it blocks, the report names `what` as the call that has not returned.
    pub(super) fn during<T>(&self, what: impl Into<Cow<'static, str>>, work: impl FnOnce() -> T) -> T {
        lock(&self.state).doing = Some((what.into(), Instant::now()));
        let done = work();
        lock(&self.state).doing = None;
        done
    }

    /// Adds rows to the history.
    pub(super) fn note(&self, add: impl FnOnce(&mut History)) {
        add(&mut lock(&self.state).history);
    }

    pub(super) fn history(&self) -> History {
        lock(&self.state).history.clone()
    }

    /// Returns a report if the current call has lasted at least `limit`.
    pub(super) fn overdue(&self, limit: Duration) -> Option<Broken> {
        let state = lock(&self.state);
        let (what, _) = state.doing.as_ref().filter(|(_, since)| since.elapsed() >= limit)?;
        let seen = format!("{what} has not returned for {limit:?}");
        Some(Broken { law: Law::NeverBlocks, seen, history: state.history.clone(), place: None })
    }
}

//! Watchdog for a check. A call that blocks is reported from another thread instead of hanging the test.

use std::borrow::Cow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::internal::lock;

use super::history::History;
use super::{Broken, Law};

/// Current call of the polling thread, and the history of its run.
#[derive(Default)]
pub(super) struct Watchdog {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The call that has not returned yet.
    current: Option<CurrentCall>,
    history: History,
}

struct CurrentCall {
    name: Cow<'static, str>,
    since: Instant,
}

impl Watchdog {
    /// Begins a run.
    pub(super) fn begin(&self) {
        *lock(&self.state) = State::default();
    }

    /// Runs `call`. If it blocks, the report names it `name`.
    pub(super) fn observe<T>(&self, name: impl Into<Cow<'static, str>>, call: impl FnOnce() -> T) -> T {
        lock(&self.state).current = Some(CurrentCall { name: name.into(), since: Instant::now() });
        let returned = call();
        lock(&self.state).current = None;
        returned
    }

    /// Adds rows to the history.
    pub(super) fn record(&self, add: impl FnOnce(&mut History)) {
        add(&mut lock(&self.state).history);
    }

    pub(super) fn history(&self) -> History {
        lock(&self.state).history.clone()
    }

    /// Returns a report if the current call has lasted at least `limit`.
    pub(super) fn overdue(&self, limit: Duration) -> Option<Broken> {
        let state = lock(&self.state);
        let CurrentCall { name, .. } = state.current.as_ref().filter(|call| call.since.elapsed() >= limit)?;
        let observation = format!("{name} has not returned for {limit:?}");
        Some(Broken { law: Law::NeverBlocks, observation, history: state.history.clone(), place: None })
    }
}

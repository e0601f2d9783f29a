//! What is under way, seen from another thread: what blocks is told, and is no hang.

use std::borrow::Cow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::internal::lock;

use super::history::History;
use super::{Broken, Law};

/// What the thread that polls does, and what it has done in this run.
#[derive(Default)]
pub(super) struct Watch {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What is called that has not returned, and since when.
    doing: Option<(Cow<'static, str>, Instant)>,
    history: History,
}

impl Watch {
    /// Begins a run.
    pub(super) fn begin(&self) {
        *lock(&self.state) = State::default();
    }

    /// Calls `work`, of which the report would say that `what` has not returned.
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

    /// A report, if something has been called that has not returned for as long.
    pub(super) fn overdue(&self, limit: Duration) -> Option<Broken> {
        let state = lock(&self.state);
        let (what, _) = state.doing.as_ref().filter(|(_, since)| since.elapsed() >= limit)?;
        let seen = format!("{what} has not returned for {limit:?}");
        Some(Broken { law: Law::NeverBlocks, seen, history: state.history.clone(), place: None })
    }
}

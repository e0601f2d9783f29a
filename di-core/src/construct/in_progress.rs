//! The constructors that a build waits for, also those of modules.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::abandoned::Abandoned;
use crate::graph::{Graph, Node, NodeKind};
use crate::internal::{Instant, lock};

/// Settings of a build that also apply to the modules in it.
#[derive(Clone, Default)]
pub(crate) struct BuildContext {
    /// Timeout of async constructors without a timeout of their own. `None` for no timeout.
    pub(crate) constructor_timeout: Option<Duration>,
    pub(crate) in_progress: InProgress,
    pub(crate) abandoned: Abandoned,
}

thread_local! {
    /// The context of the build that this thread polls. Modules are built inside a poll of their container's build.
    static CURRENT: RefCell<Option<BuildContext>> = const { RefCell::new(None) };
}

impl BuildContext {
    /// Returns the context of the build that this thread polls; the default if there is none.
    pub(crate) fn current() -> Self {
        CURRENT.with_borrow(Clone::clone).unwrap_or_default()
    }

    /// Returns whether the container is built to be started by a host.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_hosted(&self) -> bool {
        self.in_progress.0.is_some()
    }

    /// Calls `poll` with this context as the current one.
    pub(super) fn enter<R>(&self, poll: impl FnOnce() -> R) -> R {
        if self.constructor_timeout.is_none() && self.in_progress.0.is_none() && !self.abandoned.is_recorded() {
            return poll();
        }
        let _restore = Restore(CURRENT.replace(Some(self.clone())));
        poll()
    }
}

/// Restores the previous context when dropped.
struct Restore(Option<BuildContext>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// The calls of async constructors in progress. Clones share one list. By default there is no list, because only a start
/// that can be interrupted needs it.
#[derive(Clone, Default)]
pub(crate) struct InProgress(Option<Arc<Mutex<Vec<Construction>>>>);

/// The call of an async constructor.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub(crate) struct Construction {
    pub(crate) container: &'static str,
    pub(crate) node: &'static Node,
    pub(crate) begun: Instant,
}

impl InProgress {
    /// Creates an empty list.
    #[cfg(feature = "tokio")]
    pub(crate) fn recorded() -> Self {
        InProgress(Some(Arc::default()))
    }

    pub(super) fn add(&self, graph: &'static Graph, node: &'static Node) {
        // A module waits only for its own constructors, which are in the list themselves.
        if let Some(list) = &self.0
            && node.kind() != NodeKind::Module
        {
            lock(list).push(Construction { container: graph.name(), node, begun: Instant::now() });
        }
    }

    pub(super) fn remove(&self, node: &'static Node) {
        let Some(list) = &self.0 else { return };
        let mut list = lock(list);
        if let Some(at) = list.iter().position(|construction| std::ptr::eq(construction.node, node)) {
            list.remove(at);
        }
    }

    /// Returns the constructors, in the order in which they were called.
    #[cfg(feature = "tokio")]
    pub(crate) fn list(&self) -> Vec<Construction> {
        self.0.as_ref().map(|list| lock(list).clone()).unwrap_or_default()
    }
}

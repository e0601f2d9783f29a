//! The hooks of components in a container that was not built completely.

use std::sync::{Arc, Mutex};

use crate::graph::Graph;
use crate::hooks::{Hooks, ModuleHooks};
use crate::internal::lock;

/// The hooks of components that were built before their build failed or was dropped: first those of modules, then those
/// of the container around them. Clones share one list. By default there is no list, because only a scope calls such
/// hooks.
#[derive(Clone, Default)]
pub(crate) struct Abandoned(Option<Arc<Mutex<Vec<ModuleHooks>>>>);

impl Abandoned {
    /// Creates an empty list.
    #[cfg(feature = "tokio")]
    pub(crate) fn recorded() -> Self {
        Abandoned(Some(Arc::default()))
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn add(&self, graph: &'static Graph, hooks: &mut Hooks) {
        if let Some(list) = &self.0
            && !hooks.by_node.is_empty()
        {
            lock(list).push(ModuleHooks { graph, hooks: std::mem::take(hooks) });
        }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn take(&self) -> Vec<ModuleHooks> {
        self.0.as_ref().map(|list| std::mem::take(&mut *lock(list))).unwrap_or_default()
    }
}

//! Hooks of components: `#[start]`, `#[run]` and `#[stop]` of a service, and `#[commit]` and `#[rollback]` of a scope.

mod check;
pub(crate) mod generated;
mod hook;
mod host_options;
mod lifecycle;
mod probe;
mod readiness;
mod shutdown;

use std::sync::Arc;

use crate::graph::Graph;

pub use hook::Hook;
pub use host_options::HostOptions;
pub use lifecycle::Lifecycle;
pub use readiness::Readiness;
pub use shutdown::Shutdown;

/// The hooks of a container's built components.
#[doc(hidden)]
#[derive(Default)]
pub struct Hooks {
    #[cfg_attr(not(feature = "tokio"), allow(dead_code))]
    pub(crate) by_node: Vec<NodeHooks>,
}

/// The hooks of one node of a container.
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub(crate) struct NodeHooks {
    pub(crate) node: usize,
    pub(crate) hooked: Hooked,
}

/// A value with hooks.
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub(crate) enum Hooked {
    Component(Arc<dyn Lifecycle>),
    Module(ModuleHooks),
}

/// The hooks of a module's components.
#[doc(hidden)]
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub struct ModuleHooks {
    pub(crate) graph: &'static Graph,
    pub(crate) hooks: Hooks,
}

impl Hooks {
    /// Adds the hooks of a component.
    pub fn add(&mut self, node: usize, component: Arc<dyn Lifecycle>) {
        self.by_node.push(NodeHooks { node, hooked: Hooked::Component(component) });
    }

    /// Adds the hooks of a module, if it has any.
    pub fn add_module(&mut self, node: usize, module: ModuleHooks) {
        if !module.hooks.by_node.is_empty() {
            self.by_node.push(NodeHooks { node, hooked: Hooked::Module(module) });
        }
    }
}

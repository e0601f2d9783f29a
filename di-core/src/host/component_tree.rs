//! The hooks of a container and its modules, called in the order of the graph.

use std::sync::Arc;

use super::failures::Failures;
use super::started_component::{RunTasks, StartedComponent};
use super::walk::walk;
use crate::graph::Graph;
use crate::hooks::{Hooked, Hooks, HostOptions, NodeHooks, Shutdown};
use crate::internal::BoxFuture;

/// The components with hooks, as a tree: a module is a node of its container.
#[derive(Clone)]
pub(super) struct ComponentTree {
    graph: &'static Graph,
    /// By node index; `None` for nodes without hooks.
    parts: Vec<Option<Part>>,
}

#[derive(Clone)]
enum Part {
    Component(Arc<StartedComponent>),
    Module(ComponentTree),
}

impl ComponentTree {
    pub(super) fn new(graph: &'static Graph, hooks: Hooks) -> Self {
        let mut parts: Vec<Option<Part>> = graph.nodes().iter().map(|_| None).collect();
        for NodeHooks { node, hooked } in hooks.by_node {
            parts[node] = Some(match hooked {
                Hooked::Module(module) => Part::Module(ComponentTree::new(module.graph, module.hooks)),
                Hooked::Component(component) => {
                    Part::Component(Arc::new(StartedComponent::new(component, graph.name(), &graph.nodes()[node])))
                }
            });
        }
        ComponentTree { graph, parts }
    }

    /// Calls the `#[start]` hooks, each after those of the component's dependencies. After a failure, no others are
    /// called.
    pub(super) async fn start(&self, options: &HostOptions, failures: &Failures) -> bool {
        let before: Vec<Vec<usize>> = self.graph.nodes().iter().map(|node| node.dependencies().collect()).collect();
        walk(&before, |node| self.start_part(node, options, failures)).await;
        failures.is_empty()
    }

    fn start_part(&self, node: usize, options: &HostOptions, failures: &Failures) -> Option<BoxFuture<bool>> {
        let (part, options, failures) = (self.parts[node].clone()?, options.clone(), failures.clone());
        Some(Box::pin(async move {
            match part {
                Part::Module(tree) => tree.start(&options, &failures).await,
                Part::Component(component) => component.start(&options, &failures).await,
            }
        }))
    }

    /// Spawns the `#[run]` tasks.
    pub(super) fn run(&self, tasks: &mut RunTasks, failures: &Failures, failed: &Shutdown) {
        for part in self.parts.iter().flatten() {
            match part {
                Part::Module(tree) => tree.run(tasks, failures, failed),
                Part::Component(component) => component.run(tasks, failures, failed),
            }
        }
    }

    /// Ends the `#[run]` tasks and calls the `#[stop]` hooks of the started components, each after those of its
    /// dependents. A failure does not prevent others from being stopped.
    pub(super) async fn stop(&self, options: &HostOptions, failures: &Failures) {
        let mut before = vec![Vec::new(); self.parts.len()];
        for (node, data) in self.graph.nodes().iter().enumerate() {
            for dependency in data.dependencies() {
                before[dependency].push(node);
            }
        }
        walk(&before, |node| self.stop_part(node, options, failures)).await;
    }

    fn stop_part(&self, node: usize, options: &HostOptions, failures: &Failures) -> Option<BoxFuture<bool>> {
        let (part, options, failures) = (self.parts[node].clone()?, options.clone(), failures.clone());
        Some(Box::pin(async move {
            match part {
                Part::Module(tree) => tree.stop(&options, &failures).await,
                Part::Component(component) => component.stop(&options, &failures).await,
            }
            true
        }))
    }
}

//! The hooks of a container and its modules, called in the order of the graph.

use std::sync::Arc;
use std::time::Duration;

use super::error::Unfinished;
use super::failures::Failures;
use super::started_component::{RunTasks, StartedComponent};
use super::stop_budget::StopBudget;
use super::timings::{HookTimings, Waited};
use super::trace::{self, HostEvent};
use super::walk::{Visit, ordered, reversed, walk};
use crate::graph::Graph;
use crate::hooks::{Hook, Hooked, Hooks, HostOptions, NodeHooks, Readiness, Shutdown};

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
                    if component.has(Hook::Commit) || component.has(Hook::Rollback) {
                        trace::event(graph.name(), HostEvent::StartedWithScopeHooks);
                    }
                    Part::Component(Arc::new(StartedComponent::new(component, graph.name(), &graph.nodes()[node])))
                }
            });
        }
        ComponentTree { graph, parts }
    }

    /// Calls `visit` for each component.
    fn for_each(&self, visit: &mut dyn FnMut(&Arc<StartedComponent>)) {
        for part in self.parts.iter().flatten() {
            match part {
                Part::Module(tree) => tree.for_each(visit),
                Part::Component(component) => visit(component),
            }
        }
    }

    pub(super) fn set_readiness(&self, readiness: Readiness) {
        self.for_each(&mut |component| component.set_readiness(readiness));
    }

    /// Returns for each node its dependencies.
    fn dependencies(&self) -> Vec<Vec<usize>> {
        self.graph.nodes().iter().map(|node| node.dependencies().collect()).collect()
    }

    /// Calls the `#[start]` hooks, each after those of the component's dependencies. After a failure, no others are
    /// called. Returns whether all succeeded.
    pub(super) async fn start(&self, options: &HostOptions, timings: &HookTimings, failures: &Failures) -> bool {
        self.start_after(Waited::default(), options, timings, failures).await.is_some()
    }

    /// Calls the `#[start]` hooks. `first` is the hook that the first ones waited for. Returns the hook that finished
    /// last.
    async fn start_after(
        &self,
        first: Waited,
        options: &HostOptions,
        timings: &HookTimings,
        failures: &Failures,
    ) -> Option<Waited> {
        let visit = |node: usize, waited| self.start_part(node, waited, options, timings, failures);
        walk(&self.dependencies(), first, visit).await
    }

    fn start_part(
        &self,
        node: usize,
        waited: Waited,
        options: &HostOptions,
        timings: &HookTimings,
        failures: &Failures,
    ) -> Visit<Waited> {
        let Some(part) = self.parts[node].clone() else { return Visit::Skip };
        let (options, timings, failures) = (options.clone(), timings.clone(), failures.clone());
        Visit::Pending(Box::pin(async move {
            match part {
                Part::Module(tree) => tree.start_after(waited, &options, &timings, &failures).await,
                Part::Component(component) => {
                    let timing = timings.begin(&component, waited);
                    let is_started = component.start(&options, &failures).await;
                    is_started.then(|| timings.end(timing, waited))
                }
            }
        }))
    }

    /// Returns the `#[start]` hooks that are running.
    pub(super) fn unfinished(&self) -> Vec<Unfinished> {
        let mut unfinished = Vec::new();
        self.for_each(&mut |component| unfinished.extend(component.unfinished()));
        unfinished
    }

    /// Spawns the `#[run]` tasks.
    pub(super) fn run(&self, tasks: &mut RunTasks, failures: &Failures, failed: &Shutdown) {
        self.for_each(&mut |component| component.run(tasks, failures, failed));
    }

    /// Ends the `#[run]` tasks and calls the `#[stop]` hooks of the started components, each after those of its
    /// dependents. A failure does not prevent others from being stopped.
    pub(super) async fn stop(&self, options: &HostOptions, budget: StopBudget, failures: &Failures) {
        self.stop_before(Duration::ZERO, options, budget, failures).await;
    }

    /// Stops the components. `after` is the time that the stop of the others after them may take.
    async fn stop_before(&self, after: Duration, options: &HostOptions, budget: StopBudget, failures: &Failures) {
        let dependencies = self.dependencies();
        let after = self.times_after(&dependencies, after, options);
        let visit = |node: usize, ()| self.stop_part(node, after[node], options, budget, failures);
        walk(&reversed(&dependencies), (), visit).await;
    }

    fn stop_part(
        &self,
        node: usize,
        after: Duration,
        options: &HostOptions,
        budget: StopBudget,
        failures: &Failures,
    ) -> Visit<()> {
        let Some(part) = self.parts[node].clone() else { return Visit::Skip };
        let (options, failures) = (options.clone(), failures.clone());
        Visit::Pending(Box::pin(async move {
            match part {
                Part::Module(tree) => tree.stop_before(after, &options, budget, &failures).await,
                Part::Component(component) => component.stop(&options, budget, after, &failures).await,
            }
            Some(())
        }))
    }

    /// Returns for each node the time that the longest chain of stops after it may take. `last` is the time after the
    /// whole container.
    fn times_after(&self, dependencies: &[Vec<usize>], last: Duration, options: &HostOptions) -> Vec<Duration> {
        let mut after = vec![last; self.parts.len()];
        // With its own stop.
        let mut whole = vec![last; self.parts.len()];
        for node in ordered(dependencies) {
            after[node] = dependencies[node].iter().map(|&dependency| whole[dependency]).max().unwrap_or(last);
            whole[node] = self.part_stop_time(node, options).saturating_add(after[node]);
        }
        after
    }

    /// Returns the time that the longest chain of stops may take.
    pub(super) fn stop_time(&self, options: &HostOptions) -> Duration {
        let after = self.times_after(&self.dependencies(), Duration::ZERO, options).into_iter().enumerate();
        after.map(|(node, after)| self.part_stop_time(node, options).saturating_add(after)).max().unwrap_or_default()
    }

    fn part_stop_time(&self, node: usize, options: &HostOptions) -> Duration {
        match &self.parts[node] {
            None => Duration::ZERO,
            Some(Part::Component(component)) => component.stop_time(options),
            Some(Part::Module(tree)) => tree.stop_time(options),
        }
    }

    /// Records the hooks that a second signal cut off.
    pub(super) fn cut_off(&self, failures: &Failures) {
        self.for_each(&mut |component| component.cut_off(failures));
    }
}

//! The end of a scope: its `#[commit]` and `#[rollback]` hooks.

use std::sync::Arc;

use tokio::time::timeout;

use super::error::{HookFailure, HookFailureCause};
use super::hook_task::catch_failure;
use super::trace::{self, HostEvent};
use super::walk::ordered;
use crate::graph::Node;
use crate::hooks::{Hook, Hooked, HostOptions, Lifecycle, ModuleHooks, NodeHooks};
use crate::task::{spawn_named, try_spawn_named};

/// The components of a scope with hooks, which have to be committed or rolled back once. If this is dropped before, they
/// are rolled back in a task in the background.
pub(super) struct Ending {
    container: &'static str,
    /// Each component after its dependencies.
    components: Vec<ScopedComponent>,
    options: HostOptions,
}

#[derive(Clone)]
struct ScopedComponent {
    component: Arc<dyn Lifecycle>,
    container: &'static str,
    node: &'static Node,
}

/// The result of an end.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) failures: Vec<HookFailure>,
    /// The components with a `#[commit]` hook that succeeded.
    pub(super) committed: Vec<&'static Node>,
}

impl Ending {
    /// Creates the end of the components in `parts`. A part depends only on itself and on later parts.
    pub(super) fn new(container: &'static str, parts: Vec<ModuleHooks>, options: &HostOptions) -> Self {
        let mut components = Vec::new();
        for part in parts.into_iter().rev() {
            flatten(part, &mut components);
        }
        let has = |hooks: &[Hook]| components.iter().any(|part| hooks.iter().any(|hook| part.component.has(*hook)));
        if has(&[Hook::Start, Hook::Run, Hook::Stop]) {
            trace::event(container, HostEvent::OpenedWithHostHooks);
        }
        Ending { container, components, options: options.clone() }
    }

    /// Commits the components, each after its dependents. If one fails, those that are not committed are rolled back. Goes
    /// on in the background if the returned future is dropped.
    pub(super) async fn commit(self) -> Ended {
        self.end(Hook::Commit).await
    }

    /// Rolls back the components, each after its dependents. Goes on in the background if the returned future is dropped.
    pub(super) async fn roll_back(self) -> Ended {
        self.end(Hook::Rollback).await
    }

    async fn end(mut self, hook: Hook) -> Ended {
        let components = std::mem::take(&mut self.components);
        if components.is_empty() {
            return Ended::default();
        }
        let name = format!("{} {}", hook.name(), self.container);
        let ending = spawn_named(&name, end(components.clone(), hook, self.options.clone()));
        match ending.await {
            Ok(ended) => ended,
            // The runtime ends.
            Err(error) => {
                let error = error.to_string();
                let failed =
                    |part: ScopedComponent| HookFailure::failed(part.container, part.node, hook, error.clone().into());
                Ended { failures: components.into_iter().map(failed).collect(), ..Ended::default() }
            }
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let components = std::mem::take(&mut self.components);
        if components.is_empty() {
            return;
        }
        let name = format!("{} {}", Hook::Rollback.name(), self.container);
        let ending = end(components, Hook::Rollback, self.options.clone());
        if try_spawn_named(&name, async move { drop(ending.await) }).is_none() {
            trace::event(self.container, HostEvent::RollbackLost);
        }
    }
}

/// Commits or rolls back each component, after its dependents. If a commit fails, all components that are not committed
/// are rolled back.
async fn end(mut components: Vec<ScopedComponent>, hook: Hook, options: HostOptions) -> Ended {
    components.reverse();
    let mut ended = Ended::default();
    if hook == Hook::Commit {
        let mut left = Vec::new();
        for part in components {
            if ended.failures.is_empty() {
                match part.call(Hook::Commit, &options).await {
                    Ok(true) => {
                        ended.committed.push(part.node);
                        continue;
                    }
                    Ok(false) => {}
                    Err(failure) => ended.add(failure),
                }
            }
            left.push(part);
        }
        components = left;
    }
    if hook == Hook::Rollback || !ended.failures.is_empty() {
        for part in &components {
            if let Err(failure) = part.call(Hook::Rollback, &options).await {
                ended.add(failure);
            }
        }
    }
    ended
}

impl Ended {
    /// Records a failure, and logs it.
    fn add(&mut self, failure: HookFailure) {
        trace::failed(&failure);
        self.failures.push(failure);
    }
}

impl ScopedComponent {
    /// Calls a hook, and returns whether the component has it.
    async fn call(&self, hook: Hook, options: &HostOptions) -> Result<bool, HookFailure> {
        let component = self.component.clone();
        let limit = component.timeout(hook).unwrap_or(options.stop_timeout);
        let call = if hook == Hook::Commit { component.commit() } else { component.rollback() };
        let Some(call) = call else { return Ok(false) };
        let call = trace::instrumented(self.container, self.node, hook, call);
        match timeout(limit, catch_failure(self.container, self.node, hook, call)).await {
            Ok(result) => result.map(|()| true),
            Err(_) => Err(HookFailure::new(self.container, self.node, hook, HookFailureCause::TimedOut(limit))),
        }
    }
}

/// Adds the components of a container and of its modules, each after its dependencies.
fn flatten(ModuleHooks { graph, hooks }: ModuleHooks, into: &mut Vec<ScopedComponent>) {
    let dependencies: Vec<Vec<usize>> = graph.nodes().iter().map(|node| node.dependencies().collect()).collect();
    let mut by_node: Vec<Option<Hooked>> = graph.nodes().iter().map(|_| None).collect();
    for NodeHooks { node, hooked } in hooks.by_node {
        by_node[node] = Some(hooked);
    }
    for node in ordered(&dependencies) {
        match by_node[node].take() {
            Some(Hooked::Component(component)) => {
                into.push(ScopedComponent { component, container: graph.name(), node: &graph.nodes()[node] });
            }
            Some(Hooked::Module(module)) => flatten(module, into),
            None => {}
        }
    }
}

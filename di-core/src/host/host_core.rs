//! The lifecycle of a host, independent of the container's type.

use super::component_tree::ComponentTree;
use super::end_requests::{EndRequests, next_request};
use super::error::{HookFailure, HostError, Unfinished};
use super::failures::Failures;
use super::started_component::RunTasks;
use super::stop_budget::StopBudget;
use super::timings::HookTimings;
use super::trace::{self, HostEvent};
use crate::graph::Graph;
use crate::hooks::{Hooks, HostOptions, Readiness, Shutdown};

/// The components of a host, and the progress of their lifecycle.
pub(super) struct HostCore {
    /// Name of the container.
    name: &'static str,
    components: ComponentTree,
    options: HostOptions,
    failures: Failures,
    /// Requested when a `#[run]` task fails.
    failed: Shutdown,
    /// Aborted on drop.
    tasks: RunTasks,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Starting,
    Ready,
    Stopped,
}

impl HostCore {
    /// Creates a host of components that have not started.
    pub(super) fn new(graph: &'static Graph, hooks: Hooks, options: HostOptions) -> Self {
        HostCore {
            name: graph.name(),
            components: ComponentTree::new(graph, hooks),
            options,
            failures: Failures::default(),
            failed: Shutdown::new(),
            tasks: RunTasks::new(),
            state: State::Starting,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Calls the `#[start]` hooks, and then spawns the `#[run]` tasks. Returns whether all hooks succeeded.
    pub(super) async fn start(&mut self, timings: &HookTimings) -> bool {
        self.components.set_readiness(Readiness::Starting);
        if !self.components.start(&self.options, timings, &self.failures).await {
            return false;
        }
        self.components.run(&mut self.tasks, &self.failures, &self.failed);
        self.components.set_readiness(Readiness::Ready);
        self.state = State::Ready;
        trace::event(self.name, HostEvent::Started);
        true
    }

    /// Returns the `#[start]` hooks that are running.
    pub(super) fn unfinished(&self) -> Vec<Unfinished> {
        self.components.unfinished()
    }

    pub(super) fn failure(&self) -> Option<HookFailure> {
        self.failures.first()
    }

    /// Runs until the first request or the first failure, and then stops. A second request cuts off the stop.
    pub(super) async fn run(self, requests: &mut impl EndRequests) -> Result<(), HostError> {
        tokio::select! {
            biased;
            () = next_request(requests) => trace::event(self.name, HostEvent::EndRequested),
            () = self.failed.requested() => {}
        }
        self.stop(requests).await
    }

    /// Stops the components, at most until the next request.
    pub(super) async fn stop(self, requests: &mut impl EndRequests) -> Result<(), HostError> {
        let container = self.name;
        let failures = self.stop_started(requests).await;
        if failures.is_empty() { Ok(()) } else { Err(HostError::Hooks { container, failures }) }
    }

    /// Stops the components that have started, at most until the next request. Returns all failures.
    pub(super) async fn stop_started(mut self, requests: &mut impl EndRequests) -> Vec<HookFailure> {
        let is_complete = tokio::select! {
            biased;
            () = next_request(requests) => false,
            () = self.stop_in_order() => true,
        };
        if !is_complete {
            self.components.cut_off(&self.failures);
            self.tasks.clear();
        }
        self.state = State::Stopped;
        trace::event(self.name, HostEvent::Stopped);
        self.failures.take()
    }

    async fn stop_in_order(&self) {
        let budget = StopBudget::begin(self.options.stop_within);
        self.components.set_readiness(Readiness::Stopping);
        if self.state == State::Ready && !self.options.drain_for.is_zero() {
            // The pause is part of the longest chain, so that it leaves time for the hooks.
            let after = self.components.stop_time(&self.options);
            if let Some(pause) = budget.limit(self.options.drain_for, after) {
                trace::event(self.name, HostEvent::Draining);
                tokio::time::sleep(pause.time).await;
            }
        }
        trace::event(self.name, HostEvent::Stopping);
        self.components.stop(&self.options, budget, &self.failures).await;
    }
}

impl Drop for HostCore {
    fn drop(&mut self) {
        if self.state == State::Ready {
            trace::event(self.name, HostEvent::Dropped);
        }
    }
}

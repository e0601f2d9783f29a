//! The hooks of a single component, with their timeouts and panics.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::error::{HookFailure, HookFailureCause, Unfinished};
use super::failures::Failures;
use super::hook_task::{
    ABORT_GRACE, HookTask, Limit, MIN_ABORT_GRACE, Missed, TaskControl, Timed, catch_failure, timed,
};
use super::stop_budget::StopBudget;
use super::trace;
use crate::graph::Node;
use crate::hooks::{Hook, HostOptions, Lifecycle, Readiness, Shutdown};
use crate::internal::{BoxError, BoxFuture, lock};

/// The `#[run]` tasks of a host. They are aborted when this is dropped.
pub(super) type RunTasks = Vec<HookTask<()>>;

/// The output of the task of a `#[start]` or `#[stop]` hook.
type HookOutput = Timed<Result<(), HookFailure>>;

/// A component with hooks, and the state of its lifecycle.
pub(super) struct StartedComponent {
    component: Arc<dyn Lifecycle>,
    container: &'static str,
    node: &'static Node,
    shutdown: Shutdown,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// The task of the `#[start]` hook, until it succeeds.
    start: Option<TaskControl>,
    /// The `#[run]` task.
    run: Option<TaskControl>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Phase {
    #[default]
    Created,
    /// The `#[start]` hook has been running since this time.
    Starting(Instant),
    Started,
    /// The `#[stop]` hook is running.
    Stopping,
    Stopped,
}

impl StartedComponent {
    pub(super) fn new(component: Arc<dyn Lifecycle>, container: &'static str, node: &'static Node) -> Self {
        StartedComponent { component, container, node, shutdown: Shutdown::new(), state: Mutex::default() }
    }

    pub(super) fn set_readiness(&self, readiness: Readiness) {
        self.component.set_readiness(readiness);
    }

    pub(super) fn container(&self) -> &'static str {
        self.container
    }

    pub(super) fn node(&self) -> &'static Node {
        self.node
    }

    /// Calls the `#[start]` hook, and returns whether it succeeded.
    pub(super) async fn start(self: &Arc<Self>, options: &HostOptions, failures: &Failures) -> bool {
        if let Some(hook) = self.component.clone().start() {
            let limit = self.component.timeout(Hook::Start).unwrap_or(options.start_timeout);
            let task = self.spawn(Hook::Start, hook);
            *lock(&self.state) = State {
                phase: Phase::Starting(Instant::now()),
                start: Some(task.control().clone()),
                ..State::default()
            };
            let limit = Limit { time: limit, whole: None };
            if !self.join(Hook::Start, limit, task, StopBudget::begin(None), failures).await {
                lock(&self.state).phase = Phase::Created;
                return false;
            }
        }
        *lock(&self.state) = State { phase: Phase::Started, ..State::default() };
        true
    }

    /// Returns whether the component has a `#[start]` hook.
    pub(super) fn has_start(&self) -> bool {
        self.component.has(Hook::Start)
    }

    /// Returns the `#[start]` hook, if it is running.
    pub(super) fn unfinished(&self) -> Option<Unfinished> {
        match lock(&self.state).phase {
            Phase::Starting(begun) => Some(Unfinished {
                container: self.container,
                node: self.node,
                hook: Some(Hook::Start),
                elapsed: begun.elapsed(),
            }),
            Phase::Created | Phase::Started | Phase::Stopping | Phase::Stopped => None,
        }
    }

    /// Spawns the `#[run]` task. If it fails, `failed` is requested.
    pub(super) fn run(self: &Arc<Self>, tasks: &mut RunTasks, failures: &Failures, failed: &Shutdown) {
        let Some(run) = self.component.clone().run(self.shutdown.clone()) else { return };
        let run = trace::instrumented(self.container, self.node, Hook::Run, run);
        let (component, failures, failed) = (self.clone(), failures.clone(), failed.clone());
        let task = HookTask::spawn(&self.task_name(Hook::Run), async move {
            let failure = match component.catch_failure(Hook::Run, run).await {
                Err(failure) => Some(failure),
                Ok(()) if component.component.runs_forever() && !component.shutdown.is_requested() => {
                    Some(component.failure(Hook::Run, HookFailureCause::EndedEarly))
                }
                Ok(()) => None,
            };
            if let Some(failure) = failure {
                failures.push(failure);
                failed.request();
            }
        });
        lock(&self.state).run = Some(task.control().clone());
        tasks.push(task);
    }

    /// Returns the time that the stop may take, according to the timeouts.
    pub(super) fn stop_time(&self, options: &HostOptions) -> Duration {
        let state = lock(&self.state);
        if state.phase != Phase::Started {
            return Duration::ZERO;
        }
        let is_running = state.run.as_ref().is_some_and(|run| !run.is_gone());
        let run = if is_running { self.limit(Hook::Run, options) } else { Duration::ZERO };
        run.saturating_add(self.stop_hook_time(options))
    }

    fn stop_hook_time(&self, options: &HostOptions) -> Duration {
        if self.component.has(Hook::Stop) { self.limit(Hook::Stop, options) } else { Duration::ZERO }
    }

    fn limit(&self, hook: Hook, options: &HostOptions) -> Duration {
        self.component.timeout(hook).unwrap_or(options.stop_timeout)
    }

    /// Ends the `#[run]` task and calls the `#[stop]` hook, if the component has started. `after` is the time that the
    /// components stopped after it may take.
    ///
    /// The task is gone before the hook is called. So is a `#[start]` hook that was interrupted.
    pub(super) async fn stop(
        self: &Arc<Self>,
        options: &HostOptions,
        budget: StopBudget,
        after: Duration,
        failures: &Failures,
    ) {
        let (phase, start, run) = {
            let mut state = lock(&self.state);
            (state.phase, state.start.take(), state.run.clone())
        };
        if let Some(start) = start {
            self.abort(Hook::Start, &start, budget, failures).await;
        }
        if phase != Phase::Started {
            return;
        }
        self.shutdown.request();
        if let Some(run) = run
            && !run.is_gone()
        {
            let after = self.stop_hook_time(options).saturating_add(after);
            self.end_run(&run, budget.limit(self.limit(Hook::Run, options), after), budget, failures).await;
        }
        if self.component.has(Hook::Stop)
            && let Some(hook) = self.component.clone().stop()
        {
            match budget.limit(self.limit(Hook::Stop, options), after) {
                Some(limit) => {
                    lock(&self.state).phase = Phase::Stopping;
                    let task = self.spawn(Hook::Stop, hook);
                    self.join(Hook::Stop, limit, task, budget, failures).await;
                }
                None => {
                    failures.push(self.failure(Hook::Stop, HookFailureCause::NotCalled { whole: budget.whole() }));
                }
            }
        }
        lock(&self.state).phase = Phase::Stopped;
    }

    /// Waits for the end of the `#[run]` task, and aborts it if it exceeds the limit.
    async fn end_run(&self, run: &TaskControl, limit: Option<Limit>, budget: StopBudget, failures: &Failures) {
        let limit = limit.unwrap_or(Limit { time: Duration::ZERO, whole: Some(budget.whole()) });
        if run.gone_within(limit.time).await {
            return;
        }
        failures.push(self.failure(Hook::Run, limit.exceeded()));
        self.abort(Hook::Run, run, budget, failures).await;
    }

    /// Aborts the task of a hook, and waits until it is gone, unless it does not return from a poll.
    async fn abort(&self, hook: Hook, task: &TaskControl, budget: StopBudget, failures: &Failures) {
        let grace = budget.at_most(ABORT_GRACE).max(MIN_ABORT_GRACE);
        if !task.abort_within(grace).await {
            failures.push(self.failure(hook, HookFailureCause::StillRunning(grace)));
        }
    }

    /// Records the hooks that a second signal cut off. They are aborted when their handles are dropped.
    pub(super) fn cut_off(&self, failures: &Failures) {
        let state = lock(&self.state);
        if !matches!(state.phase, Phase::Started | Phase::Stopping) {
            return;
        }
        if state.run.as_ref().is_some_and(|run| !run.is_gone()) {
            failures.push(self.failure(Hook::Run, HookFailureCause::CutOff { was_running: true }));
        }
        if self.component.has(Hook::Stop) {
            let was_running = state.phase == Phase::Stopping;
            failures.push(self.failure(Hook::Stop, HookFailureCause::CutOff { was_running }));
        }
    }

    /// Spawns a task for a hook, so that a hook that blocks does not keep others from running.
    fn spawn(self: &Arc<Self>, hook: Hook, future: BoxFuture<Result<(), BoxError>>) -> HookTask<HookOutput> {
        let future = trace::instrumented(self.container, self.node, hook, future);
        let component = self.clone();
        HookTask::spawn(&self.task_name(hook), timed(async move { component.catch_failure(hook, future).await }))
    }

    /// Waits for a hook, and returns whether it succeeded.
    async fn join(
        &self,
        hook: Hook,
        limit: Limit,
        mut task: HookTask<HookOutput>,
        budget: StopBudget,
        failures: &Failures,
    ) -> bool {
        match task.join_within(limit.time).await {
            Ok(Ok(())) => return true,
            Ok(Err(failure)) => failures.push(failure),
            Err(Missed::Ended(ended)) => {
                failures.push(self.failure(hook, HookFailureCause::Panicked(ended.to_string())));
            }
            Err(Missed::TimedOut) => {
                failures.push(self.failure(hook, limit.exceeded()));
                self.abort(hook, task.control(), budget, failures).await;
            }
        }
        false
    }

    /// Returns the name of the task that runs a hook, such as `Worker::run`.
    fn task_name(&self, hook: Hook) -> String {
        format!("{}::{}", self.node.component(), hook.name())
    }

    async fn catch_failure(&self, hook: Hook, future: BoxFuture<Result<(), BoxError>>) -> Result<(), HookFailure> {
        catch_failure(self.container, self.node, hook, future).await
    }

    fn failure(&self, hook: Hook, cause: HookFailureCause) -> HookFailure {
        HookFailure::new(self.container, self.node, hook, cause)
    }
}

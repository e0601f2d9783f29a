//! The hooks of a single component, with their timeouts and panics.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::timeout;

use super::error::{HookFailure, HookFailureCause};
use super::failures::{Failures, RecordedFailure};
use crate::graph::Node;
use crate::hooks::{Hook, HostOptions, Lifecycle, Shutdown};
use crate::internal::{BoxError, BoxFuture, lock, panic_message};
use crate::task::{AbortHandle, JoinHandle, spawn_named};

/// The `#[run]` tasks of a host. They are aborted when this is dropped.
pub(super) type RunTasks = Vec<AbortOnDrop<()>>;

/// A task that is aborted when this is dropped.
pub(super) struct AbortOnDrop<T: 'static>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

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
    has_started: bool,
    run: Option<Run>,
}

/// A `#[run]` task.
struct Run {
    abort: AbortHandle,
    /// Requested when the task ends.
    ended: Shutdown,
}

impl StartedComponent {
    pub(super) fn new(component: Arc<dyn Lifecycle>, container: &'static str, node: &'static Node) -> Self {
        StartedComponent { component, container, node, shutdown: Shutdown::new(), state: Mutex::default() }
    }

    /// Calls the `#[start]` hook, and returns whether it succeeded.
    pub(super) async fn start(self: &Arc<Self>, options: &HostOptions, failures: &Failures) -> bool {
        if let Some(hook) = self.component.clone().start() {
            let limit = self.component.timeout(Hook::Start).unwrap_or(options.start_timeout);
            if let Err(failure) = self.with_timeout(Hook::Start, limit, hook).await {
                failures.push(failure);
                return false;
            }
        }
        lock(&self.state).has_started = true;
        true
    }

    /// Spawns the `#[run]` task. If it fails, `failed` is requested.
    pub(super) fn run(self: &Arc<Self>, tasks: &mut RunTasks, failures: &Failures, failed: &Shutdown) {
        let Some(run) = self.component.clone().run(self.shutdown.clone()) else { return };
        let ended = Shutdown::new();
        let (component, failures, failed, end) = (self.clone(), failures.clone(), failed.clone(), ended.clone());
        let task = spawn_named(&self.task_name(Hook::Run), async move {
            let _end = end.token().clone().drop_guard();
            if let Err(failure) = component.catch_panic(Hook::Run, run).await {
                failures.push(failure);
                failed.request();
            }
        });
        lock(&self.state).run = Some(Run { abort: task.abort_handle(), ended });
        tasks.push(AbortOnDrop(task));
    }

    /// Ends the `#[run]` task and calls the `#[stop]` hook, if the component has started.
    pub(super) async fn stop(self: &Arc<Self>, options: &HostOptions, failures: &Failures) {
        let run = {
            let mut state = lock(&self.state);
            if !std::mem::take(&mut state.has_started) {
                return;
            }
            state.run.take()
        };
        self.shutdown.request();
        if let Some(Run { abort, ended }) = run {
            let limit = self.component.timeout(Hook::Run).unwrap_or(options.stop_timeout);
            if timeout(limit, ended.requested()).await.is_err() {
                abort.abort();
                failures.push(self.failure(Hook::Run, HookFailureCause::TimedOut(limit), None));
            }
        }
        if let Some(hook) = self.component.clone().stop() {
            let limit = self.component.timeout(Hook::Stop).unwrap_or(options.stop_timeout);
            if let Err(failure) = self.with_timeout(Hook::Stop, limit, hook).await {
                failures.push(failure);
            }
        }
    }

    /// Runs a hook in a task of its own, so that a hook that blocks does not keep others from running. The task is
    /// aborted after `limit`, or if the returned future is dropped.
    async fn with_timeout(
        self: &Arc<Self>,
        hook: Hook,
        limit: Duration,
        future: BoxFuture<Result<(), BoxError>>,
    ) -> Result<(), RecordedFailure> {
        let component = self.clone();
        let task = spawn_named(&self.task_name(hook), async move { component.catch_panic(hook, future).await });
        let mut task = AbortOnDrop(task);
        match timeout(limit, &mut task.0).await {
            Ok(Ok(result)) => result,
            Ok(Err(ended)) => Err(self.failure(hook, HookFailureCause::Panicked(ended.to_string()), None)),
            Err(_) => Err(self.failure(hook, HookFailureCause::TimedOut(limit), None)),
        }
    }

    /// Returns the name of the task that runs a hook, such as `Worker::run`.
    fn task_name(&self, hook: Hook) -> String {
        let hook = match hook {
            Hook::Start => "start",
            Hook::Run => "run",
            Hook::Stop => "stop",
        };
        format!("{}::{hook}", self.node.component())
    }

    async fn catch_panic(&self, hook: Hook, future: BoxFuture<Result<(), BoxError>>) -> Result<(), RecordedFailure> {
        match AssertUnwindSafe(future).catch_unwind().await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.failure(hook, HookFailureCause::Failed(error.to_string()), Some(error))),
            Err(panic) => {
                let message = panic_message(&*panic).unwrap_or("with a non-string payload").to_owned();
                Err(self.failure(hook, HookFailureCause::Panicked(message), None))
            }
        }
    }

    fn failure(&self, hook: Hook, cause: HookFailureCause, error: Option<BoxError>) -> RecordedFailure {
        let failure = HookFailure { container: self.container, node: self.node, hook, cause };
        RecordedFailure { failure, error }
    }
}

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::error::{HookFailure, HookFailureCause};
use super::hook::{Hook, Hooked, Hooks, Lifecycle};
use super::walk::walk;
use super::{Options, Shutdown};
use crate::unwind::{lock, panic_text};
use crate::{BoxError, BoxFuture, Graph, Node};

/// The components that have hooks, as a tree: a module is a node of the container around it.
#[derive(Clone)]
pub(super) struct Tree {
    graph: &'static Graph,
    /// By node; none for what has no hooks.
    parts: Vec<Option<Part>>,
}

#[derive(Clone)]
enum Part {
    Component(Arc<Lived>),
    Module(Tree),
}

/// A component, and how far its life has come.
struct Lived {
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
    /// Cancelled as the task ends.
    ended: Shutdown,
}

/// All failures, in the order in which they happen, each with its error.
pub(super) type Failures = Arc<Mutex<Vec<(HookFailure, Option<BoxError>)>>>;

impl Tree {
    pub(super) fn new(graph: &'static Graph, hooks: Hooks) -> Self {
        let mut parts: Vec<Option<Part>> = graph.nodes().iter().map(|_| None).collect();
        for (node, hooked) in hooks.0 {
            parts[node] = Some(match hooked {
                Hooked::Module(module) => Part::Module(Tree::new(module.graph, module.hooks)),
                Hooked::Component(component) => Part::Component(Arc::new(Lived {
                    component,
                    container: graph.name(),
                    node: &graph.nodes()[node],
                    shutdown: Shutdown::new(),
                    state: Mutex::default(),
                })),
            });
        }
        Tree { graph, parts }
    }

    /// Calls the `#[start]` hooks, each after those of what its component depends on. After a failure no more are called.
    pub(super) async fn start(&self, options: &Options, failures: &Failures) -> bool {
        let before: Vec<Vec<usize>> = self.graph.nodes().iter().map(|node| node.dependencies().collect()).collect();
        walk(&before, |node| self.start_part(node, options, failures)).await;
        lock(failures).is_empty()
    }

    fn start_part(&self, node: usize, options: &Options, failures: &Failures) -> Option<BoxFuture<bool>> {
        let (part, options, failures) = (self.parts[node].clone()?, options.clone(), failures.clone());
        Some(Box::pin(async move {
            match part {
                Part::Module(tree) => tree.start(&options, &failures).await,
                Part::Component(lived) => lived.start(&options, &failures).await,
            }
        }))
    }

    /// Spawns the `#[run]` tasks.
    pub(super) fn run(&self, tasks: &mut JoinSet<()>, failures: &Failures, failed: &Shutdown) {
        for part in self.parts.iter().flatten() {
            match part {
                Part::Module(tree) => tree.run(tasks, failures, failed),
                Part::Component(lived) => lived.run(tasks, failures, failed),
            }
        }
    }

    /// Ends the `#[run]` tasks and calls the `#[stop]` hooks of what has started, each after those of what depends on its
    /// component. A failure keeps nothing from being stopped.
    pub(super) async fn stop(&self, options: &Options, failures: &Failures) {
        let mut before = vec![Vec::new(); self.parts.len()];
        for (node, data) in self.graph.nodes().iter().enumerate() {
            for dependency in data.dependencies() {
                before[dependency].push(node);
            }
        }
        walk(&before, |node| self.stop_part(node, options, failures)).await;
    }

    fn stop_part(&self, node: usize, options: &Options, failures: &Failures) -> Option<BoxFuture<bool>> {
        let (part, options, failures) = (self.parts[node].clone()?, options.clone(), failures.clone());
        Some(Box::pin(async move {
            match part {
                Part::Module(tree) => tree.stop(&options, &failures).await,
                Part::Component(lived) => lived.stop(&options, &failures).await,
            }
            true
        }))
    }
}

impl Lived {
    /// Calls the `#[start]` hook, and returns whether it succeeded.
    async fn start(&self, options: &Options, failures: &Failures) -> bool {
        if let Some(hook) = self.component.clone().start() {
            let limit = self.component.timeout(Hook::Start).unwrap_or(options.start_timeout);
            if let Err(failure) = self.in_time(Hook::Start, limit, hook).await {
                lock(failures).push(failure);
                return false;
            }
        }
        lock(&self.state).has_started = true;
        true
    }

    /// Spawns the `#[run]` task. A failure of it is told by `failed`.
    fn run(self: &Arc<Self>, tasks: &mut JoinSet<()>, failures: &Failures, failed: &Shutdown) {
        let Some(run) = self.component.clone().run(self.shutdown.clone()) else { return };
        let ended = Shutdown::new();
        let (lived, failures, failed, end) = (self.clone(), failures.clone(), failed.clone(), ended.clone());
        let abort = tasks.spawn(async move {
            let _end = end.token().clone().drop_guard();
            if let Err(failure) = lived.caught(Hook::Run, run).await {
                lock(&failures).push(failure);
                failed.request();
            }
        });
        lock(&self.state).run = Some(Run { abort, ended });
    }

    /// Ends the `#[run]` task and calls the `#[stop]` hook, if the component has started.
    async fn stop(&self, options: &Options, failures: &Failures) {
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
                lock(failures).push((self.failure(Hook::Run, HookFailureCause::TimedOut(limit)), None));
            }
        }
        if let Some(hook) = self.component.clone().stop() {
            let limit = self.component.timeout(Hook::Stop).unwrap_or(options.stop_timeout);
            if let Err(failure) = self.in_time(Hook::Stop, limit, hook).await {
                lock(failures).push(failure);
            }
        }
    }

    async fn in_time(
        &self,
        hook: Hook,
        limit: Duration,
        future: BoxFuture<Result<(), BoxError>>,
    ) -> Result<(), (HookFailure, Option<BoxError>)> {
        match timeout(limit, self.caught(hook, future)).await {
            Ok(result) => result,
            Err(_) => Err((self.failure(hook, HookFailureCause::TimedOut(limit)), None)),
        }
    }

    async fn caught(
        &self,
        hook: Hook,
        future: BoxFuture<Result<(), BoxError>>,
    ) -> Result<(), (HookFailure, Option<BoxError>)> {
        match AssertUnwindSafe(future).catch_unwind().await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err((self.failure(hook, HookFailureCause::Failed(error.to_string())), Some(error))),
            Err(panic) => {
                let message = panic_text(&*panic).unwrap_or("with a value that is no text").to_owned();
                Err((self.failure(hook, HookFailureCause::Panicked(message)), None))
            }
        }
    }

    fn failure(&self, hook: Hook, cause: HookFailureCause) -> HookFailure {
        HookFailure { container: self.container, node: self.node, hook, cause }
    }
}

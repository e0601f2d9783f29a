//! The build algorithm, independent of the container's type.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::error::{BuildError, BuildErrorKind};
use super::in_progress::BuildContext;
use super::limited::{ConstructorFailure, Limited};
use super::recorder::Recorder;
use super::report::BuildReport;
use super::trace;
use crate::container::BoxedValue;
use crate::container::generated::{NotReady, Phase, Step};
use crate::graph::{Graph, Node, NodeKind};
use crate::internal::Instant;

/// Performs a step of a node's construction.
pub(super) type BuildStep<'a> = &'a mut dyn FnMut(usize, Phase) -> Step<()>;

/// A pending async constructor.
struct PendingConstructor {
    node: usize,
    future: Limited,
}

/// Result of an async constructor.
struct Constructed {
    node: usize,
    result: Result<BoxedValue, ConstructorFailure>,
}

impl Future for PendingConstructor {
    type Output = Constructed;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(Pin::new(&mut self.future).poll(context));
        Poll::Ready(Constructed { node: self.node, result })
    }
}

/// Builds the nodes of a graph by dataflow: a constructor is called as soon as its last dependency is built.
///
/// Async constructors run concurrently, so a build takes as long as its critical path.
pub(super) struct Dataflow {
    graph: &'static Graph,
    /// Node indexes, each after its dependencies.
    order: &'static [usize],
    /// Nodes to build; `None` for all nodes.
    wanted: Option<Vec<bool>>,
    is_built: Vec<bool>,
    /// The nodes that are built or supplied, in the order of construction.
    built: Vec<usize>,
    /// Pending constructors. Each has its own waker, so a wake polls only one.
    pending: Option<FuturesUnordered<PendingConstructor>>,
    waiting: Waiting,
    started_at: Option<Instant>,
    context: BuildContext,
    /// Records times, for a report.
    recorder: Option<Recorder>,
}

/// Nodes that wait for a dependency; empty unless a constructor is pending.
#[derive(Default)]
struct Waiting {
    /// Number of missing dependencies of each node. A dependency that two parameters take counts twice.
    missing: Vec<usize>,
    /// The nodes that wait for each node.
    dependents: Vec<Vec<usize>>,
}

impl Dataflow {
    /// Creates a build of the `wanted` nodes, or of all nodes if `wanted` is `None`. Nodes that are already built
    /// are kept.
    pub(super) fn new(
        graph: &'static Graph,
        order: &'static [usize],
        wanted: Option<Vec<bool>>,
        is_built: &dyn Fn(usize) -> bool,
    ) -> Self {
        let nodes = graph.nodes().len();
        let is_built: Vec<_> = (0..nodes).map(is_built).collect();
        let mut built = Vec::with_capacity(nodes);
        built.extend((0..nodes).filter(|&node| is_built[node]));
        Dataflow {
            graph,
            order,
            wanted,
            is_built,
            built,
            pending: None,
            waiting: Waiting::default(),
            started_at: None,
            context: BuildContext::current(),
            recorder: None,
        }
    }

    /// Sets the context. Must be called before the build begins.
    #[cfg(feature = "tokio")]
    pub(super) fn set_context(&mut self, context: BuildContext) {
        self.context = context;
    }

    /// Enables recording the times of this build. Must be called before the build begins.
    pub(super) fn record(&mut self) {
        self.recorder = Some(Recorder::new(self.graph));
    }

    /// Returns the recorded times, once the build is finished.
    pub(super) fn take_report(&mut self) -> Option<BuildReport> {
        self.recorder.take().map(Recorder::into_report)
    }

    /// Makes progress without waiting.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, step: BuildStep<'_>) -> Poll<Result<(), BuildError>> {
        self.context.clone().enter(|| self.poll_in_context(context, step))
    }

    fn poll_in_context(&mut self, context: &mut Context<'_>, step: BuildStep<'_>) -> Poll<Result<(), BuildError>> {
        if self.started_at.is_none() {
            self.begin(step)?;
        }
        while let Some(pending) = &mut self.pending {
            let Some(Constructed { node, result }) = ready!(pending.poll_next_unpin(context)) else {
                self.pending = None;
                break;
            };
            self.context.in_progress.remove(&self.graph.nodes()[node]);
            match result {
                Ok(value) => self.proceed(node, Phase::Store(value), step)?,
                Err(failure) => return Poll::Ready(Err(self.failed(node, failure))),
            }
            let mut startable = self.take_startable(node);
            while let Some(next) = startable.pop() {
                self.construct(next, step)?;
                if self.is_built[next] {
                    startable.extend(self.take_startable(next));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Calls all constructors with complete dependencies. This completes a container without async constructors.
    pub(super) fn begin(&mut self, step: BuildStep<'_>) -> Result<(), BuildError> {
        self.started_at = Some(Instant::now());
        for &node in self.order {
            if self.is_built[node] || !self.is_wanted(node) {
                continue;
            }
            if self.pending.is_some() && !self.is_startable(node) {
                continue;
            }
            self.construct(node, step)?;
        }
        if self.pending.is_some() {
            self.wait_for_dependencies();
        }
        Ok(())
    }

    /// Marks the build as finished. After this, `tear_down` clears nothing.
    pub(super) fn end(&mut self) {
        self.built.clear();
    }

    /// Drops the pending constructors, then clears the built nodes in reverse order of construction. Returns the first
    /// panic.
    pub(super) fn tear_down(&mut self, clear: &mut dyn FnMut(usize)) -> Option<Box<dyn Any + Send>> {
        let mut panicked = catch_unwind(AssertUnwindSafe(|| drop(self.pending.take()))).err();
        while let Some(node) = self.built.pop() {
            let cleared = catch_unwind(AssertUnwindSafe(|| clear(node)));
            panicked = panicked.or(cleared.err());
        }
        panicked
    }

    fn is_wanted(&self, node: usize) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted[node])
    }

    fn is_startable(&self, node: usize) -> bool {
        self.graph.nodes()[node].dependencies().all(|dependency| self.is_built[dependency])
    }

    fn construct(&mut self, node: usize, step: BuildStep<'_>) -> Result<(), BuildError> {
        if let Some(recorder) = &mut self.recorder {
            recorder.started(node);
        }
        trace::entered(self.graph, node, || self.proceed(node, Phase::Construct, step))
    }

    fn proceed(&mut self, node: usize, phase: Phase, step: BuildStep<'_>) -> Result<(), BuildError> {
        match step(node, phase) {
            Step::Ready(()) => self.finished(node),
            Step::NotReady(NotReady::Failed(error)) => {
                return Err(self.failed(node, ConstructorFailure::Failed(error)));
            }
            Step::NotReady(NotReady::Pending(future)) => {
                let data = &self.graph.nodes()[node];
                // The constructors of a module have timeouts of their own.
                let default = self.context.constructor_timeout.filter(|_| data.kind() != NodeKind::Module);
                let future = trace::instrumented(self.graph, node, future);
                let future = Limited::new(future, data.timeout().or(default));
                self.context.in_progress.add(self.graph, data);
                self.pending.get_or_insert_default().push(PendingConstructor { node, future });
            }
        }
        Ok(())
    }

    fn finished(&mut self, node: usize) {
        if let Some(recorder) = &mut self.recorder {
            recorder.finished(node);
        }
        self.is_built[node] = true;
        self.built.push(node);
    }

    /// Counts the missing dependencies of each node that is not built.
    fn wait_for_dependencies(&mut self) {
        let nodes = self.graph.nodes();
        self.waiting.missing = vec![0; nodes.len()];
        self.waiting.dependents = vec![Vec::new(); nodes.len()];
        for (node, data) in nodes.iter().enumerate() {
            if self.is_built[node] || !self.is_wanted(node) {
                continue;
            }
            for dependency in data.dependencies() {
                if !self.is_built[dependency] {
                    self.waiting.missing[node] += 1;
                    self.waiting.dependents[dependency].push(node);
                }
            }
        }
    }

    /// Returns the nodes that waited only for `node`, in reverse order, to use as a stack.
    fn take_startable(&mut self, node: usize) -> Vec<usize> {
        let mut dependents = std::mem::take(&mut self.waiting.dependents[node]);
        let missing = &mut self.waiting.missing;
        dependents.retain(|&dependent| {
            missing[dependent] -= 1;
            missing[dependent] == 0
        });
        dependents.reverse();
        dependents
    }

    #[cold]
    fn failed(&self, node: usize, failure: ConstructorFailure) -> BuildError {
        let nodes = self.graph.nodes();
        // An overridden field is built, and does not need the node.
        let needs_it = |other: &usize| self.is_wanted(*other) && !self.is_built[*other] && nodes[*other].needs(node);
        let container = self.graph.name();
        let needed_by = (0..nodes.len()).filter(needs_it).map(|other| &nodes[other]).collect();
        let elapsed = self.started_at.map_or(Duration::ZERO, |at| at.elapsed());
        let built =
            self.built.iter().map(|&built| &nodes[built]).filter(|node| node.is_field()).map(Node::name).collect();
        let node = &nodes[node];
        match failure {
            ConstructorFailure::Failed(source) => {
                BuildErrorKind::Constructor { container, node, source, needed_by, elapsed, built }
            }
            ConstructorFailure::TimedOut(limit) => {
                BuildErrorKind::TimedOut { container, node, limit, needed_by, elapsed, built }
            }
        }
        .into()
    }
}

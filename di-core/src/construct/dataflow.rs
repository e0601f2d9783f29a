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
use super::slice::reach;
use super::trace;
use crate::container::BoxedValue;
use crate::container::generated::{NotReady, Phase, Step};
use crate::graph::{Graph, Node, NodeKind};
use crate::hooks::Hooks;
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
    /// Nodes to build; `None` for all nodes. An alternative and its dependencies are added once it is chosen.
    wanted: Option<Vec<bool>>,
    /// The choices made so far, each with the node of the chosen alternative.
    chosen: Vec<(usize, usize)>,
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
    /// Creates a build of the `wanted` nodes, or of all nodes if `wanted` is `None`. `is_built` marks the nodes that are
    /// already built, which are kept.
    pub(super) fn new(
        graph: &'static Graph,
        order: &'static [usize],
        wanted: Option<Vec<bool>>,
        is_built: Vec<bool>,
    ) -> Self {
        let mut built = Vec::with_capacity(is_built.len());
        built.extend((0..is_built.len()).filter(|&node| is_built[node]));
        Dataflow {
            graph,
            order,
            wanted,
            chosen: Vec::new(),
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

    /// Keeps the hooks of the built components after a failed or dropped build, for a scope.
    pub(super) fn abandon(&self, hooks: &mut Hooks) {
        self.context.abandoned.add(self.graph, hooks);
    }

    fn is_wanted(&self, node: usize) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted[node])
    }

    fn is_startable(&self, node: usize) -> bool {
        self.dependencies(node).all(|dependency| self.is_built[dependency])
    }

    /// Returns the known dependencies of a node: of a choice, the chosen alternative is the last one.
    fn dependencies(&self, node: usize) -> impl Iterator<Item = usize> + use<> {
        self.graph.nodes()[node].certain_dependencies().chain(self.alternative(node))
    }

    /// Returns the node of the alternative that a choice has chosen.
    fn alternative(&self, choice: usize) -> Option<usize> {
        self.chosen.iter().find(|(node, _)| *node == choice).map(|(_, alternative)| *alternative)
    }

    fn construct(&mut self, node: usize, step: BuildStep<'_>) -> Result<(), BuildError> {
        let phase = if self.alternative(node).is_some() { Phase::Store(Box::new(())) } else { Phase::Construct };
        if let Some(recorder) = &mut self.recorder {
            recorder.started(node);
        }
        trace::entered(self.graph, node, || self.proceed(node, phase, step))
    }

    /// Starts the construction of a chosen alternative and of what only it needs.
    fn choose(&mut self, choice: usize, alternative: usize, step: BuildStep<'_>) -> Result<(), BuildError> {
        let alternative = self.graph.nodes()[choice].dependencies().nth(1 + alternative);
        let alternative = alternative.expect("a choice depends on each of its alternatives");
        self.chosen.push((choice, alternative));
        let mut added = self.want(alternative)?;
        added.push(choice);
        for node in added {
            if self.is_startable(node) {
                self.construct(node, step)?;
            } else if !self.waiting.missing.is_empty() {
                self.wait_for_dependencies_of(node);
            }
        }
        Ok(())
    }

    /// Adds a node, and what it needs, to the wanted nodes. Returns the new ones that are not built, each after its
    /// dependencies.
    fn want(&mut self, node: usize) -> Result<Vec<usize>, BuildError> {
        let before = self.wanted.take().unwrap_or_else(|| vec![true; self.is_built.len()]);
        let mut wanted = before.clone();
        let is_built = |node: usize| self.is_built[node];
        reach(self.graph, &[node], &is_built, Node::certain_dependencies, &mut wanted)?;
        let is_new = |node: &usize| wanted[*node] && !before[*node] && !self.is_built[*node];
        let added = self.order.iter().copied().filter(is_new).collect();
        self.wanted = Some(wanted);
        Ok(added)
    }

    #[inline]
    fn proceed(&mut self, node: usize, phase: Phase, step: BuildStep<'_>) -> Result<(), BuildError> {
        match step(node, phase) {
            Step::Ready(()) => {
                self.finished(node);
                Ok(())
            }
            Step::NotReady(rest) => self.not_ready(node, rest, step),
        }
    }

    /// Handles a step without a value. A function of its own, so that sync constructors do not pay for it.
    #[inline(never)]
    fn not_ready(&mut self, node: usize, rest: NotReady, step: BuildStep<'_>) -> Result<(), BuildError> {
        match rest {
            NotReady::Failed(error) => return Err(self.failed(node, ConstructorFailure::Failed(error))),
            NotReady::Chosen(alternative) => self.choose(node, alternative, step)?,
            NotReady::Pending(future) => {
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

    #[inline]
    fn finished(&mut self, node: usize) {
        if let Some(recorder) = &mut self.recorder {
            recorder.finished(node);
        }
        self.is_built[node] = true;
        self.built.push(node);
    }

    /// Counts the missing dependencies of each node that is not built.
    fn wait_for_dependencies(&mut self) {
        let nodes = self.graph.nodes().len();
        self.waiting.missing = vec![0; nodes];
        self.waiting.dependents = vec![Vec::new(); nodes];
        for node in 0..nodes {
            if !self.is_built[node] && self.is_wanted(node) {
                self.wait_for_dependencies_of(node);
            }
        }
    }

    /// Counts the missing dependencies of a node.
    fn wait_for_dependencies_of(&mut self, node: usize) {
        for dependency in self.dependencies(node) {
            if !self.is_built[dependency] {
                self.waiting.missing[node] += 1;
                self.waiting.dependents[dependency].push(node);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::construct::slice::wanted_by_whole;
    use crate::graph::Constructor;
    use futures_util::FutureExt;
    use proptest::prelude::*;
    use std::task::Waker;

    /// A node of a random graph.
    #[derive(Clone, Debug)]
    struct Case {
        /// The dependencies; of a choice, the selector and then the alternatives.
        dependencies: Vec<usize>,
        /// The index of the chosen alternative, if this is a choice.
        choice: Option<usize>,
        is_on_demand: bool,
        is_overridden: bool,
        /// How often the constructor is pending; `None` for a sync one.
        pending: Option<usize>,
    }

    fn any_case(at: usize) -> impl Strategy<Value = Case> {
        let dependencies = prop::collection::vec(any::<prop::sample::Index>(), 0..5);
        let pending = prop::option::of(0_usize..4);
        let flags = (prop::bool::weighted(0.3), prop::bool::weighted(0.4), prop::bool::weighted(0.1));
        (dependencies, pending, any::<prop::sample::Index>(), flags).prop_map(
            move |(indexes, pending, chosen, (is_choice, is_on_demand, is_overridden))| {
                let mut dependencies = Vec::new();
                for index in indexes.iter().filter(|_| at > 0).map(|index| index.index(at)) {
                    if !dependencies.contains(&index) {
                        dependencies.push(index);
                    }
                }
                let alternatives = dependencies.len().saturating_sub(1);
                let choice = (is_choice && alternatives > 0).then(|| chosen.index(alternatives));
                let pending = pending.filter(|_| choice.is_none());
                Case { dependencies, choice, is_on_demand, is_overridden, pending }
            },
        )
    }

    fn any_cases() -> impl Strategy<Value = Vec<Case>> {
        (1_usize..25).prop_flat_map(|count| (0..count).map(any_case).collect::<Vec<_>>())
    }

    impl Case {
        /// The dependencies that the node has in the end.
        fn needs(&self) -> Vec<usize> {
            match self.choice {
                Some(chosen) => vec![self.dependencies[0], self.dependencies[1 + chosen]],
                None => self.dependencies.clone(),
            }
        }
    }

    fn graph(cases: &[Case]) -> &'static Graph {
        let node = |case: &Case| {
            let kind = if case.choice.is_some() { NodeKind::Choice } else { NodeKind::Component };
            let constructor = Constructor::new(case.dependencies.clone().leak());
            let node = Node::new("n", "N", kind, "N", constructor, 1);
            if case.is_on_demand { node.on_demand() } else { node }
        };
        let nodes: Vec<_> = cases.iter().map(node).collect();
        Box::leak(Box::new(Graph::new("App", "app.rs", nodes.leak())))
    }

    /// Computes the built nodes by definition: those that are not on demand, and those that a node that is built and
    /// not overridden needs.
    fn by_definition(cases: &[Case]) -> Vec<bool> {
        let mut built: Vec<_> = cases.iter().map(|case| !case.is_on_demand).collect();
        for node in (0..cases.len()).rev().filter(|&node| !cases[node].is_overridden) {
            if built[node] {
                cases[node].needs().into_iter().for_each(|needed| built[needed] = true);
            }
        }
        built
    }

    async fn yields(times: usize) -> Result<BoxedValue, crate::internal::BoxError> {
        let mut left = times;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            left = left.saturating_sub(1);
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        Ok(Box::new(()))
    }

    proptest! {
        /// Nodes are built once, after all that they need, and only if they are needed.
        #[test]
        fn exactly_what_is_needed_is_built_in_order(cases in any_cases()) {
            let graph = graph(&cases);
            let order: Vec<_> = (0..cases.len()).collect();
            let is_overridden = |node: usize| cases[node].is_overridden;
            let wanted = Some(wanted_by_whole(graph, &is_overridden));
            let mut built: Vec<_> = cases.iter().map(|case| case.is_overridden).collect();
            let mut dataflow = Dataflow::new(graph, order.leak(), wanted, built.clone());
            let mut called = vec![0; cases.len()];
            let mut step = |node: usize, phase: Phase| {
                let case = &cases[node];
                let finishes = match phase {
                    Phase::Construct => {
                        called[node] += 1;
                        match (case.choice, case.pending) {
                            (Some(chosen), _) => return Step::NotReady(NotReady::Chosen(chosen)),
                            (None, Some(times)) => return Step::NotReady(NotReady::Pending(yields(times).boxed())),
                            (None, None) => true,
                        }
                    }
                    Phase::Store(_) => case.pending.is_some() || case.choice.is_some(),
                };
                assert!(finishes && !built[node], "node {node} was finished in a wrong phase, or twice");
                assert!(case.needs().into_iter().all(|needed| built[needed]), "node {node} was built too early");
                built[node] = true;
                Step::Ready(())
            };
            let mut context = Context::from_waker(Waker::noop());
            // Each pending constructor is pending at most four times.
            let result = (0..=4 * cases.len()).map(|_| dataflow.poll(&mut context, &mut step)).find(Poll::is_ready);
            prop_assert!(matches!(result, Some(Poll::Ready(Ok(())))), "the build hangs");
            let needed = by_definition(&cases);
            for (node, case) in cases.iter().enumerate() {
                let expected = usize::from(needed[node] && !case.is_overridden);
                prop_assert_eq!(called[node], expected, "calls of node {}", node);
                prop_assert_eq!(built[node], expected == 1 || case.is_overridden, "node {}", node);
            }
        }
    }
}

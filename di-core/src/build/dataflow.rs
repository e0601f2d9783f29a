use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::error::{BuildError, BuildErrorKind};
use super::report::{BuildReport, Recorder};
use super::trace;
use crate::component::{BoxError, BoxFuture};
use crate::{Graph, Node};

/// What a node is started for.
pub enum Phase {
    /// To call its constructor.
    Construct,
    /// To put what its async constructor has made into its field.
    Store(Constructed),
}

/// What an async constructor has made.
pub(super) type Constructed = Box<dyn Any + Send>;

/// What became of a node that was started.
pub enum Started {
    /// Its value is in its field.
    Done,
    /// Its constructor failed.
    Failed(BoxError),
    /// Its constructor is async, and under way.
    Pending(BoxFuture<Result<Constructed, BoxError>>),
}

/// Starts a node.
pub(super) type StartNode<'a> = &'a mut dyn FnMut(usize, Phase) -> Started;

/// An async constructor under way.
struct Constructing {
    node: usize,
    future: BoxFuture<Result<Constructed, BoxError>>,
}

impl Future for Constructing {
    type Output = (usize, Result<Constructed, BoxError>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(self.future.as_mut().poll(context));
        Poll::Ready((self.node, result))
    }
}

/// Builds the nodes of a graph by dataflow, without levels: a node starts the moment that its last dependency is there,
/// and async constructors run concurrently, so that the whole takes as long as the critical path.
pub(super) struct Dataflow {
    graph: &'static Graph,
    /// Node indexes, each after all that it depends on.
    order: &'static [usize],
    /// Which nodes are to be there at the end; all of them, if none are named.
    wanted: Option<Vec<bool>>,
    is_there: Vec<bool>,
    /// The nodes that are there, in the order of construction.
    built: Vec<usize>,
    /// The constructors under way. Each has a waker of its own, so that a wake polls no other.
    running: Option<FuturesUnordered<Constructing>>,
    waiting: Waiting,
    begun: Option<Instant>,
    /// Takes the times, if anybody wants to know them.
    recorder: Option<Recorder>,
}

/// Nodes that wait for a dependency; empty unless a constructor is under way.
#[derive(Default)]
struct Waiting {
    /// How many dependencies, counted as often as they are named, each node still waits for.
    missing: Vec<usize>,
    /// The nodes that wait for each node.
    dependents: Vec<Vec<usize>>,
}

impl Dataflow {
    /// A build of the nodes that are `wanted`, or of all if none are named, where some are there already.
    pub(super) fn new(
        graph: &'static Graph,
        order: &'static [usize],
        wanted: Option<Vec<bool>>,
        is_there: &dyn Fn(usize) -> bool,
    ) -> Self {
        let nodes = graph.nodes().len();
        let is_there: Vec<_> = (0..nodes).map(is_there).collect();
        let mut built = Vec::with_capacity(nodes);
        built.extend((0..nodes).filter(|&node| is_there[node]));
        let waiting = Waiting::default();
        Dataflow { graph, order, wanted, is_there, built, running: None, waiting, begun: None, recorder: None }
    }

    /// Takes the times of this build, which has not begun.
    pub(super) fn record(&mut self) {
        self.recorder = Some(Recorder::new(Instant::now(), self.order.len()));
    }

    /// The times, once the build is done.
    pub(super) fn take_report(&mut self) -> Option<BuildReport> {
        self.recorder.take().map(|recorder| recorder.into_report(self.graph))
    }

    /// Builds on as far as it goes without waiting.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, start: StartNode<'_>) -> Poll<Result<(), BuildError>> {
        if self.begun.is_none() {
            self.begin(start)?;
        }
        while let Some(running) = &mut self.running {
            let Some((node, result)) = ready!(running.poll_next_unpin(context)) else {
                self.running = None;
                break;
            };
            match result {
                Ok(value) => self.proceed(node, Phase::Store(value), start)?,
                Err(error) => return Poll::Ready(Err(self.failed(node, error))),
            }
            let mut startable = self.take_startable(node);
            while let Some(next) = startable.pop() {
                self.start(next, start)?;
                if self.is_there[next] {
                    startable.extend(self.take_startable(next));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Starts all that can be started without waiting. A container without async constructors is then complete.
    pub(super) fn begin(&mut self, start: StartNode<'_>) -> Result<(), BuildError> {
        self.begun = Some(Instant::now());
        for &node in self.order {
            if self.is_there[node] || !self.is_wanted(node) {
                continue;
            }
            if self.running.is_some() && !self.is_startable(node) {
                continue;
            }
            self.start(node, start)?;
        }
        if self.running.is_some() {
            self.wait_for_dependencies();
        }
        Ok(())
    }

    /// The build is done: nothing is to be torn down any more.
    pub(super) fn end(&mut self) {
        self.built.clear();
    }

    /// Drops what is under way, and then clears what was built, in reverse order of construction. Returns the first panic.
    pub(super) fn tear_down(&mut self, clear: &mut dyn FnMut(usize)) -> Option<Box<dyn Any + Send>> {
        let mut panicked = catch_unwind(AssertUnwindSafe(|| drop(self.running.take()))).err();
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
        self.graph.nodes()[node].dependencies().all(|dependency| self.is_there[dependency])
    }

    fn start(&mut self, node: usize, start: StartNode<'_>) -> Result<(), BuildError> {
        if let Some(recorder) = &mut self.recorder {
            recorder.started(node);
        }
        trace::entered(self.graph, node, || self.proceed(node, Phase::Construct, start))
    }

    fn proceed(&mut self, node: usize, phase: Phase, start: StartNode<'_>) -> Result<(), BuildError> {
        match start(node, phase) {
            Started::Done => self.finished(node),
            Started::Failed(error) => return Err(self.failed(node, error)),
            Started::Pending(future) => {
                let future = trace::instrumented(self.graph, node, future);
                self.running.get_or_insert_default().push(Constructing { node, future });
            }
        }
        Ok(())
    }

    fn finished(&mut self, node: usize) {
        if let Some(recorder) = &mut self.recorder {
            recorder.finished(node);
        }
        self.is_there[node] = true;
        self.built.push(node);
    }

    /// Counts, for each node that is still to be built, what it waits for.
    fn wait_for_dependencies(&mut self) {
        let nodes = self.graph.nodes();
        self.waiting.missing = vec![0; nodes.len()];
        self.waiting.dependents = vec![Vec::new(); nodes.len()];
        for (node, data) in nodes.iter().enumerate() {
            if self.is_there[node] || !self.is_wanted(node) {
                continue;
            }
            for dependency in data.dependencies() {
                if !self.is_there[dependency] {
                    self.waiting.missing[node] += 1;
                    self.waiting.dependents[dependency].push(node);
                }
            }
        }
    }

    /// The nodes whose last dependency was `node`, the last of them first, as for a stack.
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
    fn failed(&self, node: usize, source: BoxError) -> BuildError {
        let nodes = self.graph.nodes();
        let needs_it = |other: &usize| self.is_wanted(*other) && nodes[*other].needs(node);
        BuildErrorKind::Constructor {
            container: self.graph.name(),
            node: &nodes[node],
            source,
            needed_by: (0..nodes.len()).filter(needs_it).map(|other| &nodes[other]).collect(),
            elapsed: self.begun.map_or(Duration::ZERO, |begun| begun.elapsed()),
            built: self
                .built
                .iter()
                .map(|&built| &nodes[built])
                .filter(|node| node.is_field())
                .map(Node::name)
                .collect(),
        }
        .into()
    }
}

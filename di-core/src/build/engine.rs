use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::error::{BuildError, BuildErrorKind};
use super::report::{BuildReport, Recorder};
use super::trace;
use crate::component::{BoxError, BoxFuture};
use crate::{Container, Node};

/// Starts a node whose dependencies are all there.
pub type Start<C> = fn(&mut <C as Container>::Fields) -> Started<C>;

/// Stores a constructed value in its field.
pub type Place<C> = Box<dyn FnOnce(&mut <C as Container>::Fields) + Send>;

/// What became of a node that was started.
pub enum Started<C: Container> {
    /// Its value is in its field.
    Done,
    /// Its constructor failed.
    Failed(BoxError),
    /// Its constructor is async, and under way.
    Pending(BoxFuture<Result<Place<C>, BoxError>>),
}

/// An async constructor under way.
struct Constructing<C: Container> {
    node: usize,
    future: BoxFuture<Result<Place<C>, BoxError>>,
}

impl<C: Container> Future for Constructing<C> {
    type Output = (usize, Result<Place<C>, BoxError>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(self.future.as_mut().poll(context));
        Poll::Ready((self.node, result))
    }
}

/// A container that is being built: by dataflow, without levels. A node starts the moment that its last dependency is
/// there, and async constructors run concurrently, so that the whole takes as long as the critical path.
///
/// The first failure, a panic, or a drop halfway drops the constructors under way, and then what was built, in reverse
/// order of construction.
pub(super) struct Engine<C: Container> {
    /// None once the build has ended, by success or failure.
    fields: Option<C::Fields>,
    /// Which nodes are to be there at the end; all of them, if none are named.
    wanted: Option<Vec<bool>>,
    is_there: Vec<bool>,
    /// The nodes that are there, in the order of construction.
    built: Vec<usize>,
    /// The constructors under way. Each has a waker of its own, so that a wake polls no other.
    running: Option<FuturesUnordered<Constructing<C>>>,
    waiting: Waiting,
    begun: Option<Instant>,
    /// Takes the times, if anybody wants to know them.
    recorder: Option<Recorder>,
}

/// Nothing is pinned in place.
impl<C: Container> Unpin for Engine<C> {}

/// Nodes that wait for a dependency; empty unless a constructor is under way.
#[derive(Default)]
struct Waiting {
    /// How many dependencies, counted as often as they are named, each node still waits for.
    missing: Vec<usize>,
    /// The nodes that wait for each node.
    dependents: Vec<Vec<usize>>,
}

impl<C: Container> Engine<C> {
    /// A build of the nodes that are `wanted`, or of all if none are named, from the inputs and overrides in `fields`.
    pub(super) fn new(fields: C::Fields, wanted: Option<Vec<bool>>) -> Self {
        let nodes = C::STARTS.len();
        let is_there: Vec<_> = (0..nodes).map(|node| C::is_there(&fields, node)).collect();
        let mut built = Vec::with_capacity(nodes);
        built.extend((0..nodes).filter(|&node| is_there[node]));
        let waiting = Waiting::default();
        Engine { fields: Some(fields), wanted, is_there, built, running: None, waiting, begun: None, recorder: None }
    }

    /// Builds on as far as it goes without waiting. Ready with the fields, complete, to be finished or taken from.
    ///
    /// # Panics
    /// If a constructor does, or if it was ready before.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<C::Fields, BuildError>> {
        let on_failure = TearDown(self);
        match on_failure.0.progress(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            progress => {
                std::mem::forget(on_failure);
                progress.map_ok(|()| self.take_fields())
            }
        }
    }

    /// Takes the times of this build, which has not begun.
    pub(super) fn record(&mut self) {
        self.recorder = Some(Recorder::new(Instant::now(), C::STARTS.len()));
    }

    /// The times, once the build is done.
    pub(super) fn take_report(&mut self) -> Option<BuildReport> {
        self.recorder.take().map(|recorder| recorder.into_report(C::GRAPH))
    }

    /// Builds a container whose constructors are all sync.
    pub(super) fn run(mut self) -> Result<C::Fields, BuildError> {
        self.begin()?;
        Ok(self.take_fields())
    }

    fn take_fields(&mut self) -> C::Fields {
        self.built.clear();
        self.fields.take().expect("`Build` polled after it was ready")
    }

    fn progress(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BuildError>> {
        if self.begun.is_none() {
            self.begin()?;
        }
        while let Some(running) = &mut self.running {
            let Some((node, result)) = ready!(running.poll_next_unpin(context)) else {
                self.running = None;
                break;
            };
            match result {
                Ok(place) => {
                    place(self.fields_mut());
                    self.finished(node);
                }
                Err(error) => return Poll::Ready(Err(self.failed(node, error))),
            }
            let mut startable = self.take_startable(node);
            while let Some(next) = startable.pop() {
                self.start(next)?;
                if self.is_there[next] {
                    startable.extend(self.take_startable(next));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Starts all that can be started without waiting. A container without async constructors is then complete.
    fn begin(&mut self) -> Result<(), BuildError> {
        self.begun = Some(Instant::now());
        for &node in C::ORDER {
            if self.is_there[node] || !self.is_wanted(node) {
                continue;
            }
            if self.running.is_some() && !self.is_startable(node) {
                continue;
            }
            self.start(node)?;
        }
        if self.running.is_some() {
            self.wait_for_dependencies();
        }
        Ok(())
    }

    fn fields_mut(&mut self) -> &mut C::Fields {
        match &mut self.fields {
            Some(fields) => fields,
            None => unreachable!("di-core lost the fields of a build; please report this as a defect of di-core"),
        }
    }

    fn is_wanted(&self, node: usize) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted[node])
    }

    fn is_startable(&self, node: usize) -> bool {
        C::GRAPH.nodes()[node].dependencies().all(|dependency| self.is_there[dependency])
    }

    fn start(&mut self, node: usize) -> Result<(), BuildError> {
        if let Some(recorder) = &mut self.recorder {
            recorder.started(node);
        }
        let started = trace::entered(C::GRAPH, node, || C::STARTS[node](self.fields_mut()));
        match started {
            Started::Done => self.finished(node),
            Started::Failed(error) => return Err(self.failed(node, error)),
            Started::Pending(future) => {
                self.running
                    .get_or_insert_default()
                    .push(Constructing { node, future: trace::instrumented(C::GRAPH, node, future) });
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
        let nodes = C::GRAPH.nodes();
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
        let nodes = C::GRAPH.nodes();
        let needs_it = |other: &usize| self.is_wanted(*other) && nodes[*other].needs(node);
        BuildErrorKind::Constructor {
            container: C::GRAPH.name(),
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

impl<C: Container> Engine<C> {
    /// Drops what is under way, and then what was built, in reverse order of construction. A component that panics as
    /// it is dropped does not keep the others from being dropped: the first panic goes on when all are.
    fn tear_down(&mut self) {
        let mut panicked = catch_unwind(AssertUnwindSafe(|| drop(self.running.take()))).err();
        if let Some(mut fields) = self.fields.take() {
            while let Some(node) = self.built.pop() {
                let cleared = catch_unwind(AssertUnwindSafe(|| C::clear(&mut fields, node)));
                panicked = panicked.or(cleared.err());
            }
        }
        if let Some(panic) = panicked
            && !std::thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}

impl<C: Container> Drop for Engine<C> {
    fn drop(&mut self) {
        self.tear_down();
    }
}

/// Tears an engine down unless disarmed, so that a failure or a panic leaves nothing behind, even where the future that
/// holds the engine is kept.
struct TearDown<'a, C: Container>(&'a mut Engine<C>);

impl<C: Container> Drop for TearDown<'_, C> {
    fn drop(&mut self) {
        self.0.tear_down();
    }
}

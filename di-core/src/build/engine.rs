use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll};

use super::dataflow::{Dataflow, Phase, Started};
use super::error::BuildError;
use super::report::BuildReport;
use crate::Container;

/// Starts a node whose dependencies are all there: once to construct it, and, if its constructor is async, once more to
/// store what it has made. One function does both, so that each field costs the compiler one.
pub type Start<F> = fn(&mut F, Phase) -> Started;

/// A container that is being built. What does not depend on its type is the [`Dataflow`], which is compiled once.
///
/// The first failure, a panic, or a drop halfway drops the constructors under way, and then what was built, in reverse
/// order of construction.
pub(super) struct Engine<C: Container> {
    /// None once the build has ended, by success or failure.
    fields: Option<C::Fields>,
    dataflow: Dataflow,
}

/// Nothing is pinned in place.
impl<C: Container> Unpin for Engine<C> {}

impl<C: Container> Engine<C> {
    /// A build of the nodes that are `wanted`, or of all if none are named, from the inputs and overrides in `fields`.
    pub(super) fn new(fields: C::Fields, wanted: Option<Vec<bool>>) -> Self {
        let dataflow = Dataflow::new(C::GRAPH, C::ORDER, wanted, &|node| C::is_there(&fields, node));
        Engine { fields: Some(fields), dataflow }
    }

    /// Takes the times of this build, which has not begun.
    pub(super) fn record(&mut self) {
        self.dataflow.record();
    }

    /// The times, once the build is done.
    pub(super) fn take_report(&mut self) -> Option<BuildReport> {
        self.dataflow.take_report()
    }

    /// Builds on as far as it goes without waiting. Ready with the fields, complete, to be finished or taken from.
    ///
    /// # Panics
    /// If a constructor does, or if it was ready before.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<C::Fields, BuildError>> {
        let on_failure = TearDown(self);
        let engine = &mut *on_failure.0;
        let fields = engine.fields.as_mut().expect("a build was polled after it was ready");
        match engine.dataflow.poll(context, &mut |node, phase| C::STARTS[node](fields, phase)) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            progress => {
                std::mem::forget(on_failure);
                progress.map_ok(|()| self.take_fields())
            }
        }
    }

    /// Builds a container whose constructors are all sync.
    pub(super) fn run(mut self) -> Result<C::Fields, BuildError> {
        if let Some(fields) = &mut self.fields {
            self.dataflow.begin(&mut |node, phase| C::STARTS[node](fields, phase))?;
        }
        Ok(self.take_fields())
    }

    fn take_fields(&mut self) -> C::Fields {
        self.dataflow.end();
        match self.fields.take() {
            Some(fields) => fields,
            None => unreachable!("di-core lost the fields of a build; please report this as a defect of di-core"),
        }
    }

    /// Drops what is under way, and then what was built, in reverse order of construction. A component that panics as
    /// it is dropped does not keep the others from being dropped: the first panic goes on when all are.
    fn tear_down(&mut self) {
        let mut fields = self.fields.take();
        let panicked = self.dataflow.tear_down(&mut |node| {
            if let Some(fields) = &mut fields {
                C::clear(fields, node);
            }
        });
        let panicked = panicked.or(catch_unwind(AssertUnwindSafe(|| drop(fields))).err());
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

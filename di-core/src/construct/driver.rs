//! Generic shell around the dataflow of a build, with teardown on failure.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll};

use super::dataflow::Dataflow;
use super::error::BuildError;
#[cfg(feature = "tokio")]
use super::in_progress::BuildContext;
use super::report::BuildReport;
use super::slice::{builds_on_demand, wanted_by_whole};
use crate::container::Container;
use crate::container::generated::{Phase, Step};

/// A container that is being built. The part that does not depend on the container's type is [`Dataflow`], which is
/// compiled once.
///
/// On the first failure, on a panic, or when dropped, it drops the pending constructors and then the built components,
/// in reverse order of construction.
pub(super) struct Driver<C: Container> {
    /// `None` once the build has succeeded or failed.
    fields: Option<Box<C::Fields>>,
    dataflow: Dataflow,
    /// Whether fields are wrapped once they are built.
    has_wrappers: bool,
}

/// No field is pinned.
impl<C: Container> Unpin for Driver<C> {}

impl<C: Container> Driver<C> {
    /// Whether some nodes are built only if others need them.
    const BUILDS_ON_DEMAND: bool = builds_on_demand(C::GRAPH.nodes());

    /// Creates a build of the `wanted` nodes, or of all nodes if `wanted` is `None`. `fields` contains the inputs and
    /// overrides.
    pub(super) fn new(fields: Box<C::Fields>, wanted: Option<Vec<bool>>) -> Self {
        let is_built: Vec<_> = (0..C::GRAPH.nodes().len()).map(|node| C::is_built(&fields, node)).collect();
        let wanted = match wanted {
            None if Self::BUILDS_ON_DEMAND => Some(wanted_by_whole(C::GRAPH, &|node| is_built[node])),
            wanted => wanted,
        };
        let dataflow = Dataflow::new(C::GRAPH, C::ORDER, wanted, is_built);
        let has_wrappers = !C::wrapped_nodes(&fields).is_empty();
        Driver { fields: Some(fields), dataflow, has_wrappers }
    }

    /// Sets the context of the build and of the modules in it. Must be called before the build begins.
    #[cfg(feature = "tokio")]
    pub(super) fn set_context(&mut self, context: BuildContext) {
        self.dataflow.set_context(context);
    }

    /// Enables recording the times of this build. Must be called before the build begins.
    pub(super) fn record(&mut self) {
        self.dataflow.record();
    }

    /// Returns the recorded times, once the build is finished.
    pub(super) fn take_report(&mut self) -> Option<BuildReport> {
        self.dataflow.take_report()
    }

    /// Makes progress without waiting. Returns the fields once they are complete.
    ///
    /// # Panics
    /// Panics if a constructor panics, or if called again after it returned ready.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Box<C::Fields>, BuildError>> {
        let on_failure = TearDown(self);
        let driver = &mut *on_failure.0;
        let has_wrappers = driver.has_wrappers;
        let fields = driver.fields.as_mut().expect("a build was polled after it was ready");
        match driver.dataflow.poll(context, &mut |node, phase| build_node::<C>(fields, node, phase, has_wrappers)) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            progress => {
                std::mem::forget(on_failure);
                progress.map_ok(|()| self.take_fields())
            }
        }
    }

    /// Builds a container without async constructors.
    pub(super) fn run(mut self) -> Result<Box<C::Fields>, BuildError> {
        let has_wrappers = self.has_wrappers;
        if let Some(fields) = &mut self.fields {
            self.dataflow.begin(&mut |node, phase| build_node::<C>(fields, node, phase, has_wrappers))?;
        }
        Ok(self.take_fields())
    }

    fn take_fields(&mut self) -> Box<C::Fields> {
        self.dataflow.end();
        match self.fields.take() {
            Some(fields) => fields,
            None => unreachable!("di-core lost the fields of a build. This is a bug in di-core; please report it."),
        }
    }

    /// Drops the pending constructors, and then the built components, in reverse order of construction. If a component
    /// panics when dropped, the others are still dropped, and the first panic is resumed afterwards.
    fn tear_down(&mut self) {
        let mut fields = self.fields.take();
        let panicked = self.dataflow.tear_down(&mut |node| {
            if let Some(fields) = &mut fields {
                C::clear(fields, node);
            }
        });
        if let Some(fields) = &mut fields {
            self.dataflow.abandon(C::hooks_mut(fields));
        }
        let panicked = panicked.or(catch_unwind(AssertUnwindSafe(|| drop(fields))).err());
        if let Some(panic) = panicked
            && !std::thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}

/// Performs a step of a node's construction. Wraps the value once it is built.
fn build_node<C: Container>(fields: &mut C::Fields, node: usize, phase: Phase, has_wrappers: bool) -> Step<()> {
    let build = C::BUILD_NODES[node];
    if !has_wrappers {
        // The step is not copied, which matters for a sync constructor.
        return build(fields, phase);
    }
    let step = build(fields, phase);
    if matches!(step, Step::Ready(())) {
        C::wrap(fields, node);
    }
    step
}

impl<C: Container> Drop for Driver<C> {
    fn drop(&mut self) {
        // The fields are gone once the build has succeeded or was torn down.
        if self.fields.is_some() {
            self.tear_down();
        }
    }
}

/// Tears a driver down when dropped, unless forgotten. The components of a failed or panicked build are dropped at
/// once, even if the caller keeps its future.
struct TearDown<'a, C: Container>(&'a mut Driver<C>);

impl<C: Container> Drop for TearDown<'_, C> {
    fn drop(&mut self) {
        self.0.tear_down();
    }
}

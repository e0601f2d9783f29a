//! The steps in which the nodes of a container are built.

use std::any::Any;
use std::sync::Arc;

use super::Container;
use crate::hooks::Lifecycle;
use crate::internal::{BoxError, BoxFuture};

/// Builds a node. Its dependencies are already built.
///
/// Runs once to call the constructor, and once more to store the value of an async one. A single function for both is
/// cheaper to compile than two.
pub type BuildNode<F> = fn(&mut F, Phase) -> Step<()>;

/// Phase of a node's construction.
pub enum Phase {
    /// Call the constructor.
    Construct,
    /// Store the value that the async constructor returned. For a choice, finish it: its chosen alternative is built, and
    /// the value is `()`.
    Store(BoxedValue),
}

/// Result of one step of a node's construction.
pub enum Step<T> {
    /// The value.
    Ready(T),
    /// No value.
    NotReady(NotReady),
}

/// Reason why a [`Step`] has no value.
pub enum NotReady {
    /// The constructor is async, and this is its future.
    Pending(BoxFuture<Result<BoxedValue, BoxError>>),
    /// The constructor failed.
    Failed(BoxError),
    /// A choice has chosen the alternative with this index.
    Chosen(usize),
}

/// The value of an async constructor.
pub(crate) type BoxedValue = Box<dyn Any + Send>;

impl<T> Step<T> {
    /// Converts the result of a constructor into a step.
    #[inline]
    pub fn of(result: Result<T, BoxError>) -> Self {
        match result {
            Ok(value) => Step::Ready(value),
            Err(error) => Step::NotReady(NotReady::Failed(error)),
        }
    }
}

/// Calls an async constructor in [`Phase::Construct`], and returns its value in [`Phase::Store`].
pub fn step_async<T: Send + 'static>(
    phase: Phase,
    construct: impl FnOnce() -> BoxFuture<Result<T, BoxError>>,
) -> Step<T> {
    match phase {
        Phase::Construct => {
            let constructing = construct();
            Step::NotReady(NotReady::Pending(Box::pin(async move {
                constructing.await.map(|value| Box::new(value) as BoxedValue)
            })))
        }
        Phase::Store(value) => match value.downcast() {
            Ok(value) => Step::Ready(*value),
            Err(_) => unreachable!("di-core mixed up two constructors. This is a bug in di-core; please report it."),
        },
    }
}

/// Builds a choice: returns the index of an alternative, and is ready once that is built.
pub fn choose(phase: Phase, alternative: impl FnOnce() -> usize) -> Step<()> {
    match phase {
        Phase::Construct => Step::NotReady(NotReady::Chosen(alternative())),
        Phase::Store(_) => Step::Ready(()),
    }
}

/// Puts the value in an [`Arc`], for a field that holds one.
pub fn into_arc<T>(built: Step<T>) -> Step<Arc<T>> {
    match built {
        Step::Ready(value) => Step::Ready(Arc::new(value)),
        Step::NotReady(rest) => Step::NotReady(rest),
    }
}

/// Puts a component with hooks in an [`Arc`], and adds its hooks to those of the container.
pub fn into_arc_with_hooks<C: Container, T: Lifecycle>(
    built: Step<T>,
    fields: &mut C::Fields,
    node: usize,
) -> Step<Arc<T>> {
    with_hooks::<C, T>(into_arc(built), fields, node)
}

/// Adds the hooks of a component that was constructed in an [`Arc`] to those of the container.
pub fn with_hooks<C: Container, T: Lifecycle>(
    built: Step<Arc<T>>,
    fields: &mut C::Fields,
    node: usize,
) -> Step<Arc<T>> {
    if let Step::Ready(component) = &built {
        C::hooks_mut(fields).add(node, component.clone());
    }
    built
}

/// Panics, because an async constructor was called as a sync one.
#[cold]
pub(crate) fn is_async() -> ! {
    panic!("this constructor is async: it has to be awaited")
}

/// Build function of an input. It is never called, because an input has a value before the build begins.
pub fn unreachable_input() -> Step<()> {
    unreachable!("di-core built an input. This is a bug in di-core; please report it.")
}

/// Boxes the future of a constructor. The type of the box is inferred.
pub fn boxed_future<T>(future: impl Future<Output = T> + Send + 'static) -> BoxFuture<T> {
    Box::pin(future)
}

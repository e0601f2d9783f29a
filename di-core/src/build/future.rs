use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::engine::Engine;
use super::error::BuildError;
use super::reach::wanted;
use super::report::BuildReport;
use crate::lifecycle::{Hooks, Options};
use crate::{Container, Slot};

/// Marks a builder of a whole container, which [`Container`]'s derive calls `AppBuilder`.
#[derive(Debug, Default)]
pub struct Whole {
    #[doc(hidden)]
    pub options: Options,
}

/// Marks a builder of a slice of a container, which [`Container`]'s derive calls `AppSlice`.
#[derive(Debug, Default)]
pub struct Slice {
    #[doc(hidden)]
    pub strict: bool,
}

/// A container that is being built: what `App::builder(..).build()` returns. Nothing happens before it is polled.
///
/// Async constructors run concurrently, in the task that polls: a component starts the moment that its last dependency
/// is there. Dropped halfway, or when a constructor fails or panics, it drops what it had built, in reverse order of
/// construction.
///
/// # Errors
/// [`BuildError`], from the first constructor that fails.
#[must_use = "a build does nothing until it is awaited"]
pub struct Build<C: Container> {
    engine: Engine<C>,
}

impl<C: Container> Build<C> {
    #[doc(hidden)]
    pub fn new(fields: C::Fields) -> Self {
        Build { engine: Engine::new(fields, None) }
    }

    /// Builds, and reports when each constructor began and how long it took.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use di_core::{Component, Container};
    /// # #[derive(Component)]
    /// # pub struct Store;
    /// # #[derive(Container)]
    /// # pub struct App {
    /// #     #[component]
    /// #     store: Arc<Store>,
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let (app, report) = App::builder().build().with_report().await?;
    /// assert_eq!(report.critical_path()[0].0.name(), "store");
    /// println!("{report}"); // a waterfall
    /// # let _ = app.store;
    /// # Ok::<(), di_core::BuildError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BuildError`], from the first constructor that fails.
    pub async fn with_report(mut self) -> Result<(C, BuildReport), BuildError> {
        self.engine.record();
        let fields = poll_fn(|context| self.engine.poll(context)).await?;
        let report = self.engine.take_report().expect("the build was recorded");
        Ok((C::finish(fields), report))
    }

    /// The container, and the hooks of its components.
    #[doc(hidden)]
    pub async fn with_hooks(mut self) -> Result<(C, Hooks), BuildError> {
        let fields = poll_fn(|context| self.engine.poll(context)).await?;
        Ok(finished_with_hooks(fields))
    }
}

impl<C: Container> Future for Build<C> {
    type Output = Result<C, BuildError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.engine.poll(context).map_ok(C::finish)
    }
}

/// Builds a container whose constructors are all sync.
#[doc(hidden)]
pub fn build_sync<C: Container>(fields: C::Fields) -> Result<C, BuildError> {
    Engine::<C>::new(fields, None).run().map(C::finish)
}

/// Builds a container whose constructors are all sync, and returns the hooks of its components, too.
pub(super) fn build_sync_with_hooks<C: Container>(fields: C::Fields) -> Result<(C, Hooks), BuildError> {
    Engine::<C>::new(fields, None).run().map(finished_with_hooks)
}

fn finished_with_hooks<C: Container>(mut fields: C::Fields) -> (C, Hooks) {
    let hooks = std::mem::take(C::hooks_mut(&mut fields));
    (C::finish(fields), hooks)
}

/// Fields of a slice that are being built: what `App::slice().get::<T>()` returns. Nothing happens before it is polled.
///
/// Dropped halfway, or when a constructor fails or panics, it drops what it had built, in reverse order of construction.
///
/// # Errors
/// [`BuildError`], from the first constructor that fails; or, before anything is built, where an input is not supplied
/// that the slice needs, where a strict slice does not need an override, or where one field is asked for twice.
#[must_use = "a slice builds nothing until it is awaited"]
pub struct Get<C: Container, T> {
    /// None once an error of the plan is handed out.
    engine: Result<Engine<C>, Option<BuildError>>,
    take: fn(&mut C::Fields) -> T,
}

impl<C: Container, T> Get<C, T> {
    #[doc(hidden)]
    pub fn new(fields: C::Fields, slice: Slice) -> Self
    where
        T: Slot<C>,
    {
        let mut asked = Vec::new();
        T::indexes(&mut asked);
        let engine = match wanted(C::GRAPH, &|node| C::is_there(&fields, node), &asked, slice) {
            Ok(wanted) => Ok(Engine::new(fields, Some(wanted))),
            Err(kind) => Err(Some(kind.into())),
        };
        Get { engine, take: T::take }
    }
}

impl<C: Container, T> Future for Get<C, T> {
    type Output = Result<T, BuildError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let take = self.take;
        match &mut self.engine {
            Ok(engine) => engine.poll(context).map_ok(|mut fields| take(&mut fields)),
            Err(error) => Poll::Ready(Err(error.take().expect("`Get` polled after it was ready"))),
        }
    }
}

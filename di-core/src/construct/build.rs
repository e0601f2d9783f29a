//! The future that builds a whole container, and its sync variant.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::driver::Driver;
use super::error::BuildError;
#[cfg(feature = "tokio")]
use super::in_progress::BuildContext;
use super::report::BuildReport;
use super::trace;
use crate::container::Container;
use crate::hooks::Hooks;

/// Future that builds a container, returned by `App::builder(..).build()`. It does nothing until it is polled.
///
/// A constructor is called as soon as its last dependency is built. Async constructors run concurrently, in the task
/// that polls. If a constructor fails or panics, or if this future is dropped, the components that were built are
/// dropped in reverse order of construction.
///
/// # Errors
/// Returns the [`BuildError`] of the first constructor that fails.
#[must_use = "a build does nothing until it is awaited"]
pub struct Build<C: Container> {
    driver: Driver<C>,
}

/// A container that was built, with the hooks of its components.
pub(crate) struct BuiltContainer<C> {
    pub(crate) container: C,
    #[cfg_attr(not(feature = "tokio"), allow(dead_code))]
    pub(crate) hooks: Hooks,
}

impl<C: Container> Build<C> {
    #[doc(hidden)]
    pub fn new(fields: Box<C::Fields>) -> Self {
        Build { driver: Driver::new(fields, None) }
    }

    /// Builds the container, and reports the start and the duration of each constructor.
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
    /// assert_eq!(report.critical_path()[0].node.name(), "store");
    /// println!("{report}"); // a waterfall
    /// # let _ = app.store;
    /// # Ok::<(), di_core::BuildError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns the [`BuildError`] of the first constructor that fails.
    pub async fn with_report(mut self) -> Result<(C, BuildReport), BuildError> {
        self.driver.record();
        let fields = poll_fn(|context| self.driver.poll(context)).await?;
        let report = self.driver.take_report().expect("the build was recorded");
        Ok((finished(fields), report))
    }

    /// Builds the container, and returns it with the hooks of its components.
    pub(super) async fn with_hooks(mut self) -> Result<BuiltContainer<C>, BuildError> {
        let fields = poll_fn(|context| self.driver.poll(context)).await?;
        Ok(finished_with_hooks(fields))
    }

    /// Builds the container in `context`, and returns it with the hooks of its components. If `is_reported`, also
    /// returns the times of the constructors.
    #[cfg(feature = "tokio")]
    pub(crate) async fn in_context(
        mut self,
        context: BuildContext,
        is_reported: bool,
    ) -> Result<(BuiltContainer<C>, Option<BuildReport>), BuildError> {
        self.driver.set_context(context);
        if is_reported {
            self.driver.record();
        }
        let fields = poll_fn(|context| self.driver.poll(context)).await?;
        let report = self.driver.take_report();
        Ok((finished_with_hooks(fields), report))
    }
}

impl<C: Container> Future for Build<C> {
    type Output = Result<C, BuildError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.driver.poll(context).map_ok(finished)
    }
}

/// Builds a container without async constructors.
pub fn build_sync<C: Container>(fields: Box<C::Fields>) -> Result<C, BuildError> {
    Driver::<C>::new(fields, None).run().map(finished)
}

/// Builds a container without async constructors, and returns it with the hooks of its components.
pub(super) fn build_sync_with_hooks<C: Container>(fields: Box<C::Fields>) -> Result<BuiltContainer<C>, BuildError> {
    Driver::<C>::new(fields, None).run().map(finished_with_hooks)
}

/// Finishes a container that is not started.
fn finished<C: Container>(mut fields: Box<C::Fields>) -> C {
    if !C::hooks_mut(&mut fields).by_node.is_empty() {
        trace::hooks_not_called(C::GRAPH);
    }
    C::finish(*fields)
}

fn finished_with_hooks<C: Container>(mut fields: Box<C::Fields>) -> BuiltContainer<C> {
    let hooks = std::mem::take(C::hooks_mut(&mut fields));
    BuiltContainer { container: C::finish(*fields), hooks }
}

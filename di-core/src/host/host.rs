//! The handle of a started container.

use std::future::Future;
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;

use super::end_requests::{Never, Once};
use super::error::{HookFailure, HostError};
use super::host_core::HostCore;
use super::signal::Signals;
use crate::container::Container;

/// A started container: its `#[start]` hooks have succeeded and its `#[run]` tasks are running.
///
/// `App::builder(..).start()` returns it, and it dereferences to the container. [`stop`](Host::stop) or a `run_until`
/// method ends it in order: dependents stop before their dependencies. Dropping a host, or the future of its stop, aborts
/// its tasks and calls no other `#[stop]` hook.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use di_core::{component, Component, Container, Shutdown};
///
/// #[derive(Component)]
/// pub struct Queue {
///     #[default]
///     length: AtomicU32,
/// }
///
/// pub struct Worker { queue: Arc<Queue> }
///
/// #[component]
/// impl Worker {
///     pub fn new(queue: Arc<Queue>) -> Self {
///         Worker { queue }
///     }
///
///     #[start]
///     async fn fill(&self) -> Result<(), std::io::Error> {
///         self.queue.length.store(3, Ordering::Relaxed);
///         Ok(())
///     }
///
///     #[run]
///     async fn work(&self, shutdown: Shutdown) {
///         shutdown.requested().await;
///     }
///
///     #[stop(timeout = "5s")]
///     async fn drain(&self) {
///         self.queue.length.store(0, Ordering::Relaxed);
///     }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[component]
///     queue: Arc<Queue>,
///     #[component]
///     worker: Arc<Worker>,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let host = App::builder().start().await?;
/// assert_eq!(host.queue.length.load(Ordering::Relaxed), 3);
/// let queue = host.queue.clone();
/// host.stop().await?; // or host.run_until_signal().await?
/// assert_eq!(queue.length.load(Ordering::Relaxed), 0);
/// # Ok::<(), di_core::HostError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a host that is dropped aborts its tasks and calls no `#[stop]` hook"]
pub struct Host<C: Container> {
    container: Arc<C>,
    core: HostCore,
}

impl<C: Container> Host<C> {
    pub(super) fn new(container: C, core: HostCore) -> Self {
        Host { container: Arc::new(container), core }
    }

    /// Returns the shared container, for example to use it as the state of a web framework.
    pub fn container(&self) -> &Arc<C> {
        &self.container
    }

    /// Returns the first failure of a `#[run]` task so far, as soon as it happens. `run_until` and `run_until_signal`
    /// end the host then.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use di_core::{component, Container};
    /// # pub struct Pump;
    /// #[component]
    /// impl Pump {
    ///     # pub fn new() -> Self {
    ///     #     Pump
    ///     # }
    ///     #[run(forever)]
    ///     async fn pump(&self) {
    ///         // Returns at once, although it must not.
    ///     }
    /// }
    /// # #[derive(Container)]
    /// # pub struct App {
    /// #     #[component]
    /// #     pump: Arc<Pump>,
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let host = App::builder().start().await?;
    /// tokio::task::yield_now().await;
    /// assert_eq!(host.failure().unwrap().node.name(), "pump");
    /// assert!(host.stop().await.is_err());
    /// # Ok::<(), di_core::HostError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn failure(&self) -> Option<HookFailure> {
        self.core.failure()
    }

    /// Ends the `#[run]` tasks and calls the `#[stop]` hooks. Dependents stop before their dependencies.
    ///
    /// Before that, the host is not ready for the time of [`HostOptions::drain_for`](super::HostOptions::drain_for).
    ///
    /// # Errors
    /// Returns a [`HostError`] with every failure, including earlier ones of `#[run]` tasks. A failure does not prevent
    /// other components from being stopped.
    pub async fn stop(self) -> Result<(), HostError> {
        self.core.stop(&mut Never).await
    }

    /// Runs until `end` is ready or a `#[run]` task fails or panics, and then stops.
    ///
    /// # Errors
    /// Returns a [`HostError`] with every failure of `#[run]` tasks and `#[stop]` hooks.
    pub async fn run_until(self, end: impl Future) -> Result<(), HostError> {
        let end = pin!(end);
        self.core.run(&mut Once(Some(end))).await
    }

    /// Runs until the process receives SIGINT (Ctrl-C) or SIGTERM, or a `#[run]` task fails or panics, and then stops. A
    /// second signal ends the stop at once.
    ///
    /// `App::builder(..).run_until_signal()` also listens while the container is built and started.
    ///
    /// # Errors
    /// Returns a [`HostError`] with every failure of `#[run]` tasks and `#[stop]` hooks, including those that a second
    /// signal cut off.
    ///
    /// # Panics
    /// Panics if the process cannot listen for signals.
    pub async fn run_until_signal(self) -> Result<(), HostError> {
        self.core.run(&mut Signals::listen()).await
    }
}

impl<C: Container> Deref for Host<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.container
    }
}

//! The handle of a started container, and the function that starts it.

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

use super::component_tree::ComponentTree;
use super::error::HostError;
use super::failures::Failures;
use super::signal::termination_signal;
use super::started_component::RunTasks;
use crate::construct::{BuildError, BuiltContainer};
use crate::container::Container;
use crate::hooks::{HostOptions, Shutdown};

/// A started container: its `#[start]` hooks have succeeded and its `#[run]` tasks are running.
///
/// `App::builder(..).start()` returns it, and it dereferences to the container. [`stop`](Host::stop) or a `run_until`
/// method ends it in order: dependents stop before their dependencies. Dropping a host aborts its `#[run]` tasks and
/// calls no `#[stop]` hook.
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
    components: ComponentTree,
    options: HostOptions,
    failures: Failures,
    /// Requested when a `#[run]` task fails.
    failed: Shutdown,
    /// Aborted on drop.
    _tasks: RunTasks,
}

/// Builds a container, and starts it. `App::builder(..).start()` calls this.
pub async fn start_host<C: Container>(
    built: impl Future<Output = Result<BuiltContainer<C>, BuildError>>,
    options: HostOptions,
) -> Result<Host<C>, HostError> {
    let BuiltContainer { container, hooks } = built.await?;
    let mut host = Host {
        container: Arc::new(container),
        components: ComponentTree::new(C::GRAPH, hooks),
        options,
        failures: Failures::default(),
        failed: Shutdown::new(),
        _tasks: RunTasks::new(),
    };
    if !host.components.start(&host.options, &host.failures).await {
        return host.stop().await.map(|()| unreachable!("a failed start recorded no failure"));
    }
    host.components.run(&mut host._tasks, &host.failures, &host.failed);
    Ok(host)
}

impl<C: Container> Host<C> {
    /// Returns the shared container, for example to use it as the state of a web framework.
    pub fn container(&self) -> &Arc<C> {
        &self.container
    }

    /// Ends the `#[run]` tasks and calls the `#[stop]` hooks. Dependents stop before their dependencies.
    ///
    /// # Errors
    /// Returns a [`HostError`] with every failure, including earlier ones of `#[run]` tasks. A failure does not prevent
    /// other components from being stopped.
    pub async fn stop(self) -> Result<(), HostError> {
        self.components.stop(&self.options, &self.failures).await;
        let failures = self.failures.take();
        if failures.is_empty() { Ok(()) } else { Err(HostError::hooks(C::GRAPH.name(), failures)) }
    }

    /// Runs until `end` is ready or a `#[run]` task fails or panics, and then stops.
    ///
    /// # Errors
    /// Returns a [`HostError`] with every failure of `#[run]` tasks and `#[stop]` hooks.
    pub async fn run_until(self, end: impl Future) -> Result<(), HostError> {
        tokio::select! {
            _ = end => {}
            () = self.failed.requested() => {}
        }
        self.stop().await
    }

    /// Runs until the process receives SIGINT (Ctrl-C) or SIGTERM, or a `#[run]` task fails or panics, and then stops.
    ///
    /// # Errors
    /// Returns a [`HostError`] with every failure of `#[run]` tasks and `#[stop]` hooks.
    ///
    /// # Panics
    /// Panics if the process cannot listen for signals.
    pub async fn run_until_signal(self) -> Result<(), HostError> {
        self.run_until(termination_signal()).await
    }
}

impl<C: Container> Deref for Host<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.container
    }
}

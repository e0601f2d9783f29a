//! The future that builds and starts a container.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures_util::stream::FusedStream;
use tokio::runtime::Handle;

use super::end_requests::{Each, EndRequests, Never, Once, next_request};
use super::error::{HostError, Unfinished};
use super::host::Host;
use super::host_core::HostCore;
use super::signal::Signals;
use super::timings::HookTimings;
use super::trace::{self, HostEvent};
use crate::construct::{Build, BuildContext, BuildReport, InProgress};
use crate::container::Container;
use crate::hooks::HostOptions;
use crate::internal::{BoxFuture, Instant};
use crate::task::spawn_named;

/// Future that builds and starts a container, returned by `App::builder(..).start()`. It does nothing until it is
/// polled.
///
/// If it is dropped while `#[start]` hooks are running, those are aborted, and the components that had started are
/// stopped in a task in the background. A program that ends right after that may not give the task the time to finish.
/// To end a start from outside, use `App::builder(..).run_until(end)`, which waits for the stop and returns an error that
/// names what was cut off.
///
/// # Errors
/// Returns a [`HostError`] if the build or a `#[start]` hook fails. The components that have started are then stopped
/// again.
#[must_use = "a start does nothing until it is awaited"]
pub struct Start<C: Container>(State<C>);

#[expect(clippy::large_enum_variant, reason = "a start is moved once, and a box would cost an allocation")]
enum State<C: Container> {
    Planned(Plan<C>),
    Running(BoxFuture<Result<Host<C>, HostError>>),
    Finished,
}

/// A build with the options of its host.
struct Plan<C: Container> {
    build: Build<C>,
    options: HostOptions,
    /// Called once everything has started.
    on_started: Vec<OnStarted<C>>,
}

/// A closure that is called once everything has started.
type OnStarted<C> = Box<dyn FnOnce(&C) + Send>;

/// No field is pinned.
impl<C: Container> Unpin for Start<C> {}

impl<C: Container> Start<C> {
    #[doc(hidden)]
    pub fn new(fields: Box<C::Fields>, options: HostOptions) -> Self {
        Start(State::Planned(Plan { build: Build::new(fields), options, on_started: Vec::new() }))
    }

    /// Calls `act` once everything has started, for example to print the address of a server.
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let start = App::builder().start().on_started(|app| println!("{} handles", Arc::strong_count(&app.store)));
    /// start.run_until(tokio::time::sleep(std::time::Duration::from_millis(1))).await // or run_until_signal()
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// Panics if the future has been polled.
    pub fn on_started(self, act: impl FnOnce(&C) + Send + 'static) -> Self {
        let mut plan = self.plan();
        plan.on_started.push(Box::new(act));
        Start(State::Planned(plan))
    }

    /// Builds and starts the container, and reports the start and the duration of each constructor and `#[start]` hook.
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let (host, report) = App::builder().start().with_report().await?;
    /// println!("{report}"); // a waterfall
    /// # host.stop().await
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns the same errors as the future itself.
    ///
    /// # Panics
    /// Panics if the future has been polled.
    pub async fn with_report(self) -> Result<(Host<C>, BuildReport), HostError> {
        let begun = Instant::now();
        let timings = HookTimings::since(begun);
        let (container, core, report) = start(self.plan(), true, &timings, &mut Never).await?;
        let report = report.expect("the build was recorded");
        Ok((Host::new(container, core), report.with_hooks(timings.take(), begun.elapsed())))
    }

    /// Builds and starts the container, runs it until `end` is ready or a `#[run]` task fails, and then stops it.
    ///
    /// # Errors
    /// Returns a [`HostError`] with every failure. If `end` is ready before everything has started, returns
    /// [`HostError::Interrupted`].
    ///
    /// # Panics
    /// Panics if the future has been polled.
    pub async fn run_until(self, end: impl Future) -> Result<(), HostError> {
        let end = pin!(end);
        run(self.plan(), &mut Once(Some(end))).await
    }

    /// Builds and starts the container, runs it until the process receives SIGINT (Ctrl-C) or SIGTERM, or a `#[run]` task
    /// fails, and then stops it. Listens from before the first constructor is called. A second signal ends the stop at
    /// once.
    ///
    /// # Errors
    /// Returns a [`HostError`] with every failure. A signal before everything has started gives
    /// [`HostError::Interrupted`].
    ///
    /// # Panics
    /// Panics if the process cannot listen for signals, or if the future has been polled.
    pub async fn run_until_signal(self) -> Result<(), HostError> {
        run(self.plan(), &mut Signals::listen()).await
    }

    /// Builds, starts and runs the container like [`run_until_signal`](Start::run_until_signal), with the items of a stream
    /// instead of signals. For tests in a simulation, which has no signals.
    #[doc(hidden)]
    pub async fn run_until_each(self, requests: impl FusedStream<Item = ()> + Unpin) -> Result<(), HostError> {
        run(self.plan(), &mut Each(requests)).await
    }

    fn plan(self) -> Plan<C> {
        match self.0 {
            State::Planned(plan) => plan,
            State::Running(_) | State::Finished => panic!("a method of `Start` was called after it was polled"),
        }
    }
}

impl<C: Container<Fields: Send> + Send + Sync> Future for Start<C> {
    type Output = Result<Host<C>, HostError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match std::mem::replace(&mut self.0, State::Finished) {
                State::Planned(plan) => {
                    self.0 = State::Running(Box::pin(async move {
                        let (container, core, _) = start(plan, false, &HookTimings::default(), &mut Never).await?;
                        Ok(Host::new(container, core))
                    }));
                }
                State::Running(mut future) => {
                    let poll = future.as_mut().poll(context);
                    if poll.is_pending() {
                        self.0 = State::Running(future);
                    }
                    return poll;
                }
                State::Finished => panic!("`Start` polled after it was ready"),
            }
        }
    }
}

/// Starts a container, runs it until the first request or the first failure, and then stops it.
async fn run<C: Container>(plan: Plan<C>, requests: &mut impl EndRequests) -> Result<(), HostError> {
    // Keeps the container alive until its hooks are finished.
    let (_container, core, _) = start(plan, false, &HookTimings::default(), requests).await?;
    core.run(requests).await
}

/// Builds and starts a container, unless a request ends that before. If `is_reported`, also returns the times of the
/// constructors.
async fn start<C: Container>(
    plan: Plan<C>,
    is_reported: bool,
    timings: &HookTimings,
    requests: &mut impl EndRequests,
) -> Result<(C, HostCore, Option<BuildReport>), HostError> {
    let Plan { build, options, on_started } = plan;
    let container = C::GRAPH.name();
    trace::event(container, HostEvent::Starting);
    let begun = Instant::now();
    let in_progress = InProgress::recorded();
    let context = BuildContext {
        constructor_timeout: Some(options.constructor_timeout),
        in_progress: in_progress.clone(),
        ..BuildContext::default()
    };
    let (built, report) = tokio::select! {
        biased;
        () = next_request(requests) => {
            let unfinished = in_progress.list().into_iter().map(Unfinished::from).collect();
            trace::event(container, HostEvent::Interrupted);
            return Err(HostError::Interrupted { container, unfinished, elapsed: begun.elapsed(), failures: Vec::new() });
        }
        built = build.in_context(context, is_reported) => built.inspect_err(trace::build_failed)?,
    };
    let mut starting = StopOnDrop(Some(HostCore::new(C::GRAPH, built.hooks, options)));
    let is_started = tokio::select! {
        biased;
        () = next_request(requests) => None,
        is_started = starting.core().start(timings) => Some(is_started),
    };
    match is_started {
        Some(true) => {
            // If one of them panics, what has started is stopped in the background.
            on_started.into_iter().for_each(|act| act(&built.container));
            Ok((built.container, starting.into_core(), report))
        }
        Some(false) => Err(HostError::Hooks { container, failures: starting.into_core().stop_started(requests).await }),
        None => {
            trace::event(container, HostEvent::Interrupted);
            let (elapsed, core) = (begun.elapsed(), starting.into_core());
            let unfinished = core.unfinished();
            let failures = core.stop_started(requests).await;
            Err(HostError::Interrupted { container, unfinished, elapsed, failures })
        }
    }
}

/// A host that is starting. If dropped, stops the components that have started, in a task in the background.
struct StopOnDrop(Option<HostCore>);

impl StopOnDrop {
    fn core(&mut self) -> &mut HostCore {
        self.0.as_mut().expect("the host is taken once")
    }

    fn into_core(mut self) -> HostCore {
        self.0.take().expect("the host is taken once")
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        let Some(core) = self.0.take() else { return };
        if Handle::try_current().is_err() {
            trace::event(core.name(), HostEvent::StartLost);
            return;
        }
        trace::start_dropped(core.name(), &core.unfinished());
        drop(spawn_named(&format!("{}::stop", core.name()), async move {
            // Failures are logged when they happen.
            _ = core.stop(&mut Never).await;
        }));
    }
}

//! Options of a host: timeouts, and the end of the service.

use std::time::Duration;

/// Options of a `Host`: the timeouts of constructors and hooks, and the end of the service.
///
/// Set them on the builder:
///
/// ```
/// use std::time::Duration;
/// # use di_core::Container;
/// # #[derive(Container)]
/// # pub struct App {
/// #     #[input]
/// #     name: String,
/// # }
/// # let builder = App::builder("app").options(|options| {
/// options.stop_within(Duration::from_secs(25)).drain_for(Duration::from_secs(5))
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "options take effect when they are returned to the builder"]
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub struct HostOptions {
    pub(crate) constructor_timeout: Duration,
    pub(crate) start_timeout: Duration,
    pub(crate) stop_timeout: Duration,
    pub(crate) stop_within: Option<Duration>,
    pub(crate) drain_for: Duration,
}

impl Default for HostOptions {
    fn default() -> Self {
        HostOptions {
            constructor_timeout: Duration::from_secs(60),
            start_timeout: Duration::from_secs(60),
            stop_timeout: Duration::from_secs(15),
            stop_within: None,
            drain_for: Duration::ZERO,
        }
    }
}

impl HostOptions {
    /// Sets the timeout of async constructors without a timeout of their own. The default is 60 s.
    ///
    /// Only a container that is started has this default. `build` has none.
    pub fn constructor_timeout(mut self, timeout: Duration) -> Self {
        self.constructor_timeout = timeout;
        self
    }

    /// Sets the timeout of `#[start]` hooks without a timeout of their own. The default is 60 s.
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = timeout;
        self
    }

    /// Sets the timeout of `#[stop]` hooks without a timeout of their own. `#[run]` tasks get the same time to end
    /// after shutdown is requested. It also applies to the `#[commit]` and `#[rollback]` hooks of a scope. The default is
    /// 15 s.
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = timeout;
        self
    }

    /// Sets the deadline of the whole stop, including the pause of [`drain_for`](HostOptions::drain_for). By default
    /// there is none: a chain of components that hang takes the sum of their timeouts.
    ///
    /// If the timeouts of a chain add up to more than the remaining time, each is shortened by the same factor. Time that
    /// a component does not need goes to those after it. The error lists the hooks that were cut short and those that
    /// were not called. Choose a few seconds less than the orchestrator's grace period, for example 25 s of Kubernetes'
    /// 30 s.
    pub fn stop_within(mut self, deadline: Duration) -> Self {
        self.stop_within = Some(deadline);
        self
    }

    /// Sets the pause between the moment at which the service reports that it is not ready and the first stopped
    /// component. The default is zero.
    ///
    /// If there is a deadline for the whole stop, the pause is shortened like the timeouts of hooks.
    ///
    /// During the pause, the service works as before, while load balancers notice that it is not ready. See
    /// [`HealthChecks::readiness`](crate::HealthChecks::readiness).
    pub fn drain_for(mut self, pause: Duration) -> Self {
        self.drain_for = pause;
        self
    }
}

//! Health checks: the trait, the component that runs them, and its report.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use di_macros::intercept;
use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::component::Component;
use crate::construct::BuildContext;
use crate::container::generated::{Phase, Step, cloned, into_arc_with_hooks};
use crate::container::{CloneFieldOf, Container, FieldOf};
use crate::graph::Constructor;
use crate::hooks::{Hook, Lifecycle, Readiness};
use crate::internal::{BoxError, lock};

/// Checks whether a part of the service works.
///
/// Components implement it, a container collects them, and [`HealthChecks`] runs them all:
///
/// ```
/// use std::sync::Arc;
/// use async_trait::async_trait;
/// use di_core::{BoxError, Component, Container, HealthCheck, HealthChecks};
///
/// #[derive(Component)]
/// pub struct Store;
///
/// #[async_trait]
/// impl HealthCheck for Store {
///     fn name(&self) -> &str { "store" }
///
///     async fn check(&self) -> Result<(), BoxError> {
///         Err("the disk is gone".into())
///     }
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[component]
///     store: Arc<Store>,
///     #[collect(store)]
///     checks: Vec<Arc<dyn HealthCheck>>,
///     #[component]
///     pub health: Arc<HealthChecks>,
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let report = App::builder().build().await?.health.report().await;
/// assert!(!report.is_healthy());
/// assert!(report.to_string().starts_with("store: the disk is gone"));
/// # Ok::<(), di_core::BuildError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[intercept]
#[async_trait]
pub trait HealthCheck: Send + Sync {
    /// Returns the name of the checked part, a single word.
    fn name(&self) -> &str;

    /// Runs the check.
    ///
    /// # Errors
    /// Returns the reason why the part does not work.
    async fn check(&self) -> Result<(), BoxError>;

    /// Returns whether a restart of the process helps if the check fails. Only such checks count for liveness. The default
    /// is `false`: a restart does not repair a database that cannot be reached.
    fn needs_restart(&self) -> bool {
        false
    }
}

/// All health checks of a service: the answers to liveness and readiness probes. A component with a dependency on
/// `Vec<Arc<dyn HealthCheck>>`, in a field of type `Arc<HealthChecks>`.
///
/// An orchestrator restarts a process that is not live, and sends no requests to one that is not ready:
///
/// ```
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// # use di_core::{Container, HealthCheck, HealthChecks};
/// # #[derive(Container)]
/// # pub struct App {
/// #     #[collect()]
/// #     checks: Vec<Arc<dyn HealthCheck>>,
/// #     #[component]
/// #     pub health: Arc<HealthChecks>,
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?.block_on(async {
/// let host = App::builder().options(|options| options.drain_for(Duration::from_secs(5))).start().await?;
/// let health = host.health.clone();
/// assert!(health.readiness().await.is_healthy());
///
/// let stopping = tokio::spawn(host.stop());
/// tokio::time::sleep(Duration::from_secs(1)).await;
/// assert!(!health.readiness().await.is_healthy());
/// assert!(health.liveness().await.is_healthy());
/// # stopping.await.unwrap()
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HealthChecks {
    checks: Vec<Arc<dyn HealthCheck>>,
    /// `None` if the container is not started by a host.
    host: Mutex<Option<Readiness>>,
}

/// Timeout of a check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

impl HealthChecks {
    /// Creates the component from the checks.
    pub fn new(checks: Vec<Arc<dyn HealthCheck>>) -> Self {
        HealthChecks { checks, host: Mutex::new(None) }
    }

    /// Runs all checks concurrently. A check that panics or takes longer than 5 s has failed.
    pub async fn report(&self) -> HealthReport {
        self.run(|_| true).await
    }

    /// Answers a liveness probe: runs the checks that [need a restart](HealthCheck::needs_restart) if they fail. Healthy
    /// if there are none.
    pub async fn liveness(&self) -> HealthReport {
        self.run(|check| check.needs_restart()).await
    }

    /// Answers a readiness probe: runs all checks. While the host is starting or stopping, the report also contains a
    /// failed check `host`.
    pub async fn readiness(&self) -> HealthReport {
        let error = match *lock(&self.host) {
            None | Some(Readiness::Ready) => None,
            Some(Readiness::Starting) => Some("is starting"),
            Some(Readiness::Stopping) => Some("is stopping"),
        };
        let mut report = self.report().await;
        report.results.extend(error.map(|error| HealthResult {
            name: "host".to_owned(),
            error: Some(error.into()),
            duration: Duration::ZERO,
        }));
        report
    }

    async fn run(&self, is_wanted: impl Fn(&dyn HealthCheck) -> bool) -> HealthReport {
        let asking = self.checks.iter().filter(|check| is_wanted(&***check)).map(|check| async {
            // Virtual time in a simulation.
            let begun = tokio::time::Instant::now();
            let checking = AssertUnwindSafe(check.check()).catch_unwind();
            let error = match tokio::time::timeout(CHECK_TIMEOUT, checking).await {
                Ok(Ok(Ok(()))) => None,
                Ok(Ok(Err(error))) => Some(error),
                Ok(Err(_)) => Some("the check panicked".into()),
                Err(_) => Some(format!("no answer within {CHECK_TIMEOUT:?}").into()),
            };
            HealthResult { name: check.name().to_owned(), error, duration: begun.elapsed() }
        });
        HealthReport { results: join_all(asking).await }
    }
}

/// Written by hand, since it has no hook but [`Lifecycle::set_readiness`].
#[diagnostic::do_not_recommend]
impl<C: Container> Component<C> for HealthChecks
where
    Vec<Arc<dyn HealthCheck>>: CloneFieldOf<C>,
{
    const CONSTRUCTOR: Constructor = Constructor::new(&[<Vec<Arc<dyn HealthCheck>> as FieldOf<C>>::INDEX]).with_hooks();

    fn construct(fields: &C::Fields) -> Result<Self, BoxError> {
        Ok(HealthChecks::new(cloned::<C, _>(fields)))
    }

    fn build_shared(fields: &mut C::Fields, node: usize, _: Phase) -> Step<Arc<Self>> {
        let checks = Self::construct(fields);
        if let Ok(checks) = &checks
            && BuildContext::current().is_hosted()
        {
            checks.set_readiness(Readiness::Starting);
        }
        into_arc_with_hooks::<C, Self>(Step::of(checks), fields, node)
    }
}

impl Lifecycle for HealthChecks {
    fn has(&self, _: Hook) -> bool {
        false
    }

    fn set_readiness(&self, readiness: Readiness) {
        *lock(&self.host) = Some(readiness);
    }
}

/// Results of the checks of a service.
#[derive(Debug)]
pub struct HealthReport {
    /// Result of each check, in the order of collection.
    pub results: Vec<HealthResult>,
}

/// Result of one check.
#[derive(Debug)]
pub struct HealthResult {
    /// Name of the check.
    pub name: String,
    /// The reason for failure; `None` if the check passed.
    pub error: Option<BoxError>,
    /// Duration of the check.
    pub duration: Duration,
}

impl HealthReport {
    /// Returns whether all checks passed.
    pub fn is_healthy(&self) -> bool {
        self.results.iter().all(|result| result.error.is_none())
    }
}

/// Shows a line for each check.
impl fmt::Display for HealthReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for HealthResult { name, error, duration } in &self.results {
            match error {
                None => writeln!(f, "{name}: ok ({duration:?})")?,
                Some(error) => writeln!(f, "{name}: {error} ({duration:?})")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Check(&'static str);

    #[async_trait]
    impl HealthCheck for Check {
        fn name(&self) -> &str {
            self.0
        }

        async fn check(&self) -> Result<(), BoxError> {
            match self.0 {
                "hangs" => std::future::pending().await,
                "panics" => panic!("on purpose"),
                "fails" => Err("on purpose".into()),
                _ => Ok(()),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_fails_hangs_or_panics_does_not_hide_the_others() {
        let checks = ["works", "fails", "hangs", "panics", "works too"];
        let checks = HealthChecks::new(checks.map(|name| Arc::new(Check(name)) as Arc<dyn HealthCheck>).into());
        let report = checks.report().await;
        let errors: Vec<_> =
            report.results.iter().map(|result| result.error.as_ref().map(|error| error.to_string())).collect();
        let error = |text: &str| Some(text.to_owned());
        assert_eq!(
            errors,
            [None, error("on purpose"), error("no answer within 5s"), error("the check panicked"), None]
        );
        assert!(!report.is_healthy());
        assert_eq!(report.to_string().lines().count(), 5);
        assert_eq!(report.results[2].duration, Duration::from_secs(5), "in the paused time of the test");
    }
}

//! The result of a search, as returned to users.

use std::time::Duration;

use super::{Coverage, Failure, SoakStatus};

/// Result of an [`Explorer`](crate::Explorer): coverage and failures.
#[derive(Debug)]
#[must_use = "an outcome may be a failure"]
pub struct Outcome {
    pub(crate) coverage: Coverage,
    pub(crate) search_time: Duration,
    pub(crate) is_exhaustive: bool,
    /// The first failure; in a soak, also those that differ from it.
    pub(crate) failures: Vec<Failure>,
    /// Final status, if this was a soak.
    pub(crate) soak_status: Option<SoakStatus>,
}

impl Outcome {
    /// Returns the number of schedules that were run. Runs that shrank a failure do not count.
    pub fn schedules_run(&self) -> usize {
        self.coverage.schedules()
    }

    /// Returns the real time of the search; after a failure, the time until the first failure. Shrinking and explaining
    /// the failure do not count.
    pub fn search_time(&self) -> Duration {
        self.search_time
    }

    /// Returns how many schedules were distinct, and whether new ones still appeared at the end.
    ///
    /// ```
    /// # use testkit::Explorer;
    /// let outcome = Explorer::new().preempt(false).run(|sim| async move {
    ///     let tasks = ["one", "two"].map(|name| sim.spawn(name, tokio::task::yield_now()));
    ///     for task in tasks {
    ///         task.await.unwrap();
    ///     }
    /// });
    /// // For example: 20 of 200 schedules were distinct; none of the last 20 was new
    /// println!("{}", outcome.coverage());
    /// assert!(!outcome.coverage().is_still_growing());
    /// ```
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// Returns whether all schedules within the bound of [`Explorer::exhaustive`](crate::Explorer::exhaustive) were
    /// run, and none failed.
    pub fn is_exhaustive(&self) -> bool {
        self.is_exhaustive
    }

    /// Returns the failure, if a schedule failed.
    pub fn failure(&self) -> Option<&Failure> {
        self.failures.first()
    }

    /// Returns the failures to report: those of a soak that differ in kind or place, up to a limit; otherwise the first
    /// one.
    pub(crate) fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Returns the final status, if this was a soak.
    pub(crate) fn soak_status(&self) -> Option<&SoakStatus> {
        self.soak_status.as_ref()
    }
}

use std::time::Duration;

use super::{Coverage, Failure, SoakStatus};

/// What an [`Explorer`](crate::Explorer) has found.
#[derive(Debug)]
#[must_use = "an outcome may be a failure"]
pub struct Outcome {
    pub(crate) coverage: Coverage,
    pub(crate) search_time: Duration,
    pub(crate) is_exhaustive: bool,
    /// The first failure, and those of a soak that differ from it.
    pub(crate) failures: Vec<Failure>,
    /// How a soak has ended.
    pub(crate) soaked: Option<SoakStatus>,
}

impl Outcome {
    /// How many schedules were run, those that only made a failure smaller not counted.
    pub fn schedules_run(&self) -> usize {
        self.coverage.schedules()
    }

    /// How long, of real time, the schedules took that were run: with a failure, from the start to the first one. To make it
    /// smaller and to tell it takes more, which does not count.
    pub fn search_time(&self) -> Duration {
        self.search_time
    }

    /// How many of the schedules were different, and whether there were new ones until the end.
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

    /// Whether all schedules were run that there are within the bound of
    /// [`Explorer::exhaustive`](crate::Explorer::exhaustive), and none has failed.
    pub fn is_exhaustive(&self) -> bool {
        self.is_exhaustive
    }

    /// The failure, if a schedule has failed.
    pub fn failure(&self) -> Option<&Failure> {
        self.failures.first()
    }

    /// The failures of a soak that differ in kind or place, as many as are told; of any other search, the first one.
    pub(crate) fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// How a soak has ended.
    pub(crate) fn soaked(&self) -> Option<&SoakStatus> {
        self.soaked.as_ref()
    }
}

//! Tests with inputs that proptest generates. Input and schedule are shrunk in turn until neither gets smaller.

mod cases;
mod kept;
mod quota;
mod simplify;
mod subject;
mod trial;

use std::fmt::{self, Debug};
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, contextualize_config};

use crate::explorer::{Explorer, IntoTestResult};
use crate::failure::Outcome;
use crate::sim::Sim;
use quota::Quota;
use subject::{Describe, TypedSubject};
use trial::Trial;

/// Runs a test with many inputs, each under many schedules. Created by [`Explorer::with_inputs`].
///
/// [`#[testkit::test]`](macro@crate::test) does the same for parameters marked `#[strategy(..)]`.
///
/// # Number of inputs and schedules
///
/// By default, a test runs with 64 inputs, each under up to 25 schedules. All inputs share one second of real time, so
/// a slow test runs fewer schedules per input.
///
/// - [`Explorer::schedules`] sets the number of schedules per input.
/// - `cases` of the [`config`](Property::config), or `PROPTEST_CASES`, sets the number of inputs. All inputs run,
///   without a time limit unless [`time`](Explorer::time) is set.
/// - `TESTKIT_TIME` runs a soak with as many inputs as fit. A `#[testkit::test]` continues after a failure, and reports
///   each different one.
/// - [`seed`](Explorer::seed), or `rng_seed` of the configuration, selects other inputs. Like the schedules, inputs are
///   the same each time.
/// - `TESTKIT_SHARD` divides the inputs, not their schedules.
///
/// # Failures
///
/// After a failure, proptest simplifies the input. A simpler input is accepted if it fails alike, under the last
/// failing schedule or under some others. Then the schedule is shrunk for the simplest input, and the input is
/// simplified again under that schedule, until neither gets smaller. This takes about five seconds, or
/// `max_shrink_time` of the configuration. A poll that hangs, or a panic that would abort the process, is reported as
/// found.
///
/// The text of a schedule contains the input. So `TESTKIT_REPLAY` and [`Explorer::replay`] reproduce both, as long as
/// the strategy stays the same. A replay does not simplify the input.
///
/// # Rejected inputs
///
/// The test fails if the strategy panics, or if it generates no input because a filter rejects too many. If a test is
/// only valid for some inputs, restrict its strategy with `prop_filter`, or better with `prop_map`, which discards
/// nothing.
#[derive(Clone)]
#[must_use = "a property runs nothing until `run` is called"]
pub struct Property<S: Strategy> {
    explorer: Explorer,
    strategy: Arc<dyn Fn() -> S + Send + Sync>,
    config: Option<Config>,
    source_file: Option<&'static str>,
    describe: Arc<Describe<S::Value>>,
}

impl Explorer {
    /// Runs the test with many inputs, each under many schedules.
    ///
    /// `strategy` creates a proptest strategy. Each thread creates its own, so neither the strategy nor its values need
    /// to be `Send` or `Clone`.
    ///
    /// ```
    /// use proptest::collection::vec;
    /// use testkit::Explorer;
    ///
    /// let outcome = Explorer::new().with_inputs(|| vec(0_u32..100, 0..10)).run(|sim, numbers| async move {
    ///     let numbers = sim.spawn("sorting", async move { numbers.iter().rev().copied().collect::<Vec<_>>() });
    ///     assert!(numbers.await.unwrap().is_sorted());
    /// });
    /// let failure = outcome.failure().expect("to reverse is not to sort");
    /// assert_eq!(failure.input(), Some("input = [\n    0,\n    1,\n]"));
    /// ```
    pub fn with_inputs<S: Strategy + 'static>(self, strategy: impl Fn() -> S + Send + Sync + 'static) -> Property<S> {
        Property {
            explorer: self,
            strategy: Arc::new(strategy),
            config: None,
            source_file: None,
            describe: Arc::new(|input| vec![("input", input)]),
        }
    }
}

impl<S: Strategy + 'static> Property<S> {
    /// Sets proptest's configuration, for example the number of inputs and the time for which one is simplified.
    ///
    /// If `source_file` is set, failing inputs are kept in the place given by `failure_persistence`. `fork` and
    /// `timeout` are ignored, because polls that hang and panics that would abort are always reported.
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Sets the source file of the test. Failing inputs are kept next to it.
    #[doc(hidden)]
    pub fn source_file(mut self, file: &'static str) -> Self {
        self.source_file = Some(file);
        self
    }

    /// Sets the function that splits an input into named parts, which a report shows.
    #[doc(hidden)]
    pub fn named(
        mut self,
        parts: impl for<'a> Fn(&'a S::Value) -> Vec<(&'static str, &'a dyn Debug)> + Send + Sync + 'static,
    ) -> Self {
        self.describe = Arc::new(parts);
        self
    }

    /// Returns the explorer that runs the schedules.
    pub(crate) fn explorer(&self) -> &Explorer {
        &self.explorer
    }

    /// Runs the test with one input after another, each under many schedules, until one fails. With `TESTKIT_TIME`,
    /// shows the progress.
    ///
    /// # Panics
    /// Panics if:
    ///
    /// - the strategy cannot generate an input, or the number of inputs is 0;
    /// - the schedule to replay contains no input, or one that the strategy no longer generates;
    /// - an environment variable has an invalid value.
    #[track_caller]
    pub fn run<F, R>(&self, test: F) -> Outcome
    where
        F: Fn(Sim, S::Value) -> R + Send + Sync + 'static,
        R: Future<Output: IntoTestResult> + 'static,
    {
        self.run_configured(self.explorer.clone().with_environment(), test)
    }

    /// Runs the test with the settings of `explorer`, and ignores environment variables.
    #[track_caller]
    pub(crate) fn run_configured<F, R>(&self, explorer: Explorer, test: F) -> Outcome
    where
        F: Fn(Sim, S::Value) -> R + Send + Sync + 'static,
        R: Future<Output: IntoTestResult> + 'static,
    {
        let site = Location::caller();
        let quota = Quota::new(&explorer, self.config.as_ref());
        let mut config = self.config.clone().map(contextualize_config).unwrap_or_default();
        config.source_file = config.source_file.or(self.source_file);
        let subject = TypedSubject::new(self.strategy.clone(), self.describe.clone(), config.clone(), test);
        Trial { explorer, site, subject: &subject, config, quota }.run()
    }
}

impl<S: Strategy> Debug for Property<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Property")
            .field("explorer", &self.explorer)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

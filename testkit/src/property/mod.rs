//! Tests with inputs that proptest makes. An input and a schedule are made smaller in turn, until neither gets smaller.

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
use subject::{Describe, Typed};
use trial::Trial;

/// A test with inputs: what [`Explorer::with_inputs`] returns. `#[testkit::test]` with parameters that are marked
/// `#[strategy(..)]` is the same as an attribute.
///
/// # How inputs and schedules are divided up
/// There are 64 inputs, each run under up to 25 schedules, all within a second of real time, which is divided among them: a
/// slow test sees fewer schedules of each input. [`Explorer::schedules`] is of each input then. A [`config`](Property::config),
/// or `PROPTEST_CASES`, says how many inputs there are, and all of them are run, however long that takes, unless a
/// [`time`](Explorer::time) is set. With `TESTKIT_TIME`, there are as many inputs as that time allows, and a test goes on
/// behind those that it fails with, so as to report each different failure. The inputs are the same each time, as schedules are, until a [`seed`](Explorer::seed) asks for others, or `rng_seed` of the configuration.
/// `TESTKIT_SHARD` divides the inputs up.
///
/// # What is made of a failure
/// proptest makes the input simpler, and a simpler one counts if it fails alike: under the schedule that failed last, or
/// under some others. Then the schedule is made smaller for the simplest input, and the input once more under that, until
/// neither gets smaller: for about five seconds, or as long as `max_shrink_time` of the configuration says. What hangs in a
/// poll, or would abort the process, is told as it was found.
///
/// A schedule's text tells the input, too, so that `TESTKIT_REPLAY` and [`Explorer::replay`] need nothing else to bring it
/// back, as long as the strategy is the same. Replays make no input simpler.
///
/// # Panics and rejected inputs
/// A strategy that makes no input, because a filter rejects too many, fails the test. So does its panic. A test that is not
/// for every input says so in its strategy, by `prop_filter`, or better by `prop_map`, as nothing is thrown away then.
#[derive(Clone)]
#[must_use = "a property runs nothing until it is given a test"]
pub struct Property<S: Strategy> {
    explorer: Explorer,
    strategy: Arc<dyn Fn() -> S + Send + Sync>,
    config: Option<Config>,
    source_file: Option<&'static str>,
    describe: Arc<Describe<S::Value>>,
}

impl Explorer {
    /// A test that is run with many inputs, each under many schedules. `strategy` makes the strategy of proptest: each thread
    /// makes its own, so neither a strategy nor its values need to be `Send` or `Clone`.
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
    /// How inputs are made: how many, how long one is made simpler, and so on. Failing inputs are kept where
    /// `failure_persistence` says, if `source_file` is set. `fork` and `timeout` are not heeded: a poll that hangs or a
    /// panic that would abort is a report in any case.
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// The file of the test, beside which failing inputs are kept.
    #[doc(hidden)]
    pub fn source_file(mut self, file: &'static str) -> Self {
        self.source_file = Some(file);
        self
    }

    /// The parts of an input, by the names that a report is to have.
    #[doc(hidden)]
    pub fn named(
        mut self,
        parts: impl for<'a> Fn(&'a S::Value) -> Vec<(&'static str, &'a dyn Debug)> + Send + Sync + 'static,
    ) -> Self {
        self.describe = Arc::new(parts);
        self
    }

    /// How schedules are run.
    pub(crate) fn explorer(&self) -> &Explorer {
        &self.explorer
    }

    /// Runs the test with one input after the other, each under many schedules, until one fails. With `TESTKIT_TIME`, it shows
    /// how far it is.
    ///
    /// # Panics
    /// If the strategy makes no input, or there are to be none; if a schedule is to be replayed that tells no input, or one
    /// that the strategy does not make any more; if an environment variable is set to what it cannot be.
    #[track_caller]
    pub fn run<F, R>(&self, test: F) -> Outcome
    where
        F: Fn(Sim, S::Value) -> R + Send + Sync + 'static,
        R: Future<Output: IntoTestResult> + 'static,
    {
        self.run_as_set(self.explorer.clone().with_environment(), test)
    }

    /// The same with schedules that are run in this way, whatever the environment says.
    #[track_caller]
    pub(crate) fn run_as_set<F, R>(&self, explorer: Explorer, test: F) -> Outcome
    where
        F: Fn(Sim, S::Value) -> R + Send + Sync + 'static,
        R: Future<Output: IntoTestResult> + 'static,
    {
        let site = Location::caller();
        let quota = Quota::new(&explorer, self.config.as_ref());
        let mut config = self.config.clone().map(contextualize_config).unwrap_or_default();
        config.source_file = config.source_file.or(self.source_file);
        let subject = Typed::new(self.strategy.clone(), self.describe.clone(), config.clone(), test);
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

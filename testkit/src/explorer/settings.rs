use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::search;
use super::test_result::{IntoTestResult, TestFuture};
use crate::executor::{RunLimits, TestFn};
use crate::failure::Outcome;
use crate::schedule::Schedule;
use crate::scheduler::Scheduler;
use crate::sim::Sim;

/// Runs a test under many schedules, and returns what came of it as a value. `#[testkit::test]` is the same as an attribute.
///
/// ```
/// use testkit::{Explorer, FailureKind};
///
/// let outcome = Explorer::new().schedules(1_000).run(|sim| async move {
///     let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
///     let waiting = sim.spawn("waiting", async move { receiver.await });
///     std::mem::forget(sender);
///     waiting.await.unwrap().unwrap();
/// });
/// let failure = outcome.failure().expect("nobody sends");
/// assert_eq!(failure.kind(), FailureKind::Deadlock);
/// println!("{failure}");
///
/// // The same failure once more.
/// # let test = |sim: testkit::Sim| async move {
/// #     let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
/// #     let waiting = sim.spawn("waiting", async move { receiver.await });
/// #     std::mem::forget(sender);
/// #     waiting.await.unwrap().unwrap();
/// # };
/// let again = Explorer::new().replay(failure.schedule()).run(test);
/// assert_eq!(again.failure().unwrap().kind(), FailureKind::Deadlock);
/// ```
///
/// Environment variables take precedence over what is set here:
///
/// | variable | sets |
/// |---|---|
/// | `TESTKIT_SCHEDULES=10000` | how many schedules are run |
/// | `TESTKIT_SEED=7` | the seed |
/// | `TESTKIT_REPLAY=v1:..` | the one schedule that is run |
/// | `TESTKIT_SHARD=1/8` | that of all schedules the first of eight equal parts is run. A test that has one schedule only runs it in each part; the schedules in `testkit-regressions` are run in the first one |
/// | `TESTKIT_REGRESSIONS=off` | that no failures are kept or run first; any other value is the folder of the files |
/// | `TESTKIT_TIMELINE=off` | that no timelines of failures are written; any other value is the folder of the files |
/// | `TESTKIT_TIME=10m` | for how long schedules are run, however many: a soak |
///
/// A soak shows on the standard error how far it is: a bar on a terminal, and a line every ten seconds elsewhere. A
/// `#[testkit::test]` goes on behind a failure: it counts all, and fails at the end of its time with a summary, and with the
/// reports of the first five that differ in kind or place. Ctrl-C ends it earlier, with the same; a second one ends the
/// process at once. An `Explorer` ends at its first failure in a soak, too.
#[derive(Clone, Debug)]
#[must_use = "an explorer runs nothing until it is given a test"]
pub struct Explorer {
    pub(crate) schedules: usize,
    /// Whether the test has said so; and of the time.
    pub(crate) has_schedules: bool,
    pub(crate) time: Option<Duration>,
    pub(crate) has_time: bool,
    pub(crate) scheduler: Scheduler,
    /// With how many choices other than the default all schedules are run.
    pub(crate) exhaustive: Option<usize>,
    pub(crate) seed: u64,
    /// Which part of a larger search it is, if it is one.
    pub(crate) part: Option<u64>,
    pub(crate) preempt: bool,
    pub(crate) limits: RunLimits,
    pub(crate) poll_time: Duration,
    pub(crate) shrink: bool,
    pub(crate) jobs: usize,
    pub(crate) check_determinism: bool,
    pub(crate) replay: Option<Schedule>,
    /// The part of the schedules that is run.
    pub(crate) shard: Shard,
    /// What `cargo test` calls the test.
    pub(crate) test_name: Option<&'static str>,
    /// The folder of the test's crate.
    pub(crate) package: Option<&'static str>,
    /// Whether failures are kept in a file there.
    pub(crate) regressions: bool,
    /// Whether the run that a failure is told by is recorded step by step.
    pub(crate) timeline: bool,
    /// Schedules that are run before all others.
    pub(crate) kept: Arc<[Schedule]>,
    /// Whether `TESTKIT_TIME` is set.
    pub(crate) is_soak: bool,
}

/// One of several equal parts of all schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Index of the part, from 0.
    pub(crate) index: usize,
    /// Number of parts.
    pub(crate) count: usize,
}

impl Shard {
    /// All schedules.
    pub(crate) const WHOLE: Shard = Shard { index: 0, count: 1 };
}

impl Default for Explorer {
    fn default() -> Self {
        let limits =
            RunLimits { steps: 10_000_000, virtual_time: Duration::from_secs(24 * 60 * 60), allow_leaks: false };
        Explorer {
            schedules: 200,
            has_schedules: false,
            time: Some(Duration::from_secs(1)),
            has_time: false,
            scheduler: Scheduler::Auto,
            exhaustive: None,
            seed: 0,
            part: None,
            preempt: true,
            limits,
            poll_time: Duration::from_secs(10),
            shrink: true,
            jobs: 1,
            check_determinism: true,
            replay: None,
            shard: Shard::WHOLE,
            test_name: None,
            package: None,
            regressions: true,
            timeline: false,
            kept: Arc::default(),
            is_soak: false,
        }
    }
}

impl Explorer {
    /// Up to 200 schedules within a second of real time, at random but for the first, each time the same.
    pub fn new() -> Self {
        Explorer::default()
    }

    /// How many schedules are run, unless one fails; all of them, however long that takes, unless a
    /// [`time`](Explorer::time) is set.
    ///
    /// # Panics
    /// If it is 0.
    pub fn schedules(mut self, schedules: usize) -> Self {
        assert!(schedules > 0, "at least one schedule is run");
        (self.schedules, self.has_schedules) = (schedules, true);
        self.time = self.time.filter(|_| self.has_time);
        self
    }

    /// For how long, of real time, new schedules are begun.
    pub fn time(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self.has_time = true;
        self
    }

    /// How schedules are chosen. By default [`Scheduler::Auto`].
    pub fn scheduler(mut self, scheduler: Scheduler) -> Self {
        self.scheduler = scheduler;
        self
    }

    /// Runs every schedule with at most so many choices other than the default, each once, those with fewer first: whose turn
    /// it is, where polls are preempted, how a `tokio::select!` begins, and whatever else is chosen. So the first that fails
    /// is the smallest, and where none does, the test holds for all of them; [`Outcome::is_exhaustive`] says whether all were
    /// run. How many there are grows with the power of `choices`: begin with 1 or 2.
    ///
    /// It takes the place of a strategy. It goes on to the end, however long that takes, unless the number of
    /// [`schedules`](Explorer::schedules) or the [`time`](Explorer::time) is set.
    ///
    /// ```
    /// use testkit::Explorer;
    ///
    /// let outcome = Explorer::new().exhaustive(2).run(|sim| async move {
    ///     let tasks: Vec<_> = (0..3).map(|_| sim.spawn("task", async {})).collect();
    ///     for task in tasks {
    ///         task.await.unwrap();
    ///     }
    /// });
    /// assert!(outcome.is_exhaustive());
    /// println!("there are {} of them", outcome.schedules_run());
    /// ```
    pub fn exhaustive(mut self, choices: usize) -> Self {
        self.exhaustive = Some(choices);
        self
    }

    /// The seed of the random choices, and of the simulation's entropy. By default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether tasks are also preempted within a poll, at operations of tokio that would complete. By default they are. A task
    /// that comes to several `tokio::select!`s in one poll is in any case, so that each of them begins where the schedule says.
    pub fn preempt(mut self, preempt: bool) -> Self {
        self.preempt = preempt;
        self
    }

    /// How many steps a run may take. By default ten million.
    pub fn max_steps(mut self, steps: u64) -> Self {
        self.limits.steps = steps;
        self
    }

    /// How much virtual time a run may take. By default a day.
    pub fn max_virtual_time(mut self, time: Duration) -> Self {
        self.limits.virtual_time = time;
        self
    }

    /// How much real time a single poll may take. By default 10 s. A poll that takes longer, because it loops or blocks, is
    /// given up; its thread is left behind.
    pub fn max_poll_time(mut self, time: Duration) -> Self {
        self.poll_time = time;
        self
    }

    /// Whether tasks may be left when the test is over. By default that fails it.
    pub fn allow_leaks(mut self, allow: bool) -> Self {
        self.limits.allow_leaks = allow;
        self
    }

    /// Whether a failure's schedule is made smaller. By default it is.
    pub fn shrink(mut self, shrink: bool) -> Self {
        self.shrink = shrink;
        self
    }

    /// How many threads run schedules. By default one. What is found does not depend on it.
    ///
    /// # Panics
    /// If it is 0.
    pub fn jobs(mut self, jobs: usize) -> Self {
        assert!(jobs > 0, "at least one thread runs schedules");
        self.jobs = jobs;
        self
    }

    /// Whether the first two schedules are run twice, to see that the test depends on nothing but the schedule. By default
    /// they are, behind the sixteenth or the last.
    pub fn check_determinism(mut self, check: bool) -> Self {
        self.check_determinism = check;
        self
    }

    /// Runs this schedule, and no other.
    pub fn replay(mut self, schedule: &Schedule) -> Self {
        self.replay = Some(schedule.clone());
        self
    }

    /// Whether a failure of a `#[testkit::test]` is kept: its schedule is written to
    /// `testkit-regressions/<crate>-<module>-<test>.txt` in the folder of the test's package, and is run before all others from
    /// then on. By default it is, unless the test is a `#[should_panic]`. [`run`](Explorer::run) itself keeps nothing.
    ///
    /// The file is to be committed, so that everybody's runs begin with what has failed before. `TESTKIT_REGRESSIONS` names
    /// another folder, or is `off`.
    pub fn regressions(mut self, keep: bool) -> Self {
        self.regressions = keep;
        self
    }

    /// Whether the run that a failure is told by is recorded step by step, for its [`Failure::timeline`](crate::Failure::timeline).
    /// It is one run, the last one; those of the search are not slower for it. By default it is not.
    ///
    /// A `#[testkit::test]` is recorded unless this is turned off, and has its timeline written to `target/testkit`, unless
    /// `TESTKIT_TIMELINE` names another folder or is `off`, or the test is a `#[should_panic]`.
    pub fn timeline(mut self, record: bool) -> Self {
        self.timeline = record;
        self
    }

    /// The same as a part of a larger search: with schedules of its own, and as many as are set, whatever the time.
    pub(crate) fn part(mut self, number: u64) -> Self {
        self.part = Some(number);
        self
    }

    /// What `cargo test` calls the test, for the line of a report that replays it, and the folder of its package. Its failures
    /// have timelines.
    #[doc(hidden)]
    pub fn test_name(mut self, name: &'static str, package: Option<&'static str>) -> Self {
        self.test_name = Some(name);
        self.package = package;
        self.timeline = true;
        self
    }

    /// Runs the test, once a schedule, until one fails.
    ///
    /// # Panics
    /// If an environment variable is set to what it cannot be.
    #[track_caller]
    pub fn run<F, R>(&self, test: F) -> Outcome
    where
        F: Fn(Sim) -> R + Send + Sync + 'static,
        R: Future<Output: IntoTestResult> + 'static,
    {
        self.clone().with_environment().run_as_set(test)
    }

    /// The same, whatever the environment says.
    #[track_caller]
    pub(crate) fn run_as_set<F, R>(&self, test: F) -> Outcome
    where
        F: Fn(Sim) -> R + Send + Sync + 'static,
        R: Future<Output: IntoTestResult> + 'static,
    {
        let site = Location::caller();
        let test: Arc<TestFn> = Arc::new(move || {
            let sim = Sim::current();
            Box::pin(TestFuture { sim, test: test(sim) })
        });
        search::search(self.clone().with_limits(), site, &test)
    }

    /// Returns the duration of the soak, if the explorer is set to soak.
    pub(crate) fn soak_time(&self) -> Option<Duration> {
        self.time.filter(|_| self.is_soak)
    }

    /// Whether the search continues after a failure: a soak of a test does.
    pub(crate) fn continues_after_failure(&self) -> bool {
        self.test_name.is_some() && self.soak_time().is_some()
    }

    /// How many schedules there are, of all shards, those that are kept not counted.
    pub(crate) fn count(&self) -> usize {
        let is_fifo = self.scheduler == Scheduler::Fifo && self.exhaustive.is_none();
        if self.replay.is_some() || is_fifo { 1 } else { self.schedules }
    }

    /// Whoever wants all schedules up to a bound is not limited but by what is said of it.
    fn with_limits(mut self) -> Self {
        if self.exhaustive.is_some() {
            self.schedules = if self.has_schedules { self.schedules } else { usize::MAX };
            self.time = self.time.filter(|_| self.has_time);
        }
        self
    }
}

//! `Explorer`, its settings and its entry points.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::search;
use super::test_result::{IntoTestResult, TestFuture};
use crate::executor::{RunLimits, TestFn, has_tokio_hooks};
use crate::failure::Outcome;
use crate::schedule::Schedule;
use crate::scheduler::Scheduler;
use crate::sim::Sim;

/// Runs a test under many schedules, and returns the result as a value.
///
/// [`#[testkit::test]`](macro@crate::test) has the same settings as an attribute.
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
/// // Replay the failure.
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
/// # Environment variables
///
/// These take precedence over the settings of the explorer:
///
/// | variable | effect |
/// |---|---|
/// | `TESTKIT_SCHEDULES=10000` | number of schedules |
/// | `TESTKIT_TIME=10m` | runs a soak for this time, with as many schedules as fit |
/// | `TESTKIT_SEED=7` | the seed |
/// | `TESTKIT_REPLAY=v1:..` | runs only this schedule |
/// | `TESTKIT_SHARD=1/8` | runs the first of eight equal parts of the schedules. A test that has only one schedule runs it in each part. Schedules in `testkit-regressions` run in the first part |
/// | `TESTKIT_REGRESSIONS=off` | neither keeps failures nor runs them first; any other value is the directory of the files |
/// | `TESTKIT_TIMELINE=off` | writes no timelines; any other value is the directory of the files |
///
/// # Soaks
///
/// `TESTKIT_TIME` runs a soak. It shows its progress on standard error: a bar on a terminal, and a line every ten
/// seconds elsewhere.
///
/// A `#[testkit::test]` continues after a failure. It counts all failures, and fails at the end with a summary and the
/// reports of the first five that differ in kind or place. Ctrl-C ends the soak early with the same results; a second
/// Ctrl-C ends the process at once.
///
/// An `Explorer` ends at its first failure, even in a soak.
#[derive(Clone, Debug)]
#[must_use = "an explorer runs nothing until `run` is called"]
pub struct Explorer {
    pub(crate) schedules: usize,
    /// Whether the number of schedules was set, and is not the default.
    pub(crate) has_explicit_schedules: bool,
    pub(crate) time: Option<Duration>,
    /// Whether the time was set, and is not the default.
    pub(crate) has_explicit_time: bool,
    pub(crate) scheduler: Scheduler,
    /// Maximum number of deviations in the schedules of an exhaustive search.
    pub(crate) exhaustive: Option<usize>,
    pub(crate) seed: u64,
    /// Number that is added to the seed if this is part of a larger search.
    pub(crate) sub_search: Option<u64>,
    pub(crate) preempt: bool,
    pub(crate) limits: RunLimits,
    pub(crate) poll_time: Duration,
    /// Virtual time by which a wake may be late.
    pub(crate) allowed_late_wake: Duration,
    pub(crate) shrink: bool,
    pub(crate) jobs: usize,
    pub(crate) check_determinism: bool,
    pub(crate) replay: Option<Schedule>,
    /// The part of the schedules to run.
    pub(crate) shard: Shard,
    /// Path of the test with its crate, such as `store::tests::reads`.
    pub(crate) test_name: Option<&'static str>,
    /// Directory of the test's package.
    pub(crate) package: Option<&'static str>,
    /// Whether failures are kept in a file in that directory.
    pub(crate) keep_regressions: bool,
    /// Whether the run that a report describes is recorded step by step.
    pub(crate) timeline: bool,
    /// Kept regressions: schedules under which the test failed before. They run before all others.
    pub(crate) regressions: Arc<[Schedule]>,
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
        let virtual_time = Duration::from_secs(24 * 60 * 60);
        let limits = RunLimits {
            steps: 10_000_000,
            standing_steps: 100_000,
            virtual_time,
            allow_leaks: false,
            idle_points: 500,
        };
        Explorer {
            schedules: 200,
            has_explicit_schedules: false,
            time: Some(Duration::from_secs(1)),
            has_explicit_time: false,
            scheduler: Scheduler::Auto,
            exhaustive: None,
            seed: 0,
            sub_search: None,
            preempt: true,
            limits,
            poll_time: Duration::from_secs(10),
            allowed_late_wake: Duration::ZERO,
            shrink: true,
            jobs: 1,
            check_determinism: true,
            replay: None,
            shard: Shard::WHOLE,
            test_name: None,
            package: None,
            keep_regressions: true,
            timeline: false,
            regressions: Arc::default(),
            is_soak: false,
        }
    }
}

impl Explorer {
    /// Creates an explorer that runs up to 200 schedules within a second of real time. The schedules are pseudorandom,
    /// and the same each time.
    pub fn new() -> Self {
        Explorer::default()
    }

    /// Sets the number of schedules. The default is 200, limited to one second.
    ///
    /// A test is called more often than it has schedules, even with a single one: some schedules run again to check that
    /// the test is deterministic, and to look for wakes that come late.
    ///
    /// With an explicit number, all schedules run unless one fails, without a time limit unless
    /// [`time`](Explorer::time) is set.
    ///
    /// # Panics
    /// Panics if `schedules` is 0.
    pub fn schedules(mut self, schedules: usize) -> Self {
        assert!(schedules > 0, "the number of schedules must not be 0");
        (self.schedules, self.has_explicit_schedules) = (schedules, true);
        self.time = self.time.filter(|_| self.has_explicit_time);
        self
    }

    /// Sets the real time after which no new schedules start. The default is one second, unless the number of
    /// [`schedules`](Explorer::schedules) is set or the search is [`exhaustive`](Explorer::exhaustive).
    pub fn time(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self.has_explicit_time = true;
        self
    }

    /// Sets the scheduler. The default is [`Scheduler::Auto`].
    pub fn scheduler(mut self, scheduler: Scheduler) -> Self {
        self.scheduler = scheduler;
        self
    }

    /// Runs every schedule with at most `choices` choices other than the default, each once. Schedules with fewer such
    /// choices run first.
    ///
    /// The choices include which task runs next, where polls are preempted, and which branch a `tokio::select!` polls
    /// first. The first schedule that fails is also the smallest. If none fails, the test passes under all of them;
    /// [`Outcome::is_exhaustive`] returns whether all were run. The number of schedules grows exponentially with
    /// `choices`: begin with 1 or 2.
    ///
    /// This replaces the scheduler. The search runs to the end without a limit, unless the number of
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

    /// Sets the seed of the random choices and of the simulation's entropy. The default is 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets whether tasks are also preempted within a poll, at tokio operations that would complete. The default is
    /// `true`.
    ///
    /// Without `cargo testkit`, a task that reaches several `tokio::select!`s in one poll is always preempted, so the
    /// schedule can choose the first branch of each.
    pub fn preempt(mut self, preempt: bool) -> Self {
        self.preempt = preempt;
        self
    }

    /// Sets the maximum number of steps of a run. The default is ten million, and 100,000 at any one virtual time.
    ///
    /// With an explicit number, steps at one virtual time have no other limit.
    pub fn max_steps(mut self, steps: u64) -> Self {
        (self.limits.steps, self.limits.standing_steps) = (steps, steps);
        self
    }

    /// Sets the maximum virtual time of a run. The default is a day.
    pub fn max_virtual_time(mut self, time: Duration) -> Self {
        self.limits.virtual_time = time;
        self
    }

    /// Sets the maximum real time of a single poll. The default is 10 s. A poll that takes longer, because it loops or
    /// blocks, fails the test; its thread is leaked. On Linux, a poll may use the processor for 15% of that time,
    /// but at least for 1.5 s.
    pub fn max_poll_time(mut self, time: Duration) -> Self {
        self.poll_time = time;
        self
    }

    /// Sets whether tasks may still be alive when the test is over. The default is `false`: leftover tasks fail the
    /// test.
    pub fn allow_leaks(mut self, allow: bool) -> Self {
        self.limits.allow_leaks = allow;
        self
    }

    /// Sets by how much virtual time a wake may be late. The default is zero.
    ///
    /// A task that is ready but not woken fails the test as a lost wakeup, even if its own timer or an unrelated message
    /// wakes it later. Some code is late by design: for example, it looks at a flag whenever a message arrives. Set this
    /// to the longest such delay.
    ///
    /// Two designs need no such setting, because they are recognized: a task that looks at a flag at each tick of its
    /// own timer, and is late by less than the interval; and a deadline that is compared with the clock at each poll.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use std::task::Poll;
    /// use std::time::Duration;
    /// use testkit::{Explorer, FailureKind, Sim};
    ///
    /// async fn test(sim: Sim) {
    ///     let stop = Arc::new(AtomicBool::new(false));
    ///     let is_stopped = stop.clone();
    ///     let serving = sim.spawn("serving", async move {
    ///         // No waker is registered for the flag.
    ///         let stopped = std::future::poll_fn(|_| match is_stopped.load(Ordering::Relaxed) {
    ///             true => Poll::Ready(()),
    ///             false => Poll::Pending,
    ///         });
    ///         _ = tokio::time::timeout(Duration::from_secs(5), stopped).await;
    ///     });
    ///     sim.sleep(Duration::from_secs(1)).await;
    ///     stop.store(true, Ordering::Relaxed);
    ///     serving.await.unwrap();
    /// }
    ///
    /// let outcome = Explorer::new().run(test);
    /// assert_eq!(outcome.failure().unwrap().kind(), FailureKind::LostWakeup);
    /// let outcome = Explorer::new().allow_late_wakes(Duration::from_secs(4)).run(test);
    /// assert!(outcome.failure().is_none());
    /// ```
    pub fn allow_late_wakes(mut self, time: Duration) -> Self {
        self.allowed_late_wake = time;
        self
    }

    /// Sets whether the schedule of a failure is shrunk. The default is `true`.
    pub fn shrink(mut self, shrink: bool) -> Self {
        self.shrink = shrink;
        self
    }

    /// Sets the number of threads that run schedules. The default is one. The failure found does not depend on it.
    ///
    /// # Panics
    /// Panics if `jobs` is 0.
    pub fn jobs(mut self, jobs: usize) -> Self {
        assert!(jobs > 0, "the number of jobs must not be 0");
        self.jobs = jobs;
        self
    }

    /// Sets whether the first two schedules run twice, to check that the test depends only on the schedule. The default
    /// is `true`. The second runs follow the sixteenth schedule, or the last one if there are fewer.
    pub fn check_determinism(mut self, check: bool) -> Self {
        self.check_determinism = check;
        self
    }

    /// Runs only this schedule.
    ///
    /// [`run`](Explorer::run) panics if the schedule depends on the hooks of `cargo testkit`, and this test runs without
    /// them.
    pub fn replay(mut self, schedule: &Schedule) -> Self {
        self.replay = Some(schedule.clone());
        self
    }

    /// Sets whether failures of a `#[testkit::test]` are kept. The default is `true`, unless the test is marked
    /// `#[should_panic]`. [`run`](Explorer::run) itself keeps nothing.
    ///
    /// The schedule of a failure is written to `testkit-regressions/<crate>-<module>-<test>.txt` in the directory of
    /// the test's package. From then on, it runs before all others. If you commit the file, every run of the test
    /// begins with the schedules that failed before. Set `TESTKIT_REGRESSIONS` to use another directory, or to `off`.
    pub fn regressions(mut self, keep: bool) -> Self {
        self.keep_regressions = keep;
        self
    }

    /// Sets whether a failure has a [timeline](crate::Failure::timeline). The default is `false`.
    ///
    /// Only the last run of the failing schedule is recorded for it, so the search does not become slower.
    ///
    /// For a `#[testkit::test]`, the default is `true`, and the timeline is written to `target/testkit`, unless the
    /// test is marked `#[should_panic]`. Set `TESTKIT_TIMELINE` to use another directory, or to `off`.
    pub fn timeline(mut self, record: bool) -> Self {
        self.timeline = record;
        self
    }

    /// Makes this a part of a larger search: adds `number` to the seed, and ignores `TESTKIT_TIME`.
    pub(crate) fn sub_search(mut self, number: u64) -> Self {
        self.sub_search = Some(number);
        self
    }

    /// Sets the path of the test, for the report's `replay` line, and the directory of its package. Turns on timelines.
    #[doc(hidden)]
    pub fn test_name(mut self, name: &'static str, package: Option<&'static str>) -> Self {
        self.test_name = Some(name);
        self.package = package;
        self.timeline = true;
        self
    }

    /// Runs the test once per schedule, until one fails.
    ///
    /// # Panics
    /// Panics if an environment variable has an invalid value.
    #[track_caller]
    pub fn run<F, R>(&self, test: F) -> Outcome
    where
        F: Fn(Sim) -> R + Send + Sync + 'static,
        R: Future<Output: IntoTestResult> + 'static,
    {
        self.clone().with_environment().run_configured(test)
    }

    /// Runs the test, and ignores environment variables.
    #[track_caller]
    pub(crate) fn run_configured<F, R>(&self, test: F) -> Outcome
    where
        F: Fn(Sim) -> R + Send + Sync + 'static,
        R: Future<Output: IntoTestResult> + 'static,
    {
        if let Some(schedule) = self.replay.as_ref().filter(|schedule| schedule.needs_hooks && !has_tokio_hooks()) {
            panic!(
                "cannot replay the schedule `{schedule}` here: it was found under `cargo testkit`, which explores the \
                 tasks of `tokio::spawn`. Run the test with `cargo testkit test`"
            );
        }
        let site = Location::caller();
        let test: Arc<TestFn> = Arc::new(move || {
            let sim = Sim::current();
            Box::pin(TestFuture { sim, test: test(sim) })
        });
        search::search(self.clone().with_exhaustive_limits(), site, &test)
    }

    /// Returns the duration of the soak, if this is one.
    pub(crate) fn soak_time(&self) -> Option<Duration> {
        self.time.filter(|_| self.is_soak)
    }

    /// Returns whether the search continues after a failure. Only the soak of a `#[testkit::test]` does.
    pub(crate) fn continues_after_failure(&self) -> bool {
        self.test_name.is_some() && self.soak_time().is_some()
    }

    /// Returns the number of schedules of all shards, without kept regressions.
    pub(crate) fn count(&self) -> usize {
        let is_fifo = self.scheduler == Scheduler::Fifo && self.exhaustive.is_none();
        if self.replay.is_some() || is_fifo { 1 } else { self.schedules }
    }

    /// Keeps only the explicit limits in an exhaustive search.
    fn with_exhaustive_limits(mut self) -> Self {
        if self.exhaustive.is_some() {
            self.schedules = if self.has_explicit_schedules { self.schedules } else { usize::MAX };
            self.time = self.time.filter(|_| self.has_explicit_time);
        }
        self
    }
}

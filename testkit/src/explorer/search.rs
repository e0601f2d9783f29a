//! The search over schedules: its worker threads, its failures and its coverage.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::distinct::DistinctSchedules;
use super::explain::explain;
use super::interrupt::is_interrupted;
use super::late_wakes::LivenessCheck;
use super::padded::Padded;
use super::schedule_runner::{ScheduleRunner, TestCase, WorkerState};
use super::schedules::{NextSchedule, Schedules};
use super::settings::Explorer;
use super::soak::soak;
use super::tally::{FailingSchedule, FailureGroup, Tally};
use super::watchdog::{LostWorker, WatchedJob};
use crate::executor::{Heartbeat, Observe, TestFn};
use crate::failure::{Coverage, Failure, FailureCause, Outcome, RunRecord, SoakStatus};
use crate::internal::lock;
use crate::schedule::Schedule;

/// Number of different failures that a soak reports.
pub(crate) const MAX_REPORTS: usize = 5;

/// Number of worker threads that a job of a soak may lose to polls that do not return. Each lost worker leaks a thread.
pub(crate) const MAX_LOST_WORKERS: usize = 4;

/// Number of schedules that are run twice to check determinism.
const CHECKED_SCHEDULES: usize = 2;

/// Number of schedules that a worker thread runs before it checks determinism, so a failure among them is found sooner.
const CHECK_AFTER: usize = 16;

/// A search over schedules; its worker threads share it.
pub(super) struct Search {
    pub(super) schedules: Schedules,
    pub(super) case: TestCase,
    /// Whether the first schedule after the kept regressions has passed, in a random search.
    pub(super) has_first_passed: AtomicBool,
    /// Lowest index of a schedule that failed; later schedules need not run.
    lowest_failing: AtomicUsize,
    begun: Instant,
    /// Time until the first failure.
    failed_after: OnceLock<Duration>,
    failures: Mutex<Tally>,
    /// The schedules that each job has run.
    seen: Vec<Padded<Mutex<DistinctSchedules>>>,
    /// Whether a job has lost too many worker threads.
    is_given_up: AtomicBool,
}

/// A schedule that passed and will run once more to check determinism.
struct Unchecked {
    index: usize,
    record: Box<RunRecord>,
}

/// Runs schedules until one fails, or until the time of a soak is up.
pub(super) fn search(explorer: Explorer, site: &'static Location<'static>, test: &Arc<TestFn>) -> Outcome {
    let search = Search::new(explorer, site, test);
    let soak_status = search.soak_time().map(|time| search.soak(time));
    if soak_status.is_none() {
        search.run_jobs();
    }
    let (search_time, coverage) = (search.time(), search.final_coverage());
    let groups = std::mem::take(&mut *lock(&search.failures)).into_groups();
    let reports = if search.continues_after_failure() { MAX_REPORTS } else { 1 };
    let report = |group: FailureGroup| explain(&search, group.first, group.count, coverage);
    let failures: Vec<_> = groups.into_iter().take(reports).map(report).collect();
    let is_exhaustive = failures.is_empty() && search.schedules.is_exhausted();
    Outcome { coverage, search_time, is_exhaustive, failures, soak_status }
}

/// Result of a search. Its failure is not explained yet.
pub(crate) struct SearchResult {
    search: Arc<Search>,
    pub(crate) coverage: Coverage,
    pub(crate) search_time: Duration,
    pub(crate) is_exhaustive: bool,
    pub(crate) failing: Option<FailingSchedule>,
}

impl SearchResult {
    /// Shrinks a failing schedule of this search and collects the content of its report.
    pub(crate) fn explain(&self, failing: FailingSchedule) -> Failure {
        explain(&self.search, failing, 1, self.coverage)
    }
}

/// Runs schedules until one fails.
pub(crate) fn find_failure(explorer: Explorer, site: &'static Location<'static>, test: &Arc<TestFn>) -> SearchResult {
    let search = Search::new(explorer, site, test);
    search.run_jobs();
    let (search_time, coverage) = (search.time(), search.final_coverage());
    let groups = std::mem::take(&mut *lock(&search.failures)).into_groups();
    let failing = groups.into_iter().next().map(|group| group.first);
    let is_exhaustive = failing.is_none() && search.schedules.is_exhausted();
    SearchResult { search, coverage, search_time, is_exhaustive, failing }
}

/// Explains a failing schedule that another search found.
pub(crate) fn explain_failing(
    explorer: Explorer,
    site: &'static Location<'static>,
    test: &Arc<TestFn>,
    failing: FailingSchedule,
    coverage: Coverage,
) -> Failure {
    explain(&Search::new(explorer, site, test), failing, 1, coverage)
}

impl Search {
    fn new(explorer: Explorer, site: &'static Location<'static>, test: &Arc<TestFn>) -> Arc<Self> {
        let jobs = if explorer.replay.is_some() { 1 } else { explorer.jobs };
        let (limits, preempts, allowed_late_wake) = (explorer.limits, explorer.preempt, explorer.allowed_late_wake);
        let schedules = Schedules::new(explorer);
        let first_seed = schedules.seed(schedules.first_index());
        let case = TestCase {
            site,
            test: test.clone(),
            limits,
            allowed_late_wake,
            preempts,
            first_seed,
            begun: Instant::now(),
            select_limits: OnceLock::new(),
        };
        Arc::new(Search {
            schedules,
            case,
            has_first_passed: AtomicBool::new(false),
            lowest_failing: AtomicUsize::new(usize::MAX),
            begun: Instant::now(),
            failed_after: OnceLock::new(),
            failures: Mutex::default(),
            seen: (0..jobs).map(|_| Padded(Mutex::default())).collect(),
            is_given_up: AtomicBool::new(false),
        })
    }

    fn explorer(&self) -> &Explorer {
        &self.schedules.explorer
    }

    /// Returns the duration of the soak, if this search is one. A single schedule is not soaked.
    fn soak_time(&self) -> Option<Duration> {
        self.explorer().soak_time().filter(|_| !self.schedules.is_single())
    }

    /// Returns whether the search continues after a failure.
    fn continues_after_failure(&self) -> bool {
        self.explorer().continues_after_failure() && !self.schedules.is_single()
    }

    /// Runs the jobs and shows their progress.
    fn soak(self: &Arc<Self>, time: Duration) -> SoakStatus {
        let search = self.clone();
        let status = move || {
            let is_given_up = search.is_given_up.load(Ordering::Relaxed);
            let coverage = search.coverage();
            SoakStatus::new(search.begun.elapsed(), time, coverage, lock(&search.failures).kinds(), is_given_up)
        };
        soak(self.explorer(), self.case.site, time, status, || self.run_jobs())
    }

    /// Returns the time until the first failure, or until now.
    fn time(&self) -> Duration {
        self.failed_after.get().copied().unwrap_or_else(|| self.begun.elapsed())
    }

    /// Returns the coverage of all jobs so far.
    fn coverage(&self) -> Coverage {
        let [first, others @ ..] = &self.seen[..] else { unreachable!("there is at least one job") };
        let mut all = lock(&first.0).clone();
        others.iter().for_each(|seen| all.merge(&lock(&seen.0)));
        all.coverage()
    }

    /// Returns the coverage of all jobs, once they are done. If no schedule failed, schedules were skipped only for
    /// lack of time.
    fn final_coverage(&self) -> Coverage {
        let skipped = if lock(&self.failures).kinds().is_empty() { self.schedules.left() } else { 0 };
        Coverage { skipped, ..self.coverage() }
    }

    /// Runs the jobs in parallel.
    fn run_jobs(self: &Arc<Self>) {
        thread::scope(|scope| {
            for job in 1..self.seen.len() {
                scope.spawn(move || self.run_job(job));
            }
            self.run_job(0);
        });
    }

    /// Runs a job on a worker thread, and on another one if the first is lost.
    fn run_job(self: &Arc<Self>, job: usize) {
        for _ in 0..=MAX_LOST_WORKERS {
            let search = self.clone();
            let work = move |worker: &mut WorkerState, heartbeat: &Heartbeat| search.work(worker, heartbeat, job);
            let Err(lost) = WatchedJob::start(self.explorer().poll_time, work).join() else { return };
            lock(&self.seen[job].0).add_unknown();
            self.add_lost_worker(lost);
            if !self.continues_after_failure() {
                return;
            }
        }
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    /// Runs one schedule after another.
    fn work(&self, worker: &mut WorkerState, heartbeat: &Heartbeat, job: usize) {
        let mut runner = ScheduleRunner::new(worker, &self.case, heartbeat);
        let mut unchecked = Vec::new();
        let mut count = 0;
        while self.run_next(&mut runner, job, &mut unchecked) {
            count += 1;
            if count >= CHECK_AFTER {
                self.check_determinism(&mut runner, &mut unchecked);
            }
        }
        self.check_determinism(&mut runner, &mut unchecked);
    }

    /// Runs the next schedule. Returns whether there may be more.
    fn run_next(&self, runner: &mut ScheduleRunner<'_>, job: usize, unchecked: &mut Vec<Unchecked>) -> bool {
        let (explorer, schedules) = (self.explorer(), &self.schedules);
        // Kept regressions and the first schedule always run.
        let is_over = || is_interrupted() || explorer.time.is_some_and(|time| self.begun.elapsed() >= time);
        if schedules.have_begun() && is_over() {
            return false;
        }
        let Some(NextSchedule { position, index, source }) = schedules.next(runner) else { return false };
        if index > self.lowest_failing.load(Ordering::Relaxed) {
            return false;
        }
        let heartbeat = runner.heartbeat;
        heartbeat.schedule.store(index, Ordering::Relaxed);
        let checked = schedules.first_index()..schedules.first_index() + CHECKED_SCHEDULES * explorer.shard.count;
        let is_checked = explorer.check_determinism && checked.contains(&index);
        let is_profiled = schedules.wants_profile(index);
        let observe = Observe { trace: is_checked, profile: is_profiled, ..Observe::default() };
        let record = if schedules.is_known(index) {
            runner.run_alone(source, schedules.seed(index), observe, LivenessCheck::Always)
        } else {
            runner.run_new(source, schedules.seed(index), observe, schedules.liveness_check(index))
        };
        schedules.finish(index);
        if index == schedules.first_index()
            && explorer.replay.is_none()
            && explorer.exhaustive.is_none()
            && record.as_ref().is_none_or(|record| record.failure.is_none())
        {
            self.has_first_passed.store(true, Ordering::Relaxed);
        }
        if let Some(record) = record.as_ref().filter(|_| is_profiled) {
            schedules.set_profile(record);
        }
        if record.as_ref().is_some_and(|record| record.is_incomplete) {
            return true;
        }
        let mut seen = lock(&self.seen[job].0);
        seen.add(heartbeat.fingerprint.load(Ordering::Relaxed), position);
        seen.has_raw_tasks |= heartbeat.has_raw_tasks.load(Ordering::Relaxed);
        seen.leaves_raw_tasks |= heartbeat.leaves_raw_tasks.load(Ordering::Relaxed);
        drop(seen);
        let Some(record) = record else { return true };
        let (Some(cause), Some(signature)) = (record.failure.clone(), record.signature()) else {
            // A run that is not checked was recorded only for its profile.
            unchecked.extend(is_checked.then_some(Unchecked { index, record }));
            return true;
        };
        self.failed_after.get_or_init(|| self.begun.elapsed());
        self.add_failure(FailingSchedule { index, schedule: record.schedule(), cause, signature });
        self.continues_after_failure()
    }

    /// Runs passed schedules once more. If a second run differs, later schedules do not run, unless the search
    /// continues.
    fn check_determinism(&self, runner: &mut ScheduleRunner<'_>, unchecked: &mut Vec<Unchecked>) {
        for Unchecked { index, record } in unchecked.drain(..) {
            if index > self.lowest_failing.load(Ordering::Relaxed) {
                continue;
            }
            runner.heartbeat.schedule.store(index, Ordering::Relaxed);
            if let Some(cause) = runner.check_determinism(&record) {
                self.add_failure(FailingSchedule::without_place(index, record.schedule(), cause));
            }
        }
    }

    /// Adds a failing schedule.
    fn add_failure(&self, failing: FailingSchedule) {
        self.failed_after.get_or_init(|| self.begun.elapsed());
        if !self.continues_after_failure() {
            self.lowest_failing.fetch_min(failing.index, Ordering::Relaxed);
        }
        lock(&self.failures).add(failing);
    }

    /// Adds the schedule with which a worker thread was lost.
    fn add_lost_worker(&self, lost: LostWorker) {
        let index = lost.schedule;
        let schedule = Schedule { seed: self.schedules.seed(index), ..Schedule::default() };
        self.add_failure(FailingSchedule::without_place(index, schedule, FailureCause::from(lost)));
    }
}

//! The search: schedules until one fails, or in a soak until the time is up, on as many threads as asked for; then the
//! smallest that fails alike.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::internal::lock;
use fastrand::Rng;

use super::all::All;
use super::interrupt::is_interrupted;
use super::seen::Seen;
use super::settings::Explorer;
use super::supervise::{Lost, Worker};
use super::tally::{Class, Found, Tally};
use super::tools::{Tools, Workplace, replay};
use crate::outcome::{Coverage, Failure, Outcome, Problem};
use crate::schedule::{Noting, Profile, Schedule, Search, Source};
use crate::sim::{Body, End, Heartbeat, Mode, Ran, Site};

/// How many different failures of a soak are told.
pub(super) const MOST_TOLD: usize = 5;

/// How many workers a job of a soak loses to polls that do not come back, before it ends. Each keeps a thread.
pub(super) const MOST_LOST: usize = 4;

/// How many schedules are run twice.
const CHECKED: usize = 2;

/// How many schedules a worker has run when it comes to that: a failure among them is found the sooner.
const CHECKED_AFTER: usize = 16;

/// What the workers of a search share.
pub(super) struct Exploration {
    pub(super) explorer: Explorer,
    pub(super) site: &'static Location<'static>,
    pub(super) body: Arc<Body>,
    next: Apart<AtomicUsize>,
    /// The first schedule that is known to fail; those behind it need not be run.
    lowest: AtomicUsize,
    pub(super) begun: Instant,
    /// How long it took to the first failure.
    failed_after: OnceLock<Duration>,
    /// Of the first schedule.
    profile: OnceLock<Arc<Profile>>,
    /// Which `select!`s the plainest schedule limits, once any is known of.
    pub(super) limits: OnceLock<Vec<(Site, u32)>>,
    /// All schedules up to a bound, where they are wanted.
    all: Option<All>,
    pub(super) found: Mutex<Tally>,
    /// What each job has run.
    seen: Vec<Apart<Mutex<Seen>>>,
    /// Whether a job has lost too many workers.
    pub(super) is_given_up: AtomicBool,
}

/// On cache lines of its own: what each worker writes would else slow down all that read what is beside it.
#[repr(align(128))]
struct Apart<T>(T);

/// What a worker runs next.
struct Next {
    /// How many others were begun before it.
    place: usize,
    /// Its number: those that are kept come first, and others may be of another shard.
    index: usize,
    source: Source,
}

/// A schedule that is still to be run once more.
struct Passed {
    index: usize,
    ran: Box<Ran>,
}

/// Runs schedules until one fails, or in a soak until the time is up.
pub(super) fn search(explorer: Explorer, site: &'static Location<'static>, body: &Arc<Body>) -> Outcome {
    let search = Exploration::new(explorer, site, body);
    let soaked = search.soak_time().map(|time| search.soak(time));
    if soaked.is_none() {
        search.run_jobs();
    }
    let (search_time, coverage) = (search.time(), search.final_coverage());
    let classes = std::mem::take(&mut *lock(&search.found)).into_classes();
    let told = if search.goes_on() { MOST_TOLD } else { 1 };
    let explain = |class: Class| search.explain(class.first, class.count, &coverage);
    let failures: Vec<_> = classes.into_iter().take(told).map(explain).collect();
    let is_exhaustive = failures.is_empty() && search.is_done();
    Outcome { coverage, search_time, is_exhaustive, failures, soaked }
}

/// What a search has come to whose failure is still to be explained.
pub(super) struct Sought {
    exploration: Arc<Exploration>,
    pub(super) coverage: Coverage,
    pub(super) search_time: Duration,
    pub(super) is_exhaustive: bool,
    pub(super) found: Option<Found>,
}

impl Sought {
    /// Makes a schedule smaller that it has found, and takes all that a report tells.
    pub(super) fn explain(&self, found: Found) -> Failure {
        self.exploration.explain(found, 1, &self.coverage)
    }
}

/// Runs schedules until one fails.
pub(super) fn find(explorer: Explorer, site: &'static Location<'static>, body: &Arc<Body>) -> Sought {
    let search = Exploration::new(explorer, site, body);
    search.run_jobs();
    let (search_time, coverage) = (search.time(), search.final_coverage());
    let found = std::mem::take(&mut *lock(&search.found)).into_classes().into_iter().next().map(|class| class.first);
    let is_exhaustive = found.is_none() && search.is_done();
    Sought { exploration: search, coverage, search_time, is_exhaustive, found }
}

/// The same for a schedule that was found with another input.
pub(super) fn explain(
    explorer: Explorer,
    site: &'static Location<'static>,
    body: &Arc<Body>,
    found: Found,
    coverage: &Coverage,
) -> Failure {
    Exploration::new(explorer, site, body).explain(found, 1, coverage)
}

impl Exploration {
    fn new(explorer: Explorer, site: &'static Location<'static>, body: &Arc<Body>) -> Arc<Self> {
        let jobs = if explorer.replay.is_some() { 1 } else { explorer.jobs };
        Arc::new(Exploration {
            site,
            body: body.clone(),
            next: Apart(AtomicUsize::new(0)),
            lowest: AtomicUsize::new(usize::MAX),
            begun: Instant::now(),
            failed_after: OnceLock::new(),
            profile: OnceLock::new(),
            limits: OnceLock::new(),
            all: explorer.exhaustive.filter(|_| explorer.replay.is_none()).map(|bound| All::new(bound, explorer.shard)),
            found: Mutex::default(),
            seen: (0..jobs).map(|_| Apart(Mutex::default())).collect(),
            is_given_up: AtomicBool::new(false),
            explorer,
        })
    }

    /// Whether all schedules up to a bound were run, where they were wanted.
    fn is_done(&self) -> bool {
        self.all.as_ref().is_some_and(All::is_done)
    }

    /// How long it took to the first failure, or until now.
    fn time(&self) -> Duration {
        self.failed_after.get().copied().unwrap_or_else(|| self.begun.elapsed())
    }

    /// What all jobs have run so far.
    pub(super) fn coverage(&self) -> Coverage {
        let [first, others @ ..] = &self.seen[..] else { unreachable!("there is a job") };
        let mut all = lock(&first.0).clone();
        others.iter().for_each(|seen| all.merge(&lock(&seen.0)));
        all.coverage()
    }

    /// What all jobs have run, once they are done. Only for want of time do they leave schedules, unless one has failed.
    fn final_coverage(&self) -> Coverage {
        let left_out = if lock(&self.found).kinds().is_empty() { self.left() } else { 0 };
        Coverage { left_out, ..self.coverage() }
    }

    /// Runs schedules with as many workers at a time as there are jobs.
    pub(super) fn run_jobs(self: &Arc<Self>) {
        thread::scope(|scope| {
            for job in 1..self.seen.len() {
                scope.spawn(move || self.run_job(job));
            }
            self.run_job(0);
        });
    }

    /// Has a worker do a job, or several, one after the other, where they do not come back.
    fn run_job(self: &Arc<Self>, job: usize) {
        for _ in 0..=MOST_LOST {
            let search = self.clone();
            let worker =
                Worker::start(self.explorer.poll_time, move |place, heartbeat| search.work(place, heartbeat, job));
            let Err(lost) = worker.join() else { return };
            lock(&self.seen[job].0).add_unknown();
            self.lose(lost);
            if !self.goes_on() {
                return;
            }
        }
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    /// Runs one schedule after the other.
    fn work(&self, place: &mut Workplace, heartbeat: &Heartbeat, job: usize) {
        let mut tools = Tools::new(place, heartbeat);
        let mut unchecked = Vec::new();
        let mut count = 0;
        while self.run_next(&mut tools, job, &mut unchecked) {
            count += 1;
            if count >= CHECKED_AFTER {
                self.check_all(&mut tools, &mut unchecked);
            }
        }
        self.check_all(&mut tools, &mut unchecked);
    }

    /// Runs the next schedule. Tells whether there may be more.
    fn run_next(&self, tools: &mut Tools<'_>, job: usize, unchecked: &mut Vec<Passed>) -> bool {
        let first = self.first();
        // Those that are kept and the first one are run in any case.
        let has_begun = self.next.0.load(Ordering::Relaxed) > first;
        if has_begun && (is_interrupted() || self.explorer.time.is_some_and(|time| self.begun.elapsed() >= time)) {
            return false;
        }
        let Some(Next { place, index, source }) = self.next(tools) else { return false };
        if index > self.lowest.load(Ordering::Relaxed) {
            return false;
        }
        let heartbeat = tools.heartbeat;
        heartbeat.schedule.store(index, Ordering::Relaxed);
        let checked = first..first + CHECKED * self.explorer.shard.1;
        let is_checked = self.explorer.check_determinism && checked.contains(&index);
        let is_profiled = self.wants_profile(index);
        let mode = Mode { trace: is_checked, profile: is_profiled, ..Mode::default() };
        let is_known = index < first || self.explorer.replay.is_some();
        let ran = if is_known {
            self.execute_alone(tools, source, self.seed(index), mode)
        } else {
            self.execute_limited(tools, source, self.seed(index), mode)
        };
        if let Some(all) = self.all.as_ref().filter(|_| index >= first) {
            all.take(index - first);
        }
        if let Some(ran) = ran.as_ref().filter(|_| is_profiled) {
            _ = self.profile.set(profile_of(ran));
        }
        if ran.as_ref().is_some_and(|ran| ran.is_incomplete) {
            return true;
        }
        let mut seen = lock(&self.seen[job].0);
        seen.add(heartbeat.fingerprint.load(Ordering::Relaxed), place);
        seen.has_raw_tasks |= heartbeat.has_raw_tasks.load(Ordering::Relaxed);
        drop(seen);
        let Some(ran) = ran else { return true };
        let End::Failed(finding) = &ran.end else {
            // Else only its profile was of interest.
            unchecked.extend(is_checked.then_some(Passed { index, ran }));
            return true;
        };
        self.failed_after.get_or_init(|| self.begun.elapsed());
        let place = ran.failure().map(|(_, place)| place).unwrap_or_default();
        self.keep(Found { index, schedule: ran.schedule(), problem: Problem::Finding(finding.clone()), place });
        self.goes_on()
    }

    /// Runs schedules that have passed once more. Where one differs, no other behind it is run, unless the search goes on.
    fn check_all(&self, tools: &mut Tools<'_>, unchecked: &mut Vec<Passed>) {
        for Passed { index, ran } in unchecked.drain(..) {
            if index > self.lowest.load(Ordering::Relaxed) {
                continue;
            }
            tools.heartbeat.schedule.store(index, Ordering::Relaxed);
            if let Some(problem) = self.check(tools, &ran) {
                self.keep(Found { index, schedule: ran.schedule(), problem, place: String::new() });
            }
        }
    }

    /// The first schedule behind those that are kept from earlier failures.
    pub(super) fn first(&self) -> usize {
        self.explorer.kept.len()
    }

    /// Which part of the schedules is run, of how many.
    fn shard(&self) -> (usize, usize) {
        if self.is_single() { (0, 1) } else { self.explorer.shard }
    }

    /// How many schedules are left, where it is known how many there are.
    fn left(&self) -> usize {
        let (count, (part, parts)) = (self.explorer.count(), self.shard());
        if count == usize::MAX || self.all.is_some() {
            return 0;
        }
        let all = self.first() + count.saturating_sub(part).div_ceil(parts);
        all.saturating_sub(self.next.0.load(Ordering::Relaxed))
    }

    /// Whether there is one schedule, beside those that are kept.
    pub(super) fn is_single(&self) -> bool {
        self.explorer.count() == 1
    }

    /// The next schedule; none, if there are no more.
    fn next(&self, tools: &mut Tools<'_>) -> Option<Next> {
        let (place, first) = (self.next.0.fetch_add(1, Ordering::Relaxed), self.first());
        if let Some(kept) = self.explorer.kept.get(place) {
            return Some(Next { place, index: place, source: replay(kept) });
        }
        if let Some(all) = &self.all {
            let (index, departures) = all.next(|departures| self.others(tools, departures, self.seed(first), false))?;
            let source = Source::Bounded { departures, noting: Noting::Nothing };
            return (index < self.explorer.count()).then_some(Next { place, index: first + index, source });
        }
        let (part, parts) = self.shard();
        let index = (place - first) * parts + part;
        (index < self.explorer.count()).then(|| Next {
            place,
            index: first + index,
            source: self.source(first + index, tools),
        })
    }

    /// What makes the choices of a schedule.
    pub(super) fn source(&self, index: usize, tools: &mut Tools<'_>) -> Source {
        if let Some(schedule) = self.explorer.replay.as_ref().or(self.explorer.kept.get(index)) {
            return replay(schedule);
        }
        let index = index - self.first();
        if let Some(all) = &self.all {
            return Source::Replay(all.take(index).unwrap_or_default());
        }
        self.search(index, tools)
    }

    /// What the strategy does in a schedule.
    pub(super) fn search(&self, index: usize, tools: &mut Tools<'_>) -> Source {
        let wants_profile = index > 0 && self.explorer.strategy.wants_profile();
        self.walk(index, if wants_profile { self.profile(tools) } else { Arc::default() })
    }

    fn walk(&self, index: usize, profile: Arc<Profile>) -> Source {
        let Explorer { strategy, seed, preempt: preempts, .. } = self.explorer;
        // The only one is what one would expect of it.
        let walk = if self.is_single() { None } else { strategy.walk(index) };
        let rng = Rng::with_seed(mixed(seed, index));
        let is_calm = index == 0;
        walk.map_or(Source::Default, |walk| Source::Search(Box::new(Search { walk, rng, preempts, profile, is_calm })))
    }

    /// How long the test is, as the first schedule shows.
    fn profile(&self, tools: &mut Tools<'_>) -> Arc<Profile> {
        let take = || {
            let mode = Mode { profile: true, ..Mode::default() };
            let ran = self.execute_limited(tools, self.walk(0, Arc::default()), self.seed(self.first()), mode);
            ran.as_deref().map(profile_of).unwrap_or_default()
        };
        self.profile.get_or_init(take).clone()
    }

    /// Whether a schedule is the first one, and it is of interest how long that is.
    fn wants_profile(&self, index: usize) -> bool {
        let is_first = index == self.first() && self.explorer.replay.is_none() && self.all.is_none();
        is_first && self.explorer.count() > 1 && self.explorer.strategy.wants_profile()
    }

    /// The seed of the entropy of a schedule. It is of the schedule and not of the whole search, so that another schedule
    /// also sees other random numbers.
    pub(super) fn seed(&self, index: usize) -> u64 {
        let Some(index) = index.checked_sub(self.first()) else { return self.explorer.kept[index].seed };
        match &self.explorer.replay {
            Some(replay) => replay.seed,
            None if self.all.is_some() => mixed(self.explorer.seed, 0) >> 32,
            None => mixed(self.explorer.seed, index) >> 32,
        }
    }

    /// Notes a failure, in a place in the code.
    fn keep(&self, found: Found) {
        self.failed_after.get_or_init(|| self.begun.elapsed());
        if !self.goes_on() {
            self.lowest.fetch_min(found.index, Ordering::Relaxed);
        }
        lock(&self.found).add(found);
    }

    /// A worker was given up: its schedule has failed.
    fn lose(&self, lost: Lost) {
        let index = lost.schedule;
        let schedule = Schedule { seed: self.seed(index), ..Schedule::default() };
        self.keep(Found { index, schedule, problem: lost.into(), place: String::new() });
    }
}

/// How long a test is, as a run has shown.
fn profile_of(ran: &Ran) -> Arc<Profile> {
    let parents = ran.tasks.iter().map(|task| (task.number, task.parent)).skip(1);
    Arc::new(ran.profile.clone().with_families(parents))
}

/// Another seed for each schedule. Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
pub(super) fn mixed(seed: u64, index: usize) -> u64 {
    let mut z = seed.wrapping_add((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

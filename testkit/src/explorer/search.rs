//! The search: schedules until one fails, or in a soak until the time is up, on as many threads as asked for; then the
//! smallest that fails alike.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use di_core::__private::lock;
use fastrand::Rng;

use super::all::All;
use super::determinism::divergence;
use super::interrupt::is_interrupted;
use super::seen::Seen;
use super::settings::Explorer;
use super::supervise::{Lost, Worker};
use super::tally::{Class, Found, Tally};
use crate::outcome::{Coverage, Evidence, Failure, Outcome, Problem};
use crate::schedule::{Departures, Key, Noting, Profile, Schedule, Search, Source, Strategy};
use crate::sim::{Body, DROPPING, Draws, End, Engine, Finding, Heartbeat, Mode, Plan, Ran, Site, run};

/// How many different failures of a soak are told.
const MOST_TOLD: usize = 5;

/// How many workers a job of a soak loses to polls that do not come back, before it ends. Each keeps a thread.
const MOST_LOST: usize = 4;

/// How long, of real time, a worker that explains a failure may go without a step: it reads debug information.
const EXPLAINING: Duration = Duration::from_secs(10);

/// How often a schedule is run again, as more is seen of who draws random numbers of tokio's.
const MOST_LEARNED: usize = 100;

/// How many schedules are run twice.
const CHECKED: usize = 2;

/// What the workers of a search share.
pub(super) struct Exploration {
    pub(super) explorer: Explorer,
    pub(super) site: &'static Location<'static>,
    body: Arc<Body>,
    next: Apart<AtomicUsize>,
    /// The first schedule that is known to fail; those behind it need not be run.
    lowest: AtomicUsize,
    pub(super) begun: Instant,
    /// Of the first schedule.
    profile: OnceLock<Arc<Profile>>,
    /// Which `select!`s the plainest schedule limits, once any is known of.
    limits: OnceLock<Vec<(Site, u32)>>,
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

/// What a thread runs schedules with.
pub(super) struct Tools<'a> {
    engine: Engine,
    pub(super) draws: Draws,
    heartbeat: &'a Heartbeat,
    /// How many steps a run may take, if fewer than the test allows.
    pub(super) most_steps: u64,
}

impl<'a> Tools<'a> {
    fn new(heartbeat: &'a Heartbeat) -> Self {
        Tools { engine: Engine::new(), draws: Draws::default(), heartbeat, most_steps: u64::MAX }
    }
}

/// What a worker runs next.
struct Next {
    /// How many others were begun before it.
    place: usize,
    /// Its number: those that are kept come first, and others may be of another shard.
    index: usize,
    source: Source,
}

/// Runs schedules until one fails, or in a soak until the time is up.
pub(super) fn search(explorer: Explorer, site: &'static Location<'static>, body: &Arc<Body>) -> Outcome {
    let search = Exploration::new(explorer, site, body);
    let soaked = search.soak_time().map(|time| search.soak(time));
    if soaked.is_none() {
        search.run_jobs();
    }
    let coverage = search.coverage();
    let classes = std::mem::take(&mut *lock(&search.found)).into_classes();
    let told = if search.goes_on() { MOST_TOLD } else { 1 };
    let explain = |class: Class| search.explain(class.first, class.count, &coverage);
    let failures: Vec<_> = classes.into_iter().take(told).map(explain).collect();
    let is_exhaustive = failures.is_empty() && search.is_done();
    Outcome { coverage, is_exhaustive, failures, soaked }
}

/// What a search has come to whose failure is still to be explained.
pub(super) struct Sought {
    exploration: Arc<Exploration>,
    pub(super) coverage: Coverage,
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
    let found = std::mem::take(&mut *lock(&search.found)).into_classes().into_iter().next().map(|class| class.first);
    let (coverage, is_exhaustive) = (search.coverage(), found.is_none() && search.is_done());
    Sought { exploration: search, coverage, is_exhaustive, found }
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

    /// What all jobs have run so far.
    pub(super) fn coverage(&self) -> Coverage {
        let [first, others @ ..] = &self.seen[..] else { unreachable!("there is a job") };
        let mut all = lock(&first.0).clone();
        others.iter().for_each(|seen| all.merge(&lock(&seen.0)));
        all.coverage()
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
            let worker = Worker::start(self.explorer.poll_time, move |heartbeat| search.work(heartbeat, job));
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
    fn work(&self, heartbeat: &Heartbeat, job: usize) {
        let mut tools = Tools::new(heartbeat);
        let first = self.first();
        loop {
            // Those that are kept and the first one are run in any case.
            let has_begun = self.next.0.load(Ordering::Relaxed) > first;
            if has_begun && (is_interrupted() || self.explorer.time.is_some_and(|time| self.begun.elapsed() >= time)) {
                return;
            }
            let Some(Next { place, index, source }) = self.next(&mut tools) else { return };
            if index > self.lowest.load(Ordering::Relaxed) {
                return;
            }
            heartbeat.schedule.store(index, Ordering::Relaxed);
            let checked = first..first + CHECKED * self.explorer.shard.1;
            let is_checked = self.explorer.check_determinism && checked.contains(&index);
            let is_profiled = self.wants_profile(index);
            let mode = Mode { trace: is_checked, profile: is_profiled, ..Mode::default() };
            let is_known = index < first || self.explorer.replay.is_some();
            let ran = if is_known {
                tools.draws.keep_limits(&[]);
                self.execute(&mut tools, source, self.seed(index), mode)
            } else {
                self.execute_limited(&mut tools, source, self.seed(index), mode)
            };
            if let Some(all) = self.all.as_ref().filter(|_| index >= first) {
                all.take(index - first);
            }
            if let Some(ran) = ran.as_ref().filter(|_| is_profiled) {
                _ = self.profile.set(profile_of(ran));
            }
            if ran.as_ref().is_some_and(|ran| ran.is_incomplete) {
                continue;
            }
            lock(&self.seen[job].0).add(heartbeat.fingerprint.load(Ordering::Relaxed), place);
            let Some(ran) = ran else { continue };
            let problem = match &ran.end {
                End::Failed(finding) => Some(Problem::Finding(finding.clone())),
                _ if is_checked => self.check(&mut tools, &ran),
                // Only its profile was of interest.
                _ => None,
            };
            let Some(problem) = problem else { continue };
            let place = ran.failure().map(|(_, place)| place).unwrap_or_default();
            self.keep(Found { index, schedule: ran.schedule(), problem, place });
            if !self.goes_on() {
                return;
            }
        }
    }

    /// The first schedule behind those that are kept from earlier failures.
    fn first(&self) -> usize {
        self.explorer.kept.len()
    }

    /// Runs a schedule that is not known before. Which `select!`s the plainest one limits, each other limits from its
    /// beginning, so that it does the same on any worker.
    fn execute_limited(&self, tools: &mut Tools<'_>, source: Source, seed: u64, mode: Mode) -> Option<Box<Ran>> {
        self.keep_limits(tools);
        let knows_all = self.limits.get().is_some();
        let ran = self.execute(tools, source.clone(), seed, mode);
        if knows_all || !tools.draws.is_any() {
            return ran;
        }
        self.limits.get_or_init(|| {
            tools.draws.keep_limits(&[]);
            self.execute(tools, Source::Default, self.seed(self.first()), Mode::default());
            tools.draws.limits().to_vec()
        });
        self.keep_limits(tools);
        self.execute(tools, source, seed, mode)
    }

    fn keep_limits(&self, tools: &mut Tools<'_>) {
        tools.draws.keep_limits(self.limits.get().map_or(&[], Vec::as_slice));
    }

    /// How many schedules there are.
    fn count(&self) -> usize {
        let is_fifo = self.explorer.strategy == Strategy::Fifo && self.all.is_none();
        if self.explorer.replay.is_some() || is_fifo { 1 } else { self.explorer.schedules }
    }

    /// Whether there is one schedule, beside those that are kept.
    pub(super) fn is_single(&self) -> bool {
        self.count() == 1
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
            return (index < self.count()).then_some(Next { place, index: first + index, source });
        }
        let (part, parts) = if self.is_single() { (0, 1) } else { self.explorer.shard };
        let index = (place - first) * parts + part;
        (index < self.count()).then(|| Next { place, index: first + index, source: self.source(first + index, tools) })
    }

    /// What makes the choices of a schedule.
    fn source(&self, index: usize, tools: &mut Tools<'_>) -> Source {
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
        is_first && self.count() > 1 && self.explorer.strategy.wants_profile()
    }

    /// The seed of the entropy of a schedule. It is of the schedule and not of the whole search, so that another schedule
    /// also sees other random numbers.
    fn seed(&self, index: usize) -> u64 {
        let Some(index) = index.checked_sub(self.first()) else { return self.explorer.kept[index].seed };
        match &self.explorer.replay {
            Some(replay) => replay.seed,
            None if self.all.is_some() => mixed(self.explorer.seed, 0) >> 32,
            None => mixed(self.explorer.seed, index) >> 32,
        }
    }

    /// Runs a schedule; where a probe makes progress, once more, to see what it means. Returns what there is to tell.
    pub(super) fn execute(&self, tools: &mut Tools<'_>, source: Source, seed: u64, mode: Mode) -> Option<Box<Ran>> {
        let steps = self.most_steps(tools);
        let ran = self.run_limited(tools, source, seed, mode, steps)?;
        let End::Suspicious(watch) = ran.end else { return Some(ran) };
        let source = Source::Replay(Arc::new(ran.schedule().departures));
        let mode = Mode { watch: Some(watch), ..mode };
        let mut watched = self.run_limited(tools, source, seed, mode, steps)?;
        // What replays the probe replays both.
        if let End::Failed(Finding::LostWakeup { .. }) = watched.end {
            watched.departures = ran.departures;
        }
        Some(watched)
    }

    /// Runs a schedule that is known once more.
    pub(super) fn replayed(&self, tools: &mut Tools<'_>, schedule: &Schedule, mode: Mode) -> Option<Box<Ran>> {
        tools.draws.keep_limits(&[]);
        self.execute(tools, replay(schedule), schedule.seed, mode)
    }

    /// What other choices there are behind those of a schedule; none, if these are not all there to make.
    pub(super) fn others(
        &self,
        tools: &mut Tools<'_>,
        departures: &Arc<Departures>,
        seed: u64,
        holds: bool,
    ) -> Option<Vec<(Key, u32)>> {
        let noting = Noting::Others { preempts: self.explorer.preempt, holds };
        let source = Source::Bounded { departures: departures.clone(), noting };
        let steps = self.most_steps(tools);
        // Whatever a probe means, the choices are these.
        let ran = self.run_limited(tools, source, seed, Mode::default(), steps)?;
        (!ran.is_incomplete).then_some(ran.others)
    }

    /// How many steps a run may take.
    fn most_steps(&self, tools: &Tools<'_>) -> u64 {
        self.explorer.limits.steps.min(tools.most_steps)
    }

    /// Runs a schedule until nothing new is seen of who draws random numbers of tokio's.
    fn run_limited(
        &self,
        tools: &mut Tools<'_>,
        source: Source,
        seed: u64,
        mode: Mode,
        steps: u64,
    ) -> Option<Box<Ran>> {
        let Tools { engine, draws, heartbeat, .. } = tools;
        for learned in 0.. {
            let limits = crate::sim::Limits { steps, ..self.explorer.limits };
            let (site, learns) = (self.site, learned < MOST_LEARNED);
            let plan = Plan { source: source.clone(), seed, limits, mode, site, heartbeat, draws, learns };
            let ran = self.run_plan(engine, plan)?;
            match ran.end {
                End::Drew(drew) => draws.learn(drew),
                _ => return Some(ran),
            }
        }
        unreachable!("a run that learns no more comes to its end")
    }

    fn run_plan(&self, engine: &mut Engine, plan: Plan<'_>) -> Option<Box<Ran>> {
        #[cfg(feature = "interpose")]
        let seed = plan.seed;
        #[cfg(feature = "interpose")]
        {
            _ = engine;
            apart(seed, |engine| run(engine, plan, &*self.body))
        }
        #[cfg(not(feature = "interpose"))]
        run(engine, plan, &*self.body)
    }

    /// Runs the schedule of a run that has passed once more, to see whether it does the same.
    fn check(&self, tools: &mut Tools<'_>, first: &Ran) -> Option<Problem> {
        let mode = Mode { trace: true, ..Mode::default() };
        let second = self.replayed(tools, &first.schedule(), mode)?;
        divergence(first, &second)
            .map(|divergence| Problem::Nondeterminism { divergence: Some(divergence), first: None })
    }

    /// Notes a failure, in a place in the code.
    fn keep(&self, found: Found) {
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

    /// Makes the schedule smaller, and takes all that a report tells. It is one of `count` that fail alike.
    fn explain(self: &Arc<Self>, found: Found, count: usize, coverage: &Coverage) -> Failure {
        let (index, input) = (found.index, found.schedule.input.clone());
        let search = self.clone();
        let explaining = Worker::start(self.explorer.poll_time.max(EXPLAINING), move |heartbeat| {
            let tools = &mut Tools::new(heartbeat);
            match found.problem {
                Problem::Finding(finding) => search.explain_finding(tools, found.schedule, finding),
                problem @ (Problem::Hung { step } | Problem::Aborting { step, .. }) => {
                    search.explain_last_step(tools, index, step, problem)
                }
                problem => search.explain_difference(tools, found.schedule, problem),
            }
        });
        // A panic in a destructor may come once, and not the other time, for example.
        let mut evidence = explaining.join().unwrap_or_else(|lost| Evidence::unexplained(lost.into()));
        evidence.schedule.input = input;
        let schedules = self.explorer.schedules.saturating_add(self.first());
        Failure::new(evidence, self.explorer.test_name, index, count, schedules, coverage)
    }

    fn explain_finding(&self, tools: &mut Tools<'_>, schedule: Schedule, finding: Finding) -> Evidence {
        let before = schedule.choice_count();
        // What seems to be stuck may wait for another thread, which fails as well, but not for the same reason.
        let again = self.replayed(tools, &schedule, Mode { patient: true, ..Mode::default() });
        let steps = again.as_ref().map_or(0, |ran| ran.steps);
        let foreign = match (again.as_ref().map(|ran| &ran.end), &finding) {
            (Some(End::Failed(foreign @ Finding::ForeignWake { .. })), _) => Some(foreign.clone()),
            // Another time, it may come too late.
            (_, Finding::ForeignWake { .. }) => Some(finding.clone()),
            _ => None,
        };
        if let Some(foreign) = foreign {
            return self.evidence(tools, schedule, Problem::Finding(foreign), before);
        }
        let wanted = again.and_then(|ran| ran.failure());
        if wanted.as_ref().is_none_or(|(kind, _)| *kind != finding.kind()) {
            let problem = Problem::Nondeterminism { divergence: None, first: Some(Box::new(finding)) };
            return self.evidence(tools, schedule, problem, before);
        }
        let smallest = if self.explorer.shrink { self.smallest(tools, schedule, &wanted, steps) } else { schedule };
        self.evidence(tools, smallest, Problem::Finding(finding), before)
    }

    /// Shows by the plainest schedule that runs differ, if they do so there.
    fn explain_difference(&self, tools: &mut Tools<'_>, schedule: Schedule, problem: Problem) -> Evidence {
        let before = schedule.choice_count();
        let plainest = Schedule { seed: schedule.seed, ..Schedule::default() };
        let mode = Mode { trace: true, ..Mode::default() };
        let differs = self.replayed(tools, &plainest, mode).and_then(|ran| self.check(tools, &ran));
        match differs {
            Some(problem) => self.evidence(tools, plainest, problem, before),
            None => self.evidence(tools, schedule, problem, before),
        }
    }

    /// Runs to just before the step that does not come back.
    fn explain_last_step(&self, tools: &mut Tools<'_>, index: usize, step: u64, problem: Problem) -> Evidence {
        let mode = Mode { forget: true, ..self.closest() };
        let steps = if step >= DROPPING { self.explorer.limits.steps } else { step.saturating_sub(1) };
        if index >= self.first() {
            self.keep_limits(tools);
        }
        let source = self.source(index, tools);
        let ran = self.run_limited(tools, source, self.seed(index), mode, steps);
        let schedule = ran.as_ref().map(|ran| ran.schedule()).unwrap_or_default();
        let before = schedule.choice_count();
        Evidence { schedule, problem, ran, departures_before: before }
    }

    /// Sees all that a report and its timeline tell.
    fn closest(&self) -> Mode {
        Mode { stacks: true, trace: true, record: self.explorer.timeline, ..Mode::default() }
    }

    /// The last run of a schedule, with all that a report tells.
    fn evidence(
        &self,
        tools: &mut Tools<'_>,
        schedule: Schedule,
        problem: Problem,
        departures_before: usize,
    ) -> Evidence {
        let mode = self.closest();
        let ran = self.replayed(tools, &schedule, mode);
        let problem = match (&problem, ran.as_ref().map(|ran| &ran.end)) {
            // The smaller schedule may have other numbers in it, of tasks for example.
            (Problem::Finding(finding), Some(End::Failed(last))) if last.kind() == finding.kind() => {
                Problem::Finding(last.clone())
            }
            _ => problem,
        };
        Evidence { schedule, problem, ran, departures_before }
    }
}

/// What makes the choices of a schedule that is known.
fn replay(schedule: &Schedule) -> Source {
    Source::Replay(Arc::new(schedule.departures.clone()))
}

/// How long a test is, as a run has shown.
fn profile_of(ran: &Ran) -> Arc<Profile> {
    let parents = ran.tasks.iter().map(|task| (task.number, task.parent)).skip(1);
    Arc::new(ran.profile.clone().with_families(parents))
}

/// Does a run on a thread of its own: std draws the keys of its hash maps once a thread, and they are to be the same in each
/// run of a schedule.
#[cfg(feature = "interpose")]
fn apart(seed: u64, run: impl FnOnce(&mut Engine) -> Option<Box<Ran>> + Send) -> Option<Box<Ran>> {
    let aborting = crate::sim::aborting();
    let ran = thread::scope(|scope| {
        let thread = thread::Builder::new().name("testkit".to_owned());
        let running = thread.spawn_scoped(scope, || {
            if let Some(aborting) = aborting {
                crate::sim::capture(aborting);
            }
            crate::sim::set_seed(seed);
            run(&mut Engine::new())
        });
        running.expect("the system has a thread for a test").join()
    });
    ran.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Another seed for each schedule. Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
pub(super) fn mixed(seed: u64, index: usize) -> u64 {
    let mut z = seed.wrapping_add((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

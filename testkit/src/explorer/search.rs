//! The search: schedules until one fails, on as many threads as asked for; then the smallest that fails alike.

use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use di_core::__private::lock;
use fastrand::Rng;

use super::all::All;
use super::determinism::divergence;
use super::settings::Explorer;
use super::supervise::{Lost, Worker};
use crate::outcome::{Evidence, Failure, Outcome, Problem};
use crate::schedule::{Noting, Profile, Schedule, Search, Source, Strategy};
use crate::sim::{Body, DROPPING, Draws, End, Engine, Finding, Heartbeat, Mode, Plan, Ran, run};

/// How long, of real time, a worker that explains a failure may go without a step: it reads debug information.
const EXPLAINING: Duration = Duration::from_secs(10);

/// How often a schedule is run again, as more is seen of who draws random numbers of tokio's.
const MOST_LEARNED: usize = 100;

/// How many schedules are run twice.
const CHECKED: usize = 2;

/// What the workers of a search share.
pub(super) struct Exploration {
    pub(super) explorer: Explorer,
    site: &'static Location<'static>,
    body: Arc<Body>,
    next: Apart<AtomicUsize>,
    /// The first schedule that is known to fail; those behind it need not be run.
    lowest: AtomicUsize,
    begun: Instant,
    /// Of the first schedule.
    profile: OnceLock<Arc<Profile>>,
    /// All schedules up to a bound, where they are wanted.
    all: Option<All>,
    found: Mutex<Option<Found>>,
}

/// On cache lines of its own: what each worker writes would else slow down all that read what is beside it.
#[repr(align(128))]
struct Apart<T>(T);

/// What a thread runs schedules with.
pub(super) struct Tools<'a> {
    engine: Engine,
    pub(super) draws: Draws,
    heartbeat: &'a Heartbeat,
}

impl<'a> Tools<'a> {
    fn new(heartbeat: &'a Heartbeat) -> Self {
        Tools { engine: Engine::new(), draws: Draws::default(), heartbeat }
    }
}

/// A schedule that fails.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) index: usize,
    pub(super) schedule: Schedule,
    pub(super) problem: Problem,
    /// Where, as far as that tells two failures of a kind apart.
    pub(super) place: String,
}

/// Runs schedules until one fails, and explains that one.
pub(super) fn search(explorer: Explorer, site: &'static Location<'static>, body: &Arc<Body>) -> Outcome {
    let sought = find(explorer, site, body);
    let failure = sought.found.clone().map(|found| sought.explain(found));
    Outcome::new(sought.schedules_run, sought.is_exhaustive, failure)
}

/// What a search has come to.
pub(super) struct Sought {
    exploration: Arc<Exploration>,
    pub(super) schedules_run: usize,
    pub(super) is_exhaustive: bool,
    pub(super) found: Option<Found>,
}

impl Sought {
    /// Makes a schedule smaller that it has found, and takes all that a report tells.
    pub(super) fn explain(&self, found: Found) -> Failure {
        self.exploration.explain(found, self.schedules_run)
    }
}

/// Runs schedules until one fails.
pub(super) fn find(explorer: Explorer, site: &'static Location<'static>, body: &Arc<Body>) -> Sought {
    let search = Exploration::new(explorer, site, body);
    let jobs = if search.explorer.replay.is_some() { 1 } else { search.explorer.jobs };
    let start = || {
        let worker = search.clone();
        Worker::start(search.explorer.poll_time, move |heartbeat| worker.work(heartbeat))
    };
    let workers: Vec<_> = (0..jobs).map(|_| start()).collect();
    let mut schedules_run = 0;
    for worker in workers {
        let heartbeat = worker.heartbeat();
        if let Err(lost) = worker.join() {
            search.lose(lost);
            schedules_run += 1;
        }
        schedules_run += heartbeat.schedules_run.load(Ordering::Relaxed);
    }
    let found = lock(&search.found).take();
    let is_exhaustive = found.is_none() && search.all.as_ref().is_some_and(All::is_done);
    Sought { exploration: search, schedules_run, is_exhaustive, found }
}

/// The same for a schedule that was found with another input.
pub(super) fn explain(
    explorer: Explorer,
    site: &'static Location<'static>,
    body: &Arc<Body>,
    found: Found,
    schedules_run: usize,
) -> Failure {
    Exploration::new(explorer, site, body).explain(found, schedules_run)
}

impl Exploration {
    fn new(explorer: Explorer, site: &'static Location<'static>, body: &Arc<Body>) -> Arc<Self> {
        Arc::new(Exploration {
            site,
            body: body.clone(),
            next: Apart(AtomicUsize::new(0)),
            lowest: AtomicUsize::new(usize::MAX),
            begun: Instant::now(),
            profile: OnceLock::new(),
            all: explorer.exhaustive.filter(|_| explorer.replay.is_none()).map(|bound| All::new(bound, explorer.shard)),
            found: Mutex::new(None),
            explorer,
        })
    }

    /// Runs one schedule after the other.
    fn work(&self, heartbeat: &Heartbeat) {
        let mut tools = Tools::new(heartbeat);
        let (mut has_seen_first, mut limits) = (self.explorer.replay.is_some(), Vec::new());
        let mut schedules_run = 0;
        loop {
            let is_over = schedules_run > 0 && self.explorer.time.is_some_and(|time| self.begun.elapsed() >= time);
            if is_over {
                return;
            }
            let Some((index, source)) = self.next(&mut tools) else { return };
            if index > self.lowest.load(Ordering::Relaxed) {
                return;
            }
            heartbeat.schedule.store(index, Ordering::Relaxed);
            let is_checked = self.explorer.check_determinism && index < CHECKED * self.explorer.shard.1;
            let is_profiled = self.wants_profile(index);
            let mode = Mode { patient: true, trace: is_checked, profile: is_profiled, ..Mode::default() };
            tools.draws.keep_limits(&limits);
            let mut ran = self.execute(&mut tools, source.clone(), self.seed(index), mode);
            if !has_seen_first && (index == 0 || tools.draws.is_any()) {
                // Which `select!`s the first schedule limits, all others limit from their beginning, so that each does the
                // same on any worker.
                if index > 0 {
                    self.see_first(&mut tools);
                }
                (has_seen_first, limits) = (true, tools.draws.limits().to_vec());
                if index > 0 {
                    ran = self.execute(&mut tools, source, self.seed(index), mode);
                }
            }
            if let Some(all) = &self.all {
                all.take(index);
            }
            if let Some(ran) = ran.as_ref().filter(|_| is_profiled) {
                _ = self.profile.set(profile_of(ran));
            }
            if ran.as_ref().is_some_and(|ran| ran.is_incomplete) {
                continue;
            }
            schedules_run += 1;
            heartbeat.schedules_run.store(schedules_run, Ordering::Relaxed);
            let Some(ran) = ran else { continue };
            let problem = match &ran.end {
                End::Failed(finding) => Some(Problem::Finding(finding.clone())),
                // A run that was only to show how long the test is has no trace to compare.
                _ if is_checked => self.check(&mut tools, &ran),
                _ => None,
            };
            if let Some(problem) = problem {
                let place = ran.failure().map(|(_, place)| place).unwrap_or_default();
                self.keep(Found { index, schedule: ran.schedule(), problem, place });
                return;
            }
        }
    }

    /// Learns what the first schedule shows, and only that.
    fn see_first(&self, tools: &mut Tools<'_>) {
        tools.draws.keep_limits(&[]);
        self.execute(tools, Source::Default, self.seed(0), Mode::default());
    }

    /// How many schedules there are.
    fn count(&self) -> usize {
        let is_fifo = self.explorer.strategy == Strategy::Fifo && self.all.is_none();
        if self.explorer.replay.is_some() || is_fifo { 1 } else { self.explorer.schedules }
    }

    /// The next schedule, by its number, and what makes its choices; none, if there are no more.
    fn next(&self, tools: &mut Tools<'_>) -> Option<(usize, Source)> {
        if let Some(all) = &self.all {
            let noting = Noting::Others { preempts: self.explorer.preempt };
            let (index, departures) = all.next(|departures| {
                let source = Source::Bounded { departures: departures.clone(), noting };
                let steps = self.explorer.limits.steps;
                let ran = self.run_limited(tools, source, self.seed(0), Mode::default(), steps)?;
                (!ran.is_incomplete).then_some(ran.others)
            })?;
            let source = Source::Bounded { departures, noting: Noting::Nothing };
            return (index < self.count()).then_some((index, source));
        }
        let (part, parts) = if self.count() == 1 { (0, 1) } else { self.explorer.shard };
        let index = self.next.0.fetch_add(1, Ordering::Relaxed) * parts + part;
        (index < self.count()).then(|| (index, self.source(index, tools)))
    }

    /// What makes the choices of a schedule.
    fn source(&self, index: usize, tools: &mut Tools<'_>) -> Source {
        if let Some(replay) = &self.explorer.replay {
            return Source::Replay(Arc::new(replay.departures.clone()));
        }
        if let Some(all) = &self.all {
            return Source::Replay(all.take(index).unwrap_or_default());
        }
        if index == 0 {
            return Source::Default;
        }
        let Explorer { strategy, seed, preempt, .. } = self.explorer;
        let rng = Rng::with_seed(mixed(seed, index));
        let profile = if strategy.wants_profile() { self.profile(tools) } else { Arc::default() };
        Source::Search(Box::new(Search { walk: strategy.walk(index), rng, preempts: preempt, profile }))
    }

    /// How long the test is, as the first schedule shows.
    fn profile(&self, tools: &mut Tools<'_>) -> Arc<Profile> {
        let take = || {
            let mode = Mode { profile: true, ..Mode::default() };
            let ran = self.execute(tools, Source::Default, self.seed(0), mode);
            ran.as_deref().map(profile_of).unwrap_or_default()
        };
        self.profile.get_or_init(take).clone()
    }

    /// Whether a schedule is the first one, and it is of interest how long that is.
    fn wants_profile(&self, index: usize) -> bool {
        let is_first = index == 0 && self.explorer.replay.is_none() && self.all.is_none();
        is_first && self.count() > 1 && self.explorer.strategy.wants_profile()
    }

    /// The seed of the entropy of a schedule. It is of the schedule and not of the whole search, so that another schedule
    /// also sees other random numbers.
    fn seed(&self, index: usize) -> u64 {
        match &self.explorer.replay {
            Some(replay) => replay.seed,
            None if self.all.is_some() => mixed(self.explorer.seed, 0) >> 32,
            None => mixed(self.explorer.seed, index) >> 32,
        }
    }

    /// Runs a schedule; where a probe makes progress, once more, to see what it means. Returns what there is to tell.
    pub(super) fn execute(&self, tools: &mut Tools<'_>, source: Source, seed: u64, mode: Mode) -> Option<Box<Ran>> {
        let steps = self.explorer.limits.steps;
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

    /// Runs a schedule until nothing new is seen of who draws random numbers of tokio's.
    fn run_limited(
        &self,
        tools: &mut Tools<'_>,
        source: Source,
        seed: u64,
        mode: Mode,
        steps: u64,
    ) -> Option<Box<Ran>> {
        let Tools { engine, draws, heartbeat } = tools;
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
        let source = Source::Replay(Arc::new(first.schedule().departures));
        tools.draws.keep_limits(&[]);
        let second = self.execute(tools, source, first.seed, mode)?;
        divergence(first, &second)
            .map(|divergence| Problem::Nondeterminism { divergence: Some(divergence), first: None })
    }

    fn keep(&self, new: Found) {
        self.lowest.fetch_min(new.index, Ordering::Relaxed);
        let mut found = lock(&self.found);
        if found.as_ref().is_none_or(|found| new.index < found.index) {
            *found = Some(new);
        }
    }

    /// A worker was given up: its schedule has failed.
    fn lose(&self, lost: Lost) {
        let index = lost.schedule;
        let schedule = Schedule { seed: self.seed(index), ..Schedule::default() };
        self.keep(Found { index, schedule, problem: lost.into(), place: String::new() });
    }

    /// Makes the schedule smaller, and takes all that a report tells.
    fn explain(self: &Arc<Self>, found: Found, schedules_run: usize) -> Failure {
        let (index, input) = (found.index, found.schedule.input.clone());
        let search = self.clone();
        let explaining = Worker::start(self.explorer.poll_time.max(EXPLAINING), move |heartbeat| {
            let tools = &mut Tools::new(heartbeat);
            match found.problem {
                Problem::Finding(finding) => search.explain_finding(tools, found.schedule, finding),
                problem @ (Problem::Hung { step } | Problem::Aborting { step, .. }) => {
                    search.explain_last_step(tools, index, step, problem)
                }
                problem => search.evidence(tools, found.schedule, problem, 0),
            }
        });
        // A panic in a destructor may come once, and not the other time, for example.
        let mut evidence = explaining.join().unwrap_or_else(|lost| Evidence::unexplained(lost.into()));
        evidence.schedule.input = input;
        Failure::new(evidence, self.explorer.test_name, index, self.explorer.schedules, schedules_run)
    }

    fn explain_finding(&self, tools: &mut Tools<'_>, schedule: Schedule, finding: Finding) -> Evidence {
        let before = schedule.choice_count();
        let wanted = match self.replayed(tools, &schedule).and_then(|ran| ran.failure()) {
            Some(failure) if failure.0 == finding.kind() => Some(failure),
            // Only waiting for other threads tells such a failure from another.
            _ if matches!(finding, Finding::ForeignWake { .. }) => {
                return self.evidence(tools, schedule, Problem::Finding(finding), before);
            }
            _ => {
                let problem = Problem::Nondeterminism { divergence: None, first: Some(Box::new(finding)) };
                return self.evidence(tools, schedule, problem, before);
            }
        };
        let smallest = if self.explorer.shrink { self.smallest(tools, schedule, &wanted) } else { schedule };
        self.evidence(tools, smallest, Problem::Finding(finding), before)
    }

    /// Runs to just before the step that does not come back.
    fn explain_last_step(&self, tools: &mut Tools<'_>, index: usize, step: u64, problem: Problem) -> Evidence {
        let mode = Mode { trace: true, stacks: true, forget: true, ..Mode::default() };
        let steps = if step >= DROPPING { self.explorer.limits.steps } else { step.saturating_sub(1) };
        if index > 0 {
            self.see_first(tools);
        }
        let source = self.source(index, tools);
        let ran = self.run_limited(tools, source, self.seed(index), mode, steps);
        let schedule = ran.as_ref().map(|ran| ran.schedule()).unwrap_or_default();
        let before = schedule.choice_count();
        Evidence { schedule, problem, ran, departures_before: before }
    }

    /// The last run of a schedule, with all that a report tells.
    fn evidence(
        &self,
        tools: &mut Tools<'_>,
        schedule: Schedule,
        problem: Problem,
        departures_before: usize,
    ) -> Evidence {
        let mode = Mode { stacks: true, trace: true, ..Mode::default() };
        let source = Source::Replay(Arc::new(schedule.departures.clone()));
        tools.draws.keep_limits(&[]);
        let ran = self.execute(tools, source, schedule.seed, mode);
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
    let ran = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("testkit".to_owned());
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

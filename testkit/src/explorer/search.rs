//! The search: schedules until one fails, on as many threads as asked for; then the smallest that fails alike.

use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use di_core::__private::lock;
use fastrand::Rng;

use super::determinism::divergence;
use super::settings::Explorer;
use super::supervise::{Lost, Worker};
use crate::outcome::{Evidence, Failure, Outcome, Problem};
use crate::schedule::{Schedule, Source, Strategy, shrink};
use crate::sim::{Body, DROPPING, Draws, End, Engine, Finding, Heartbeat, Mode, Plan, Ran, run};

/// For how long, of real time, a schedule is made smaller.
const SHRINKING: Duration = Duration::from_secs(5);

/// How long, of real time, a worker that explains a failure may go without a step: it reads debug information.
const EXPLAINING: Duration = Duration::from_secs(10);

/// How often a schedule is run again, as more is seen of who draws random numbers of tokio's.
const MOST_LEARNED: usize = 100;

/// How many schedules are run twice.
const CHECKED: usize = 2;

/// What the workers of a search share.
struct Search {
    explorer: Explorer,
    site: &'static Location<'static>,
    body: Arc<Body>,
    next: Apart<AtomicUsize>,
    /// The first schedule that is known to fail; those behind it need not be run.
    lowest: AtomicUsize,
    begun: Instant,
    found: Mutex<Option<Found>>,
}

/// On cache lines of its own: what each worker writes would else slow down all that read what is beside it.
#[repr(align(128))]
struct Apart<T>(T);

/// What a thread runs schedules with.
struct Tools<'a> {
    engine: Engine,
    draws: Draws,
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
    let (schedules_run, found) = find(explorer.clone(), site, body);
    Outcome::new(schedules_run, found.map(|found| explain(explorer, site, body, found, schedules_run)))
}

/// Runs schedules until one fails. Returns how many were run, too.
pub(super) fn find(explorer: Explorer, site: &'static Location<'static>, body: &Arc<Body>) -> (usize, Option<Found>) {
    let search = Search::new(explorer, site, body);
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
    (schedules_run, found)
}

/// Makes a schedule smaller that the same explorer has found, and takes all that a report tells.
pub(super) fn explain(
    explorer: Explorer,
    site: &'static Location<'static>,
    body: &Arc<Body>,
    found: Found,
    schedules_run: usize,
) -> Failure {
    Search::new(explorer, site, body).explain(found, schedules_run)
}

impl Search {
    fn new(explorer: Explorer, site: &'static Location<'static>, body: &Arc<Body>) -> Arc<Self> {
        Arc::new(Search {
            site,
            body: body.clone(),
            next: Apart(AtomicUsize::new(0)),
            lowest: AtomicUsize::new(usize::MAX),
            begun: Instant::now(),
            found: Mutex::new(None),
            explorer,
        })
    }

    /// Runs one schedule after the other.
    fn work(&self, heartbeat: &Heartbeat) {
        let mut tools = Tools::new(heartbeat);
        let (mut has_seen_first, mut limits) = (self.explorer.replay.is_some(), Vec::new());
        let mut schedules_run = 0;
        let (part, parts) = if self.count() == 1 { (0, 1) } else { self.explorer.shard };
        loop {
            let place = self.next.0.fetch_add(1, Ordering::Relaxed);
            let index = place * parts + part;
            let is_over = place > 0 && self.explorer.time.is_some_and(|time| self.begun.elapsed() >= time);
            if is_over || index >= self.count() || index > self.lowest.load(Ordering::Relaxed) {
                return;
            }
            heartbeat.schedule.store(index, Ordering::Relaxed);
            let is_checked = self.explorer.check_determinism && place < CHECKED;
            let mode = Mode { patient: true, trace: is_checked, ..Mode::default() };
            tools.draws.keep_limits(&limits);
            let mut ran = self.execute(&mut tools, self.source(index), self.seed(index), mode);
            if !has_seen_first && (index == 0 || tools.draws.is_any()) {
                // Which `select!`s the first schedule limits, all others limit from their beginning, so that each does the
                // same on any worker.
                if index > 0 {
                    self.see_first(&mut tools);
                }
                (has_seen_first, limits) = (true, tools.draws.limits().to_vec());
                if index > 0 {
                    ran = self.execute(&mut tools, self.source(index), self.seed(index), mode);
                }
            }
            schedules_run += 1;
            heartbeat.schedules_run.store(schedules_run, Ordering::Relaxed);
            let Some(ran) = ran else { continue };
            let problem = match &ran.end {
                End::Failed(finding) => Some(Problem::Finding(finding.clone())),
                _ => self.check(&mut tools, &ran),
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
        self.execute(tools, self.source(0), self.seed(0), Mode::default());
    }

    /// How many schedules there are.
    fn count(&self) -> usize {
        let is_one = self.explorer.replay.is_some() || self.explorer.strategy == Strategy::Fifo;
        if is_one { 1 } else { self.explorer.schedules }
    }

    fn source(&self, index: usize) -> Source {
        match &self.explorer.replay {
            Some(replay) => Source::Replay(Arc::new(replay.departures.clone())),
            None if index == 0 => Source::Default,
            None => {
                Source::Random { rng: Rng::with_seed(mixed(self.explorer.seed, index)), preempt: self.explorer.preempt }
            }
        }
    }

    /// The seed of the entropy of a schedule. It is of the schedule and not of the whole search, so that another schedule
    /// also sees other random numbers.
    fn seed(&self, index: usize) -> u64 {
        match &self.explorer.replay {
            Some(replay) => replay.seed,
            None => mixed(self.explorer.seed, index) >> 32,
        }
    }

    /// Runs a schedule; where a probe makes progress, once more, to see what it means. Returns what there is to tell.
    fn execute(&self, tools: &mut Tools<'_>, source: Source, seed: u64, mode: Mode) -> Option<Box<Ran>> {
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
        let mut again = |schedule: &Schedule| {
            let source = Source::Replay(Arc::new(schedule.departures.clone()));
            tools.draws.keep_limits(&[]);
            self.execute(tools, source, schedule.seed, Mode::default())
        };
        let wanted = match again(&schedule).and_then(|ran| ran.failure()) {
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
        let smallest = if self.explorer.shrink {
            shrink(schedule, SHRINKING, |schedule| {
                again(schedule).filter(|ran| ran.failure() == wanted).map(|ran| ran.schedule())
            })
        } else {
            schedule
        };
        self.evidence(tools, smallest, Problem::Finding(finding), before)
    }

    /// Runs to just before the step that does not come back.
    fn explain_last_step(&self, tools: &mut Tools<'_>, index: usize, step: u64, problem: Problem) -> Evidence {
        let mode = Mode { trace: true, stacks: true, forget: true, ..Mode::default() };
        let steps = if step >= DROPPING { self.explorer.limits.steps } else { step.saturating_sub(1) };
        if index > 0 {
            self.see_first(tools);
        }
        let ran = self.run_limited(tools, self.source(index), self.seed(index), mode, steps);
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

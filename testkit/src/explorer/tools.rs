//! One schedule after the other, on a thread with all that it needs for them.

use std::sync::Arc;
#[cfg(feature = "interpose")]
use std::thread;

use super::determinism::divergence;
use super::search::Exploration;
use crate::outcome::Problem;
use crate::schedule::{Departures, Key, Noting, Schedule, Source};
use crate::sim::{Draws, End, Engine, Finding, Heartbeat, Mode, Plan, Ran, run};

/// How often a schedule is run again, as more is seen of who draws random numbers of tokio's.
const MOST_LEARNED: usize = 100;

/// What a thread keeps from one search to the next.
pub(super) struct Workplace {
    engine: Engine,
    draws: Draws,
}

/// What a thread runs the schedules of a search with.
pub(super) struct Tools<'a> {
    engine: &'a mut Engine,
    pub(super) draws: &'a mut Draws,
    pub(super) heartbeat: &'a Heartbeat,
    /// How many steps a run may take, if fewer than the test allows.
    pub(super) most_steps: u64,
}

impl<'a> Tools<'a> {
    pub(super) fn new(place: &'a mut Workplace, heartbeat: &'a Heartbeat) -> Self {
        let Workplace { engine, draws } = place;
        draws.keep_limits(&[]);
        Tools { engine, draws, heartbeat, most_steps: u64::MAX }
    }
}

impl Workplace {
    pub(super) fn new() -> Self {
        Workplace { engine: Engine::new(), draws: Draws::default() }
    }
}

impl Exploration {
    /// Runs a schedule that is not known before. Which `select!`s the plainest one limits, each other limits from its
    /// beginning, so that it does the same on any worker.
    pub(super) fn execute_limited(
        &self,
        tools: &mut Tools<'_>,
        source: Source,
        seed: u64,
        mode: Mode,
    ) -> Option<Box<Ran>> {
        self.keep_limits(tools);
        let knows_all = self.limits.get().is_some();
        let ran = self.execute(tools, source.clone(), seed, mode);
        if knows_all || !tools.draws.is_any() {
            return ran;
        }
        let is_limited = !tools.draws.limits().is_empty();
        let limits = self.limits.get_or_init(|| {
            self.execute_alone(tools, Source::Default, self.seed(self.first()), Mode::default());
            tools.draws.limits().to_vec()
        });
        if limits.is_empty() && !is_limited {
            return ran;
        }
        self.keep_limits(tools);
        self.execute(tools, source, seed, mode)
    }

    pub(super) fn keep_limits(&self, tools: &mut Tools<'_>) {
        tools.draws.keep_limits(self.limits.get().map_or(&[], Vec::as_slice));
    }

    /// Runs a schedule as if there were no other.
    pub(super) fn execute_alone(
        &self,
        tools: &mut Tools<'_>,
        source: Source,
        seed: u64,
        mode: Mode,
    ) -> Option<Box<Ran>> {
        tools.draws.keep_limits(&[]);
        self.execute(tools, source, seed, mode)
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
        self.execute_alone(tools, replay(schedule), schedule.seed, mode)
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
    pub(super) fn run_limited(
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
    pub(super) fn check(&self, tools: &mut Tools<'_>, first: &Ran) -> Option<Problem> {
        let mode = Mode { trace: true, ..Mode::default() };
        let second = self.replayed(tools, &first.schedule(), mode)?;
        divergence(first, &second)
            .map(|divergence| Problem::Nondeterminism { divergence: Some(divergence), first: None })
    }
}

/// What makes the choices of a schedule that is known.
pub(super) fn replay(schedule: &Schedule) -> Source {
    Source::Replay(Arc::new(schedule.departures.clone()))
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

//! Hands out the schedules of a search, in order, to its worker threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use fastrand::Rng;

use super::exhaustive::ExhaustiveSchedules;
use super::late_wakes::LivenessCheck;
use super::padded::Padded;
use super::schedule_runner::{ScheduleRunner, replay};
use super::settings::{Explorer, Shard};
use crate::executor::Observe;
use crate::failure::RunRecord;
use crate::scheduler::{Alternatives, ChoiceSource, Profile, RandomSource};

/// Number of schedules at the beginning of a search that are all checked for late wakes.
const ALWAYS_CHECKED: usize = 16;

/// One in this many of the schedules after them is checked.
const CHECKED_ONE_IN: usize = 4;

/// The schedules of a search: first kept regressions (schedules under which the test failed before), then those of the
/// scheduler, or all within a bound.
pub(super) struct Schedules {
    pub(super) explorer: Explorer,
    /// Position of the next schedule.
    next: Padded<AtomicUsize>,
    /// All schedules within a bound, for an exhaustive search.
    exhaustive: Option<ExhaustiveSchedules>,
    /// Profile of the first schedule.
    profile: OnceLock<Arc<Profile>>,
}

/// A schedule that is about to run.
pub(super) struct NextSchedule {
    /// Number of schedules that were started before it.
    pub(super) position: usize,
    /// Index of the schedule. Kept regressions come first. Other shards run some of the schedules after them, so
    /// indices have gaps.
    pub(super) index: usize,
    pub(super) source: ChoiceSource,
}

impl Schedules {
    pub(super) fn new(explorer: Explorer) -> Self {
        let exhaustive = explorer.exhaustive.filter(|_| explorer.replay.is_none());
        Schedules {
            next: Padded(AtomicUsize::new(0)),
            exhaustive: exhaustive.map(|bound| ExhaustiveSchedules::new(bound, explorer.shard)),
            profile: OnceLock::new(),
            explorer,
        }
    }

    /// Returns the index of the first schedule after the kept regressions.
    pub(super) fn first_index(&self) -> usize {
        self.explorer.regressions.len()
    }

    /// Returns whether a schedule after the kept regressions has started.
    pub(super) fn have_begun(&self) -> bool {
        self.next.0.load(Ordering::Relaxed) > self.first_index()
    }

    /// Returns whether the search is exhaustive and has run all schedules within its bound.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhaustive.as_ref().is_some_and(ExhaustiveSchedules::is_done)
    }

    /// Returns whether there is only one schedule, apart from kept regressions.
    pub(super) fn is_single(&self) -> bool {
        self.explorer.count() == 1
    }

    /// Returns whether the schedule was known before the search.
    pub(super) fn is_known(&self, index: usize) -> bool {
        index < self.first_index() || self.explorer.replay.is_some()
    }

    fn shard(&self) -> Shard {
        if self.is_single() { Shard::WHOLE } else { self.explorer.shard }
    }

    /// Returns the number of schedules that have not started, or 0 if it is not known.
    pub(super) fn left(&self) -> usize {
        let (count, shard) = (self.explorer.count(), self.shard());
        if count == usize::MAX || self.exhaustive.is_some() {
            return 0;
        }
        let all = self.first_index() + count.saturating_sub(shard.index).div_ceil(shard.count);
        all.saturating_sub(self.next.0.load(Ordering::Relaxed))
    }

    /// Starts the next schedule. Returns `None` if all have started.
    pub(super) fn next(&self, runner: &mut ScheduleRunner<'_>) -> Option<NextSchedule> {
        let (position, first) = (self.next.0.fetch_add(1, Ordering::Relaxed), self.first_index());
        if let Some(kept) = self.explorer.regressions.get(position) {
            return Some(NextSchedule { position, index: position, source: replay(kept) });
        }
        if let Some(exhaustive) = &self.exhaustive {
            let seed = self.seed(first);
            let (index, deviations) = exhaustive.next(|deviations| runner.alternatives(deviations, seed, false))?;
            let source = ChoiceSource::Bounded { deviations, alternatives: Alternatives::Ignored };
            return (index < self.explorer.count()).then_some(NextSchedule { position, index: first + index, source });
        }
        let shard = self.shard();
        let index = (position - first) * shard.count + shard.index;
        (index < self.explorer.count()).then(|| NextSchedule {
            position,
            index: first + index,
            source: self.source(first + index, runner),
        })
    }

    /// Records that a schedule has ended.
    pub(super) fn finish(&self, index: usize) {
        if let Some(exhaustive) = self.exhaustive.as_ref().filter(|_| index >= self.first_index()) {
            exhaustive.take(index - self.first_index());
        }
    }

    /// Returns the source of choices of a schedule.
    pub(super) fn source(&self, index: usize, runner: &mut ScheduleRunner<'_>) -> ChoiceSource {
        if let Some(schedule) = self.explorer.replay.as_ref().or(self.explorer.regressions.get(index)) {
            return replay(schedule);
        }
        let index = index - self.first_index();
        if let Some(exhaustive) = &self.exhaustive {
            return ChoiceSource::Replay(exhaustive.take(index).unwrap_or_default());
        }
        self.scheduled(index, runner)
    }

    /// Returns the source of choices from the scheduler. `index` does not count kept regressions.
    pub(super) fn scheduled(&self, index: usize, runner: &mut ScheduleRunner<'_>) -> ChoiceSource {
        let wants_profile = index > 0 && self.explorer.scheduler.wants_profile();
        self.with_profile(index, if wants_profile { self.profile(runner) } else { Arc::default() })
    }

    fn with_profile(&self, index: usize, profile: Arc<Profile>) -> ChoiceSource {
        let Explorer { scheduler, seed, preempt: preempts, .. } = self.explorer;
        // A single schedule is the default one.
        let algorithm = if self.is_single() { None } else { scheduler.algorithm(index) };
        let rng = Rng::with_seed(mixed(seed, index));
        let is_fault_free = index == 0;
        algorithm.map_or(ChoiceSource::Default, |algorithm| {
            ChoiceSource::Random(Box::new(RandomSource { algorithm, rng, preempts, profile, is_fault_free }))
        })
    }

    /// Returns the profile of the first schedule. Runs that schedule unless it has already ended.
    fn profile(&self, runner: &mut ScheduleRunner<'_>) -> Arc<Profile> {
        let measure = || {
            let observe = Observe { profile: true, ..Observe::default() };
            let source = self.with_profile(0, Arc::default());
            let record = runner.run_new(source, self.seed(self.first_index()), observe, LivenessCheck::Never);
            record.as_deref().map(profile_of).unwrap_or_default()
        };
        self.profile.get_or_init(measure).clone()
    }

    /// Returns whether the run of a schedule should be profiled.
    pub(super) fn wants_profile(&self, index: usize) -> bool {
        let is_first = index == self.first_index() && self.explorer.replay.is_none() && self.exhaustive.is_none();
        is_first && self.explorer.count() > 1 && self.explorer.scheduler.wants_profile()
    }

    /// Returns whether the runs of a schedule look for late wakes. In a random search, all of the first schedules do,
    /// and one in a few after them.
    pub(super) fn liveness_check(&self, index: usize) -> LivenessCheck {
        let index = index - self.first_index();
        // A shard runs one in `count` schedules.
        let is_checked = (index / self.shard().count).is_multiple_of(CHECKED_ONE_IN);
        if self.exhaustive.is_some() || index < ALWAYS_CHECKED || is_checked {
            LivenessCheck::Always
        } else {
            LivenessCheck::IfFailed
        }
    }

    /// Keeps the profile of the first schedule.
    pub(super) fn set_profile(&self, record: &RunRecord) {
        _ = self.profile.set(profile_of(record));
    }

    /// Returns the seed of a schedule's entropy. Each schedule has a different one, so schedules also differ in their
    /// random numbers.
    pub(super) fn seed(&self, index: usize) -> u64 {
        let Some(index) = index.checked_sub(self.first_index()) else { return self.explorer.regressions[index].seed };
        match &self.explorer.replay {
            Some(replay) => replay.seed,
            None if self.exhaustive.is_some() => mixed(self.explorer.seed, 0) >> 32,
            None => mixed(self.explorer.seed, index) >> 32,
        }
    }
}

/// Returns how many steps each task took in a run.
fn profile_of(record: &RunRecord) -> Arc<Profile> {
    let parents = record.tasks.iter().map(|task| (task.number, task.parent)).skip(1);
    Arc::new(record.profile.clone().with_descendants(parents))
}

/// Mixes a seed with an index. Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
pub(crate) fn mixed(seed: u64, index: usize) -> u64 {
    let mut z = seed.wrapping_add((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

//! Probabilistic concurrency testing: random task priorities with a few change points.

use fastrand::Rng;

use super::preemption::preempt_anywhere;
use super::priority_queue::PriorityQueue;
use super::{Algorithm, PollStart, Profile, QueueHead, ReadyTasks};

/// Probabilistic concurrency testing (PCT): tasks have random priorities, and the ready task with the highest priority
/// runs. At `depth - 1` random steps, the running task drops to the lowest priority. A bug that needs `depth` events in
/// a certain order is found with a probability of at least `1 / (n * k^(depth - 1))`, for `n` tasks and `k` steps.
///
/// Source: Burckhardt, Kothari, Musuvathi and Nagarakatte 2010, "A randomized scheduler with probabilistic guarantees
/// of finding bugs". Differences: a step is a tokio operation instead of a memory access, and the number of steps is
/// taken from the first run. A task that yields keeps its priority. A task that was passed over too often runs
/// regardless of priority.
#[derive(Default)]
pub(super) struct Pct {
    rng: Rng,
    priorities: PriorityQueue,
    preempts: bool,
    step: u32,
    /// Priority change points: steps at which the running task drops to the lowest priority. The next point is at the
    /// end of the list.
    change_points: Vec<u32>,
}

/// Lowest initial priority. Lower priorities are for tasks that dropped at a change point.
const MIN_INITIAL_PRIORITY: u32 = 1 << 16;

impl Pct {
    pub(super) fn begin(&mut self, mut rng: Rng, depth: u32, preempts: bool, profile: &Profile) {
        self.priorities.clear();
        let steps = profile.total().max(1);
        self.change_points.clear();
        self.change_points.extend((1..depth).map(|_| rng.u32(1..=steps)));
        self.change_points.sort_unstable_by(|one, other| other.cmp(one));
        (self.rng, self.preempts, self.step) = (rng, preempts, 0);
    }
}

impl Algorithm for Pct {
    fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    #[inline]
    fn choose_task(&mut self, first: QueueHead, queue: &impl ReadyTasks) -> Option<usize> {
        let rng = &mut self.rng;
        self.priorities.add_new(queue, |known| if known > 0 { known } else { rng.u32(MIN_INITIAL_PRIORITY..) });
        self.priorities.pop_highest(first, queue)
    }

    #[inline]
    fn preempt_after(&mut self, PollStart { task, .. }: PollStart) -> Option<u32> {
        self.step += 1;
        while self.change_points.last().is_some_and(|&step| step <= self.step) {
            // Tasks that drop later get a lower priority.
            *self.priorities.priority(task) = self.change_points.len() as u32;
            self.change_points.pop();
        }
        if self.preempts { preempt_anywhere(&mut self.rng) } else { None }
    }
}

//! The ready tasks in order. Any of them can be taken in constant time.

use fastrand::Rng;

use crate::schedule::RAW_TASKS;
use crate::scheduler::ReadyTasks;

/// Marks the slot of a task that was taken from the middle of the queue.
const GAP: u32 = u32::MAX - 1;

/// A task that is taken from a slot within this distance of the head leaves no gap: the tasks before it move up. This
/// is branch-free, because random choices defeat branch prediction.
const WINDOW: usize = 4;

/// Gaps are closed when about one slot in this many is a gap.
const GAP_SHARE: usize = 4;

/// Minimum number of slots.
const MIN_SLOTS: usize = 128;

/// Index of a queue entry in a list of all possible entries: a gap, the raw tasks, and then the tasks.
#[inline]
fn index_of(task: u32) -> usize {
    const { assert!(GAP.wrapping_add(2) == 0 && RAW_TASKS == u32::MAX) };
    task.wrapping_add(2) as usize
}

/// The run queue: ready tasks, in the order in which they became ready.
///
/// A task that is taken from the middle leaves a gap, so any task can be taken in constant time, however long the queue
/// is. Gaps are closed once they take up a large part of the queue.
pub(crate) struct RunQueue {
    /// Entries beyond `end` are stale.
    slots: Vec<u32>,
    /// Slot at which each task was queued. Close to the head, the task may have moved to one of the next slots since.
    slot_of: Vec<u32>,
    /// Slot of the first task. Never a gap.
    head: usize,
    end: usize,
    gaps: usize,
    /// First slot of the tasks that were queued since a task was last taken. These are sorted by number, because one
    /// poll may wake several tasks in an order that does not depend on the test: tokio's `watch` draws the order at
    /// random, and timers of the same millisecond have no order.
    new_start: usize,
}

impl RunQueue {
    pub(crate) const fn new() -> Self {
        RunQueue { slots: Vec::new(), slot_of: Vec::new(), head: 0, end: 0, gaps: 0, new_start: 0 }
    }

    pub(crate) fn clear(&mut self) {
        (self.head, self.end, self.gaps, self.new_start) = (0, 0, 0, 0);
    }

    #[inline]
    pub(crate) fn push(&mut self, task: u32) {
        match (self.slots.get_mut(self.end), self.slot_of.get_mut(index_of(task))) {
            (Some(slot), Some(slot_of)) => (*slot, *slot_of) = (task, self.end as u32),
            _ => self.grow_and_push(task),
        }
        self.end += 1;
    }

    #[cold]
    fn grow_and_push(&mut self, task: u32) {
        let room = |length: usize, needed: usize| if needed < length { length } else { 2 * needed + MIN_SLOTS };
        // A short queue must have `WINDOW` slots after its end.
        self.slots.resize(room(self.slots.len(), self.end + WINDOW), GAP);
        self.slot_of.resize(room(self.slot_of.len(), index_of(task)), 0);
        (self.slots[self.end], self.slot_of[index_of(task)]) = (task, self.end as u32);
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.end - self.head - self.gaps
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sorts the newly queued tasks, then returns the first task of the queue. Returns `None` if the queue is empty.
    #[inline]
    pub(crate) fn first(&mut self) -> Option<u32> {
        if self.end > self.new_start + 1 {
            self.sort_new();
        }
        (self.head < self.end).then(|| self.slots[self.head])
    }

    fn sort_new(&mut self) {
        self.slots[self.new_start..self.end].sort_unstable();
        for at in self.new_start..self.end {
            self.slot_of[index_of(self.slots[at])] = at as u32;
        }
    }

    #[inline(never)]
    fn random_position_with_gaps(&self, rng: &mut Rng) -> usize {
        loop {
            let position = rng.usize(self.head..self.end);
            if self.slots[position] != GAP {
                return position;
            }
        }
    }

    /// Returns the queued tasks, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.slots[self.head..self.end].iter().copied().filter(|&task| task != GAP)
    }

    /// Takes the first task. The queue must not be empty.
    #[inline]
    pub(crate) fn take_first(&mut self) {
        self.head += 1;
        self.after_take();
    }

    /// Takes the task at a position.
    #[inline(always)]
    pub(crate) fn take(&mut self, position: usize) {
        let distance = position - self.head;
        if distance <= WINDOW
            && let Some([a, b, c, d, e]) = self.slots.get_mut(self.head..self.head + WINDOW + 1)
        {
            (*b, *c, *d, *e) = (
                if distance >= 1 { *a } else { *b },
                if distance >= 2 { *b } else { *c },
                if distance >= 3 { *c } else { *d },
                if distance >= 4 { *d } else { *e },
            );
            self.head += 1;
        } else {
            self.slots[position] = GAP;
            self.gaps += 1;
        }
        self.after_take();
    }

    #[inline(always)]
    fn after_take(&mut self) {
        if self.head == self.end {
            self.clear();
            return;
        }
        if self.slots[self.head] == GAP || self.is_sparse() {
            self.close_gaps();
        }
        self.new_start = self.end;
    }

    /// Returns whether the queue has so many unused slots that moving its tasks pays off.
    #[inline]
    fn is_sparse(&self) -> bool {
        self.head + GAP_SHARE * self.gaps > self.len() + MIN_SLOTS
    }

    /// Closes the gaps at the head, and all gaps if there are many.
    #[cold]
    fn close_gaps(&mut self) {
        while self.head < self.end && self.slots[self.head] == GAP {
            self.head += 1;
            self.gaps -= 1;
        }
        if self.is_sparse() {
            let mut kept = 0;
            for at in self.head..self.end {
                let task = self.slots[at];
                self.slots[kept] = task;
                // Branch-free, because gaps are at random places. A gap also has an index.
                self.slot_of[index_of(task)] = kept as u32;
                kept += usize::from(task != GAP);
            }
            (self.head, self.end, self.gaps) = (0, kept, 0);
        }
    }
}

impl ReadyTasks for RunQueue {
    #[inline]
    fn task_at(&self, position: usize) -> u32 {
        self.slots[position]
    }

    #[inline(always)]
    fn random_position(&self, rng: &mut Rng) -> usize {
        if self.gaps == 0 {
            // Slightly biased, but a queue is far shorter than 2^32, so no test can notice.
            let length = (self.end - self.head) as u64;
            return self.head + ((u64::from(rng.u32(..)) * length) >> 32) as usize;
        }
        self.random_position_with_gaps(rng)
    }

    #[inline]
    fn position_of(&self, task: u32) -> Option<usize> {
        let slot = *self.slot_of.get(index_of(task))? as usize;
        if (self.head..self.end).contains(&slot) && self.slots[slot] == task {
            return Some(slot);
        }
        let window = self.head..self.end.min(self.head + WINDOW + 1);
        self.slots[window].iter().position(|&other| other == task).map(|at| self.head + at)
    }

    #[inline]
    fn newly_queued(&self) -> &[u32] {
        &self.slots[self.new_start..self.end]
    }

    fn others(&self) -> impl Iterator<Item = u32> {
        self.iter().skip(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_queue_matches_a_model(actions in prop::collection::vec(any::<Option<prop::sample::Index>>(), 0..300)) {
            let (mut queue, mut model) = (RunQueue::new(), Vec::new());
            for (task, action) in actions.into_iter().enumerate() {
                match action {
                    Some(index) if !model.is_empty() => {
                        let task: u32 = model.remove(index.index(model.len()));
                        let position = queue.position_of(task).unwrap();
                        prop_assert_eq!(queue.task_at(position), task);
                        if position == queue.head { queue.take_first() } else { queue.take(position) }
                    }
                    _ => {
                        queue.push(task as u32);
                        model.push(task as u32);
                    }
                }
                prop_assert_eq!(queue.len(), model.len());
                prop_assert_eq!(queue.is_empty(), model.is_empty());
                prop_assert_eq!(queue.first(), model.first().copied());
            }
        }
    }
}

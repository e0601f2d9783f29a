use fastrand::Rng;

use crate::schedule::RAW_TASKS;
use crate::scheduler::ReadyTasks;

/// Stands in the line for one that was taken out of its middle.
const GONE: u32 = u32::MAX - 1;

/// Of places that close to the head all are closed up alike, without a branch: which one is chosen at random no processor
/// can foresee.
const WINDOW: usize = 4;

/// Gaps are closed when they are one place in so many.
const SPARSE: usize = 4;

/// How many places there are at least.
const FEWEST: usize = 128;

/// The number of what stands in line, from 0: a gap, the lane, and the tasks.
#[inline]
fn number(task: u32) -> usize {
    const { assert!(GONE.wrapping_add(2) == 0 && RAW_TASKS == u32::MAX) };
    task.wrapping_add(2) as usize
}

/// The tasks that are ready, in the order in which they became so.
///
/// One that is taken from inside of the line leaves a gap, so that neither the first nor any other costs more than a constant
/// time, however many there are. Gaps are closed when they are a part of the line.
pub(crate) struct RunQueue {
    /// With what is left of others behind the line.
    places: Vec<u32>,
    /// Where a task was put in line. It may have come a little further back since, close to the head.
    put: Vec<u32>,
    /// Where the line begins. There is no gap there.
    head: usize,
    end: usize,
    gaps: usize,
    /// Up to where the line was when one was taken from it last, and is in order. One poll may wake several in an order that
    /// is not the test's: tokio's `watch` draws it at random, and timers of one millisecond have none. So what one poll wakes
    /// stands in line by number.
    ordered: usize,
}

impl RunQueue {
    pub(crate) const fn new() -> Self {
        RunQueue { places: Vec::new(), put: Vec::new(), head: 0, end: 0, gaps: 0, ordered: 0 }
    }

    pub(crate) fn clear(&mut self) {
        (self.head, self.end, self.gaps, self.ordered) = (0, 0, 0, 0);
    }

    #[inline]
    pub(crate) fn push(&mut self, task: u32) {
        match (self.places.get_mut(self.end), self.put.get_mut(number(task))) {
            (Some(to), Some(put)) => (*to, *put) = (task, self.end as u32),
            _ => self.push_further(task),
        }
        self.end += 1;
    }

    #[cold]
    fn push_further(&mut self, task: u32) {
        let room = |length: usize, needed: usize| if needed < length { length } else { 2 * needed + FEWEST };
        // There is room for a window behind a short line.
        self.places.resize(room(self.places.len(), self.end + WINDOW), GONE);
        self.put.resize(room(self.put.len(), number(task)), 0);
        (self.places[self.end], self.put[number(task)]) = (task, self.end as u32);
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.end - self.head - self.gaps
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts those that were pushed since the last was taken in order, and tells which is the first, if any is there.
    #[inline]
    pub(crate) fn first(&mut self) -> Option<u32> {
        if self.end > self.ordered + 1 {
            self.order();
        }
        (self.head < self.end).then(|| self.places[self.head])
    }

    fn order(&mut self) {
        self.places[self.ordered..self.end].sort_unstable();
        for at in self.ordered..self.end {
            self.put[number(self.places[at])] = at as u32;
        }
    }

    #[inline(never)]
    fn any_place_but_gaps(&self, rng: &mut Rng) -> usize {
        loop {
            let place = rng.usize(self.head..self.end);
            if self.places[place] != GONE {
                return place;
            }
        }
    }

    /// Those in line, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.places[self.head..self.end].iter().copied().filter(|&task| task != GONE)
    }

    /// Takes the first out of the line; there is one.
    #[inline]
    pub(crate) fn take_first(&mut self) {
        self.head += 1;
        self.taken();
    }

    /// Takes the one at a place out of the line.
    #[inline(always)]
    pub(crate) fn take(&mut self, place: usize) {
        let distance = place - self.head;
        if distance <= WINDOW
            && let Some([a, b, c, d, e]) = self.places.get_mut(self.head..self.head + WINDOW + 1)
        {
            (*b, *c, *d, *e) = (
                if distance >= 1 { *a } else { *b },
                if distance >= 2 { *b } else { *c },
                if distance >= 3 { *c } else { *d },
                if distance >= 4 { *d } else { *e },
            );
            self.head += 1;
        } else {
            self.places[place] = GONE;
            self.gaps += 1;
        }
        self.taken();
    }

    #[inline(always)]
    fn taken(&mut self) {
        if self.head == self.end {
            self.clear();
            return;
        }
        if self.places[self.head] == GONE || self.is_sparse() {
            self.close_up();
        }
        self.ordered = self.end;
    }

    /// Whether what is in line takes so much more room than it needs that it pays to move it.
    #[inline]
    fn is_sparse(&self) -> bool {
        self.head + SPARSE * self.gaps > self.len() + FEWEST
    }

    /// Closes the gaps at the head, and once there are many, all.
    #[cold]
    fn close_up(&mut self) {
        while self.head < self.end && self.places[self.head] == GONE {
            self.head += 1;
            self.gaps -= 1;
        }
        if self.is_sparse() {
            let mut kept = 0;
            for at in self.head..self.end {
                let task = self.places[at];
                self.places[kept] = task;
                // Without a branch: where gaps are, no processor can foresee. A gap has a number, too.
                self.put[number(task)] = kept as u32;
                kept += usize::from(task != GONE);
            }
            (self.head, self.end, self.gaps) = (0, kept, 0);
        }
    }
}

impl ReadyTasks for RunQueue {
    #[inline]
    fn at(&self, place: usize) -> u32 {
        self.places[place]
    }

    #[inline(always)]
    fn any_place(&self, rng: &mut Rng) -> usize {
        if self.gaps == 0 {
            // What is not quite even here no test can see: a line is far shorter than 2^32.
            let length = (self.end - self.head) as u64;
            return self.head + ((u64::from(rng.u32(..)) * length) >> 32) as usize;
        }
        self.any_place_but_gaps(rng)
    }

    #[inline]
    fn place_of(&self, task: u32) -> Option<usize> {
        let put = *self.put.get(number(task))? as usize;
        if (self.head..self.end).contains(&put) && self.places[put] == task {
            return Some(put);
        }
        let window = self.head..self.end.min(self.head + WINDOW + 1);
        self.places[window].iter().position(|&other| other == task).map(|at| self.head + at)
    }

    #[inline]
    fn fresh(&self) -> &[u32] {
        &self.places[self.ordered..self.end]
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
        fn it_is_a_line_that_any_can_leave(acts in prop::collection::vec(any::<Option<prop::sample::Index>>(), 0..300)) {
            let (mut ready, mut model) = (RunQueue::new(), Vec::new());
            for (task, act) in acts.into_iter().enumerate() {
                match act {
                    Some(index) if !model.is_empty() => {
                        let task: u32 = model.remove(index.index(model.len()));
                        let place = ready.place_of(task).unwrap();
                        prop_assert_eq!(ready.at(place), task);
                        if place == ready.head { ready.take_first() } else { ready.take(place) }
                    }
                    _ => {
                        ready.push(task as u32);
                        model.push(task as u32);
                    }
                }
                prop_assert_eq!(ready.len(), model.len());
                prop_assert_eq!(ready.is_empty(), model.is_empty());
                prop_assert_eq!(ready.first(), model.first().copied());
            }
        }
    }
}

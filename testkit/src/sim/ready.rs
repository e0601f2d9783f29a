use fastrand::Rng;

/// Stands in the line for one that was taken out of its middle.
const GONE: u32 = u32::MAX - 1;

/// A place that close to the head is closed up, as that is faster than to keep a gap.
const CLOSE: usize = 64;

/// The tasks that are ready, in the order in which they became so.
///
/// One that is taken from far inside of a long line leaves a gap, so that neither the first nor any other costs more than a
/// constant time, however many there are. Gaps are closed when half of the line are such.
pub(crate) struct Ready {
    line: Vec<u32>,
    /// Where the line begins. There is no gap there.
    head: usize,
    gaps: usize,
    /// How far the line is in order. One poll may wake several in an order that is not the test's: tokio's `watch` draws it
    /// at random, and timers of one millisecond have none. So what one poll wakes stands in line by number.
    ordered: usize,
}

impl Ready {
    pub(crate) const fn new() -> Self {
        Ready { line: Vec::new(), head: 0, gaps: 0, ordered: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.line.clear();
        (self.head, self.gaps, self.ordered) = (0, 0, 0);
    }

    #[inline]
    pub(crate) fn push(&mut self, task: u32) {
        self.line.push(task);
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.line.len() - self.head - self.gaps
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts those that were pushed since the last was taken in order, and tells which is the first, if any is there.
    #[inline]
    pub(crate) fn first(&mut self) -> Option<u32> {
        if self.line.len() > self.ordered + 1 {
            self.line[self.ordered..].sort_unstable();
            self.ordered = self.line.len();
        }
        self.line.get(self.head).copied()
    }

    /// The task at a place.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> u32 {
        self.line[place]
    }

    /// The place of any task, each as likely as another; there is one.
    #[inline]
    pub(crate) fn any_place(&self, rng: &mut Rng) -> usize {
        if self.gaps == 0 {
            // What is not quite even here no test can see: a line is far shorter than 2^32.
            let length = (self.line.len() - self.head) as u64;
            return self.head + ((u64::from(rng.u32(..)) * length) >> 32) as usize;
        }
        loop {
            let place = rng.usize(self.head..self.line.len());
            if self.line[place] != GONE {
                return place;
            }
        }
    }

    /// Those in line, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.line[self.head..].iter().copied().filter(|&task| task != GONE)
    }

    /// The place of a task, if it is in line.
    pub(crate) fn place_of(&self, task: u32) -> Option<usize> {
        self.line[self.head..].iter().position(|&other| other == task).map(|place| self.head + place)
    }

    /// Takes the first out of the line; there is one.
    #[inline]
    pub(crate) fn take_first(&mut self) {
        self.head += 1;
        self.taken();
    }

    /// Takes the one at a place out of the line.
    #[inline]
    pub(crate) fn take(&mut self, place: usize) {
        if place - self.head <= CLOSE {
            let mut held = 0;
            for task in &mut self.line[self.head..place + 1] {
                held = std::mem::replace(task, held);
            }
            self.head += 1;
        } else {
            self.line[place] = GONE;
            self.gaps += 1;
        }
        self.taken();
    }

    #[inline]
    fn taken(&mut self) {
        if self.head == self.line.len() {
            self.clear();
            return;
        }
        if self.gaps > 0 || self.head > CLOSE {
            self.close_up();
        }
        self.ordered = self.line.len();
    }

    /// Closes the gap at the head, and once they are half of the line, all.
    fn close_up(&mut self) {
        while self.line.get(self.head) == Some(&GONE) {
            self.head += 1;
            self.gaps -= 1;
        }
        if self.head + self.gaps > self.len() {
            self.line.drain(..self.head);
            self.line.retain(|&task| task != GONE);
            (self.head, self.gaps) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_line_that_any_can_leave(acts in prop::collection::vec(any::<Option<prop::sample::Index>>(), 0..300)) {
            let (mut ready, mut model) = (Ready::new(), Vec::new());
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

use fastrand::Rng;

/// Stands in the line for one that was taken out of its middle.
const GONE: u32 = u32::MAX - 1;

/// A line so short closes up faster than it keeps a gap.
const SHORT: usize = 64;

/// The tasks that are ready, in the order in which they became so.
///
/// One that is taken out of the middle of a long line leaves a gap, so that neither the first nor any other costs more than
/// a constant time, however many there are. Gaps are closed when half of the line are such. A short line just closes up.
pub(crate) struct Ready {
    line: Vec<u32>,
    /// Where the line begins. There is no gap there.
    head: usize,
    count: usize,
}

impl Ready {
    pub(crate) const fn new() -> Self {
        Ready { line: Vec::new(), head: 0, count: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.line.clear();
        self.head = 0;
        self.count = 0;
    }

    #[inline]
    pub(crate) fn push(&mut self, task: u32) {
        self.line.push(task);
        self.count += 1;
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Where the line ends.
    #[inline]
    pub(crate) fn end(&self) -> usize {
        self.line.len()
    }

    /// Orders those behind `end` by their numbers. One poll may wake several in an order that is not the test's: tokio's
    /// `watch` draws it at random, and timers of one millisecond have none.
    #[inline]
    pub(crate) fn order_behind(&mut self, end: usize) {
        if self.line.len() > end + 1 {
            self.line[end..].sort_unstable();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first in line; there is one.
    #[inline]
    pub(crate) fn first(&self) -> u32 {
        self.line[self.head]
    }

    /// The task at a place.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> u32 {
        self.line[place]
    }

    /// The place of any task, each as likely as another; there is one.
    #[inline]
    pub(crate) fn any_place(&self, rng: &mut Rng) -> usize {
        let length = self.line.len() - self.head;
        if length == self.count {
            // What is not quite even here no test can see: a line is far shorter than 2^32.
            return self.head + ((u64::from(rng.u32(..)) * length as u64) >> 32) as usize;
        }
        loop {
            let place = rng.usize(self.head..self.line.len());
            if self.line[place] != GONE {
                return place;
            }
        }
    }

    /// The place of a task, if it is in line.
    pub(crate) fn place_of(&self, task: u32) -> Option<usize> {
        self.line[self.head..].iter().position(|&other| other == task).map(|place| self.head + place)
    }

    /// Takes the first out of the line, or the one at a place.
    #[inline]
    pub(crate) fn take(&mut self, place: Option<usize>) -> u32 {
        let place = place.unwrap_or(self.head);
        let task = self.line[place];
        self.count -= 1;
        if place == self.head {
            self.head += 1;
        } else if self.line.len() - self.head <= SHORT {
            self.line.remove(place);
        } else {
            self.line[place] = GONE;
        }
        if self.count == 0 {
            self.line.clear();
            self.head = 0;
        } else {
            while self.line[self.head] == GONE {
                self.head += 1;
            }
            if self.line.len() > 2 * self.count + 16 {
                self.line.drain(..self.head);
                self.line.retain(|&task| task != GONE);
                self.head = 0;
            }
        }
        task
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
                        let place = ready.place_of(task);
                        prop_assert_eq!(ready.take(place), task);
                    }
                    _ => {
                        ready.push(task as u32);
                        model.push(task as u32);
                    }
                }
                prop_assert_eq!(ready.len(), model.len());
                prop_assert_eq!(ready.is_empty(), model.is_empty());
                if let Some(&first) = model.first() {
                    prop_assert_eq!(ready.first(), first);
                }
            }
        }
    }
}

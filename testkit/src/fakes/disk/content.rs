//! Content of a file: what a read returns, and the part of it that is durable.

/// Content of a file.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// All bytes, as a read returns them.
    pub(super) bytes: Vec<u8>,
    /// The synced bytes.
    durable: Vec<u8>,
    /// Writes since the last sync, oldest first.
    unsynced: Vec<Write>,
}

/// An unsynced write.
#[derive(Debug)]
struct Write {
    /// Number of this change on its disk.
    number: usize,
    /// Whether the write replaces the content instead of adding to its end.
    replaces: bool,
    bytes: Vec<u8>,
}

/// The part of a write that survives a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Survival {
    Whole,
    Nothing,
    /// This many of the first bytes.
    Start(usize),
}

/// An unsynced write about which a crash decides.
pub(super) struct Question<'a> {
    /// Number of this change on its disk.
    pub(super) number: usize,
    /// Number of possible outcomes. Outcome 0 keeps the whole write.
    pub(super) outcomes: usize,
    /// Content that each other outcome leaves.
    leaves: &'a dyn Fn(usize) -> Vec<u8>,
    /// Content before the crash.
    before: &'a [u8],
    /// Number of writes from this one to the last one.
    pub(super) writes: usize,
}

/// Difference between the content before and after a crash.
pub(super) enum Loss {
    /// The content ends early, by this many bytes.
    End(usize),
    /// Nothing is left of the content.
    All,
    /// The content is a different one.
    Other,
}

impl Question<'_> {
    /// Returns the loss of an outcome other than 0.
    pub(super) fn loss(&self, outcome: usize) -> Loss {
        let left = (self.leaves)(outcome);
        match self.before.strip_prefix(&*left) {
            None | Some([]) => Loss::Other,
            Some(_) if left.is_empty() => Loss::All,
            Some(lost) => Loss::End(lost.len()),
        }
    }
}

impl Content {
    /// Replaces all bytes.
    pub(super) fn replace(&mut self, number: usize, bytes: Vec<u8>) {
        // An empty file needs no write to become empty.
        if !bytes.is_empty() || !self.bytes.is_empty() {
            self.write(Write { number, replaces: true, bytes });
        }
    }

    /// Adds bytes to the end.
    pub(super) fn append(&mut self, number: usize, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.write(Write { number, replaces: false, bytes });
        }
    }

    fn write(&mut self, write: Write) {
        write.apply(&mut self.bytes, Survival::Whole);
        self.unsynced.push(write);
    }

    /// Makes all writes with a number below `end` durable.
    pub(super) fn sync(&mut self, end: usize) {
        let synced = self.unsynced.iter().take_while(|write| write.number < end).count();
        for write in self.unsynced.drain(..synced) {
            write.apply(&mut self.durable, Survival::Whole);
        }
    }

    /// Returns whether all writes are durable.
    pub(super) fn is_synced(&self) -> bool {
        self.unsynced.is_empty()
    }

    /// Returns the number of bytes at the end that are not synced, or `None` if the synced bytes are different ones.
    pub(super) fn unsynced_bytes(&self) -> Option<usize> {
        self.bytes.strip_prefix(&*self.durable).map(<[u8]>::len)
    }

    /// Keeps the synced bytes, and of the unsynced writes those that `decide` keeps. `decide` returns one of the
    /// outcomes of a question.
    pub(super) fn crash(&mut self, mut decide: impl FnMut(&Question<'_>) -> usize) {
        let unsynced = std::mem::take(&mut self.unsynced);
        for (at, write) in unsynced.iter().enumerate() {
            let survivals = write.survivals();
            let leaves = |outcome: usize| {
                let mut left = self.durable.clone();
                write.apply(&mut left, survivals[outcome]);
                left
            };
            let outcome = decide(&Question {
                number: write.number,
                outcomes: survivals.len(),
                leaves: &leaves,
                before: &self.bytes,
                writes: unsynced.len() - at,
            });
            write.apply(&mut self.durable, survivals[outcome]);
            if outcome != 0 {
                break;
            }
        }
        self.bytes.clone_from(&self.durable);
    }
}

impl Write {
    /// Returns the parts of this write that may survive, each once. The first is the whole write.
    fn survivals(&self) -> Vec<Survival> {
        let size = self.bytes.len();
        let mut survivals = vec![Survival::Whole, Survival::Nothing];
        let mut starts = vec![size.saturating_sub(1), size / 2];
        if self.replaces {
            starts.push(0);
        }
        starts.dedup();
        let is_partial = |&start: &usize| start < size && (start > 0 || self.replaces);
        survivals.extend(starts.into_iter().filter(is_partial).map(Survival::Start));
        survivals
    }

    fn apply(&self, bytes: &mut Vec<u8>, survival: Survival) {
        let start = match survival {
            Survival::Whole => self.bytes.len(),
            Survival::Nothing => return,
            Survival::Start(start) => start,
        };
        if self.replaces {
            bytes.clear();
        }
        bytes.extend_from_slice(&self.bytes[..start]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the contents that a crash may leave, if it decides about one write only.
    fn left_by_crashes(change: impl Fn(&mut Content)) -> Vec<String> {
        let content = || {
            let mut content = Content::default();
            content.append(0, b"old".to_vec());
            content.sync(1);
            change(&mut content);
            content
        };
        let mut left = Vec::new();
        for write in 0..content().unsynced.len() {
            for outcome in 0.. {
                let mut is_possible = true;
                let mut content = content();
                let number = content.unsynced[write].number;
                content.crash(|question| {
                    if question.number != number {
                        return 0;
                    }
                    is_possible = outcome < question.outcomes;
                    if is_possible { outcome } else { 0 }
                });
                if !is_possible {
                    break;
                }
                assert!(content.is_synced());
                left.push(String::from_utf8(content.bytes).unwrap());
            }
        }
        left
    }

    #[test]
    fn an_append_survives_in_part() {
        assert_eq!(
            left_by_crashes(|content| content.append(1, b"1234".to_vec())),
            ["old1234", "old", "old123", "old12"]
        );
        assert_eq!(left_by_crashes(|content| content.append(1, b"1".to_vec())), ["old1", "old"]);
        assert_eq!(left_by_crashes(|content| content.append(1, Vec::new())), [""; 0]);
    }

    #[test]
    fn a_replacement_may_leave_an_empty_file() {
        assert_eq!(left_by_crashes(|content| content.replace(1, b"1234".to_vec())), ["1234", "old", "123", "12", ""]);
        assert_eq!(left_by_crashes(|content| content.replace(1, b"12".to_vec())), ["12", "old", "1", ""]);
        assert_eq!(left_by_crashes(|content| content.replace(1, Vec::new())), ["", "old"]);
    }

    #[test]
    fn no_write_survives_one_that_was_lost() {
        let left = left_by_crashes(|content| {
            content.append(1, b"12".to_vec());
            content.append(2, b"3".to_vec());
        });
        assert_eq!(left, ["old123", "old", "old1", "old123", "old12"]);
    }

    #[test]
    fn a_sync_covers_earlier_writes_only() {
        let left = left_by_crashes(|content| {
            content.append(1, b"1".to_vec());
            content.append(2, b"2".to_vec());
            content.sync(2);
        });
        assert_eq!(left, ["old12", "old1"]);
    }
}

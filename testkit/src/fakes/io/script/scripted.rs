use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::bytes::first;
use super::halves::Halves;
use super::step::Step;
use crate::fakes::pause::{Origin, Pausing, counted};

/// A reader and writer that follows a script: what [`Script::build`](crate::fakes::io::Script::build) returns.
///
/// # Panics
/// As the [script](crate::fakes::io::Script) does.
pub struct Scripted {
    pub(super) origin: Origin,
    /// What is left of the steps, each with its number, from one on: a write may be done before a read that is ahead of it.
    pub(super) steps: VecDeque<(usize, Step)>,
    /// How many steps there were.
    count: usize,
    /// The step that is waited for, and its number.
    pub(super) pausing: Option<(usize, Pausing)>,
    pub(super) halves: Arc<Halves>,
    /// How many bytes were read.
    pub(super) read: usize,
    /// How many bytes were written.
    pub(super) written: usize,
    pub(super) reads: Reads,
    pub(super) is_shut_down: bool,
    pub(super) may_be_dropped: bool,
}

/// What becomes of a read that finds no step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    Open,
    Ended,
    Stalled,
}

impl Scripted {
    pub(super) fn new(origin: Origin) -> Self {
        Scripted {
            origin,
            steps: VecDeque::new(),
            count: 0,
            pausing: None,
            halves: Arc::default(),
            read: 0,
            written: 0,
            reads: Reads::Open,
            is_shut_down: false,
            may_be_dropped: false,
        }
    }

    /// Adds a step.
    ///
    /// # Panics
    /// If nothing can come to it.
    #[track_caller]
    pub(super) fn push(&mut self, step: Step) {
        if let Some(behind) = self.steps.iter().find_map(|(_, before)| step.is_cut_off_by(before)) {
            panic!("{} has a step behind {behind}, which nothing can come to: {step}", self.origin);
        }
        if let Step::Read(bytes, _) | Step::Write(bytes, _) = &step {
            assert!(!bytes.is_empty(), "{} has a step without a byte: say `.end()` for the end", self.origin);
        }
        self.count += 1;
        self.steps.push_back((self.count, step));
    }

    /// `step 3 of 5`
    pub(super) fn position(&self, number: usize) -> String {
        format!("step {number} of {}", self.count)
    }

    /// `5 steps`, of all.
    pub(super) fn steps(&self) -> String {
        counted(self.count, "step")
    }

    /// How many steps are not done.
    pub(super) fn left(&self) -> usize {
        self.steps.len() + usize::from(self.pausing.is_some())
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted")
            .field("place", &format_args!("{}", self.origin.place))
            .field("taken", &(self.count - self.left()))
            .field("left", &self.left())
            .field("read", &self.read)
            .field("written", &self.written)
            .finish()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        if self.may_be_dropped || std::thread::panicking() || self.left() == 0 {
            return;
        }
        let next = match (&self.pausing, self.steps.front()) {
            (Some((number, pausing)), _) => format!("step {number} {pausing}"),
            (None, Some((number, step @ (Step::Read(bytes, done) | Step::Write(bytes, done))))) => {
                format!("step {number} has {step}:\n  {}", first(&bytes[*done..]))
            }
            (None, Some((number, step))) => format!("step {number} is {step}"),
            (None, None) => return,
        };
        panic!(
            "{} was dropped after {} of its {}, with {} read and {} written; {next}",
            self.origin,
            self.count - self.left(),
            self.steps(),
            counted(self.read, "byte"),
            counted(self.written, "byte")
        );
    }
}

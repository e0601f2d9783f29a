//! The reader and writer that follows a script.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::bytes::first;
use super::halves::HalfWakers;
use super::step::{Numbered, Step};
use crate::fakes::pause::{ActivePause, Origin};
use crate::internal::counted;

/// A reader and writer that follows a script, created by [`Script::build`](crate::fakes::io::Script::build).
///
/// # Panics
/// Panics in the same cases as the [script](crate::fakes::io::Script).
pub struct Scripted {
    pub(super) origin: Origin,
    /// The remaining steps. They may be removed out of order: a write may happen before an earlier read.
    pub(super) steps: VecDeque<Numbered<Step>>,
    /// Total number of steps.
    pub(super) count: usize,
    /// The wait or gate in progress.
    pub(super) active_pause: Option<Numbered<ActivePause>>,
    pub(super) wakers: Arc<HalfWakers>,
    /// Number of bytes read.
    pub(super) read: usize,
    /// Number of bytes written.
    pub(super) written: usize,
    pub(super) reads: ReadState,
    pub(super) is_shut_down: bool,
    pub(super) may_be_dropped: bool,
}

/// Result of a read after the last read step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadState {
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
            active_pause: None,
            wakers: Arc::default(),
            read: 0,
            written: 0,
            reads: ReadState::Open,
            is_shut_down: false,
            may_be_dropped: false,
        }
    }

    /// Adds a step.
    ///
    /// # Panics
    /// Panics if the step cannot be reached, or if it is a read or write of 0 bytes.
    #[track_caller]
    pub(super) fn push(&mut self, step: Step) {
        if let Some(blocker) = self.steps.iter().find_map(|before| step.blocked_by(&before.step)) {
            panic!("{} has an unreachable step after {blocker}: {step}", self.origin);
        }
        if let Step::Read { bytes, .. } | Step::Write { bytes, .. } = &step {
            assert!(!bytes.is_empty(), "{} has a step with no bytes: use `.end()` for EOF", self.origin);
        }
        self.count += 1;
        self.steps.push_back(Numbered { number: self.count, step });
    }

    /// Describes a step: `step 3 of 5`.
    pub(super) fn position(&self, number: usize) -> String {
        format!("step {number} of {}", self.count)
    }

    /// Describes the script's length: `5 steps`.
    pub(super) fn steps(&self) -> String {
        counted(self.count, "step")
    }

    /// Returns the number of steps that are not done.
    pub(super) fn left(&self) -> usize {
        self.steps.len() + usize::from(self.active_pause.is_some())
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
        let next = match (&self.active_pause, self.steps.front()) {
            (Some(Numbered { number, step }), _) => format!("step {number} {step}"),
            (None, Some(Numbered { number, step })) => match step {
                Step::Read { bytes, done } | Step::Write { bytes, done } => {
                    format!("step {number} has {step}:\n  {}", first(&bytes[*done..]))
                }
                _ => format!("step {number} is {step}"),
            },
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

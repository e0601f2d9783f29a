//! Switches that make a run collect texts and events for a report.

use std::cell::{Cell, RefCell};

use crate::trace::{Note, Recorder};

/// Observations for the report of a failure.
#[derive(Default)]
pub(crate) struct Observations {
    /// Whether the run explains a failure, and so collects texts for its report.
    pub(in crate::executor) is_explaining: Cell<bool>,
    pub(in crate::executor) notes: RefCell<Vec<Note>>,
    /// Set if the run is recorded step by step.
    pub(in crate::executor) recorder: RefCell<Option<Box<Recorder>>>,
}

impl Observations {
    /// Drops the remaining observations of a run.
    pub(in crate::executor) fn clear(&self) {
        self.notes.borrow_mut().clear();
    }
}

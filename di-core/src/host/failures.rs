//! Shared list in which concurrent hooks record their failures.

use std::sync::{Arc, Mutex};

use super::error::HookFailure;
use crate::internal::{BoxError, lock};

/// The failures of hooks, in the order of occurrence. Clones share one list.
#[derive(Clone, Default)]
pub(super) struct Failures(Arc<Mutex<Vec<RecordedFailure>>>);

/// A failure of a hook, with its error.
pub(super) struct RecordedFailure {
    pub(super) failure: HookFailure,
    /// `None` for a panic or a timeout.
    pub(super) error: Option<BoxError>,
}

impl Failures {
    pub(super) fn push(&self, failure: RecordedFailure) {
        lock(&self.0).push(failure);
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }

    pub(super) fn take(&self) -> Vec<RecordedFailure> {
        std::mem::take(&mut *lock(&self.0))
    }
}

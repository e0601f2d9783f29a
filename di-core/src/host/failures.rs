//! Shared list in which concurrent hooks record their failures.

use std::sync::{Arc, Mutex};

use super::error::HookFailure;
use super::trace;
use crate::internal::lock;

/// The failures of hooks, in the order of occurrence. Clones share one list.
#[derive(Clone, Default)]
pub(super) struct Failures(Arc<Mutex<Vec<HookFailure>>>);

impl Failures {
    /// Records a failure, and logs it.
    pub(super) fn push(&self, failure: HookFailure) {
        trace::failed(&failure);
        lock(&self.0).push(failure);
    }

    pub(super) fn first(&self) -> Option<HookFailure> {
        lock(&self.0).first().cloned()
    }

    pub(super) fn take(&self) -> Vec<HookFailure> {
        std::mem::take(&mut *lock(&self.0))
    }
}

//! Without the hooks: the tasks are raw tasks.

use std::collections::BTreeMap;

use crate::executor::tokio::is_in_tokio_task;
use crate::trace::Holder;

pub(crate) struct TokioTasks;

impl TokioTasks {
    pub(in crate::executor) fn new() -> Self {
        TokioTasks
    }

    pub(in crate::executor) fn begin(&self) {}

    pub(in crate::executor) fn are_used(&self) -> bool {
        false
    }

    pub(in crate::executor) fn take_limit(&self) -> bool {
        false
    }

    pub(in crate::executor) fn lock_holders(&self) -> BTreeMap<u32, Vec<Holder>> {
        BTreeMap::new()
    }

    pub(in crate::executor) fn is_in_raw_task(&self) -> bool {
        is_in_tokio_task()
    }
}

pub(crate) struct Entered;

impl Entered {
    pub(in crate::executor) fn new() -> Self {
        Entered
    }
}

//! Without the hooks: the tasks are raw tasks.

use crate::executor::tokio::is_in_tokio_task;

pub(crate) struct TokioTasks;

impl TokioTasks {
    pub(in crate::executor) fn new() -> Self {
        TokioTasks
    }

    pub(in crate::executor) fn begin(&self) {}

    pub(in crate::executor) fn have_been_spawned(&self) -> bool {
        false
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

//! Reusable threads for the jobs of searches.

use std::cell::Cell;
use std::sync::mpsc;

use super::schedule_runner::WorkerState;
use crate::executor::start_worker;

type Job = Box<dyn FnOnce(&mut WorkerState) + Send>;

thread_local! {
    /// The idle worker thread that belongs to this thread. It ends with this thread and runs no jobs of other threads,
    /// because its output belongs to the test that started it.
    static IDLE: Cell<Option<WorkerThread>> = const { Cell::new(None) };
}

/// A thread that runs jobs, one after another. When the handle is dropped, the thread ends after its current job.
pub(super) struct WorkerThread {
    jobs: mpsc::Sender<Job>,
}

impl WorkerThread {
    /// Returns the idle worker thread of this thread, or starts a new one. Starting a thread takes longer than running
    /// a short test.
    pub(super) fn take() -> Self {
        IDLE.try_with(Cell::take).ok().flatten().unwrap_or_else(WorkerThread::start)
    }

    fn start() -> Self {
        let (sender, jobs) = mpsc::channel::<Job>();
        let started = start_worker(|builder, unmarked| {
            builder.spawn(move || {
                let _own = unmarked.mark();
                let mut state = WorkerState::new();
                jobs.iter().for_each(|job| job(&mut state));
            })
        });
        started.expect("the system can start a thread");
        WorkerThread { jobs: sender }
    }

    /// Runs a job, which must catch its own panics.
    pub(super) fn run(&self, job: impl FnOnce(&mut WorkerState) + Send + 'static) {
        self.jobs.send(Box::new(job)).expect("the thread ends when `self` is dropped");
    }

    /// Keeps the worker thread for the next search of this thread. It must be idle.
    pub(super) fn keep(self) {
        _ = IDLE.try_with(|idle| idle.set(Some(self)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::{self, ThreadId};

    /// Returns the id of the thread that runs a job.
    fn run_job(keeps: bool) -> ThreadId {
        let (sender, receiver) = mpsc::channel();
        let worker = WorkerThread::take();
        worker.run(move |_| sender.send(thread::current().id()).unwrap());
        let id = receiver.recv().unwrap();
        if keeps {
            worker.keep();
        }
        id
    }

    #[test]
    fn each_thread_keeps_its_own_worker_thread() {
        let first = run_job(true);
        assert_eq!(run_job(true), first);
        assert_ne!(thread::spawn(|| run_job(true)).join().unwrap(), first);
        assert_eq!(run_job(false), first);
        assert_ne!(run_job(true), first, "a dropped worker thread is not reused");
    }
}

//! Detects jobs with a poll that does not return, or with a panic that would abort the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::schedule_runner::WorkerState;
use super::worker_thread::WorkerThread;
use crate::executor::{Heartbeat, capture_panics, take_panics};
use crate::failure::{FailureCause, PanicReport};

/// A lost worker thread. It is leaked, because a thread cannot be ended from outside.
#[derive(Debug)]
pub(super) struct LostWorker {
    /// Index of the schedule that was running.
    pub(super) schedule: usize,
    pub(super) step: u64,
    pub(super) cause: LossCause,
}

#[derive(Debug)]
pub(super) enum LossCause {
    /// A poll did not return.
    Hung,
    /// A panic while another unwound, which would have aborted the process.
    Aborting(Vec<PanicReport>),
}

impl From<LostWorker> for FailureCause {
    fn from(lost: LostWorker) -> Self {
        match lost.cause {
            LossCause::Hung => FailureCause::Hung { step: lost.step },
            LossCause::Aborting(panics) => FailureCause::Aborting { panics, step: lost.step },
        }
    }
}

/// Time between two checks of the heartbeat.
const INTERVAL: Duration = Duration::from_millis(20);

/// Message of a worker thread.
enum Message<R> {
    Done(R),
    Aborting(Vec<PanicReport>),
    /// The worker thread panicked outside of the test.
    Broken(Vec<PanicReport>),
}

/// A job on a worker thread. The thread is lost if a poll does not return or if the job is about to abort the process.
pub(super) struct WatchedJob<R> {
    worker: WorkerThread,
    heartbeat: Arc<Heartbeat>,
    messages: mpsc::Receiver<Message<R>>,
    seen: (u64, u64),
    seen_at: Instant,
    poll_time: Duration,
}

impl<R: Send + 'static> WatchedJob<R> {
    /// Starts `job` on a worker thread. Each poll may take up to `poll_time`.
    pub(super) fn start(
        poll_time: Duration,
        job: impl FnOnce(&mut WorkerState, &Heartbeat) -> R + Send + 'static,
    ) -> Self {
        let heartbeat = Arc::new(Heartbeat::default());
        let (sender, messages) = mpsc::channel();
        let beating = heartbeat.clone();
        let worker = WorkerThread::take();
        worker.run(move |state| {
            let aborting = sender.clone();
            capture_panics(Arc::new(move |reports| _ = aborting.send(Message::Aborting(reports))));
            _ = sender.send(match catch_unwind(AssertUnwindSafe(|| job(state, &beating))) {
                Ok(done) => Message::Done(done),
                Err(_) => Message::Broken(take_panics()),
            });
        });
        WatchedJob { worker, heartbeat, messages, seen: (0, 0), seen_at: Instant::now(), poll_time }
    }

    /// Waits for the job and returns its result.
    ///
    /// # Errors
    /// Returns [`LostWorker`] if the job does not return.
    pub(super) fn join(mut self) -> Result<R, LostWorker> {
        loop {
            match self.messages.recv_timeout(INTERVAL) {
                Ok(Message::Done(done)) => {
                    self.worker.keep();
                    return Ok(done);
                }
                Ok(Message::Aborting(reports)) => return Err(self.lost(LossCause::Aborting(reports))),
                Ok(Message::Broken(reports)) => {
                    panic!("a worker thread of testkit panicked; please report this as a bug in testkit: {reports:?}")
                }
                Err(RecvTimeoutError::Disconnected) => unreachable!("a worker thread sends a message before it ends"),
                Err(RecvTimeoutError::Timeout) => {
                    if !self.has_progressed() && self.seen_at.elapsed() > self.poll_time {
                        return Err(self.lost(LossCause::Hung));
                    }
                }
            }
        }
    }

    fn has_progressed(&mut self) -> bool {
        let now = (self.heartbeat.run.load(Ordering::Relaxed), self.heartbeat.steps.load(Ordering::Relaxed));
        if now == self.seen {
            return false;
        }
        (self.seen, self.seen_at) = (now, Instant::now());
        true
    }

    fn lost(&self, cause: LossCause) -> LostWorker {
        let schedule = self.heartbeat.schedule.load(Ordering::Relaxed);
        LostWorker { schedule, step: self.heartbeat.steps.load(Ordering::Relaxed), cause }
    }
}

//! Detects jobs with a poll that does not return, or with a panic that would abort the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::schedule_runner::WorkerState;
use super::worker_thread::WorkerThread;
use crate::executor::{Heartbeat, OwnThread, Samples, capture_panics, processor_time, sampled_stacks, take_panics};
use crate::failure::{CallStack, FailureCause, PanicReport};
use crate::report::waiting;
use crate::trace::TaskStack;

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
    /// A poll did not return. Its stack was sampled, if the system allows it.
    Hung(CallStack),
    /// A panic while another unwound, which would have aborted the process.
    Aborting(Vec<PanicReport>),
}

impl From<LostWorker> for FailureCause {
    fn from(lost: LostWorker) -> Self {
        match lost.cause {
            LossCause::Hung(stack) => FailureCause::Hung { step: lost.step, stack },
            LossCause::Aborting(panics) => FailureCause::Aborting { panics, step: lost.step },
        }
    }
}

/// Maximum processor time of a poll, as a share of its maximum real time. A blocked poll may still return, but one that
/// computes for so long most likely loops.
const SPIN_SHARE: f64 = 0.15;

/// Minimum processor time of a poll that counts as a loop.
const MIN_SPIN_TIME: Duration = Duration::from_millis(1_500);

/// Samples of a poll that does not return.
const LOOP_SAMPLES: Samples = Samples { count: 24, pause: Duration::from_millis(2), time: Duration::from_secs(1) };

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
    /// Processor time of the worker thread when the current poll was first seen.
    seen_processor_time: Option<Duration>,
    poll_time: Duration,
    /// Marks the thread that waits for the job.
    _own: OwnThread,
}

impl<R: Send + 'static> WatchedJob<R> {
    /// Starts `job` on a worker thread. Each poll may take up to `poll_time`.
    pub(super) fn start(
        poll_time: Duration,
        job: impl FnOnce(&mut WorkerState, &Heartbeat) -> R + Send + 'static,
    ) -> Self {
        let own = OwnThread::new();
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
        WatchedJob {
            worker,
            heartbeat,
            messages,
            seen: (0, 0),
            seen_at: Instant::now(),
            seen_processor_time: None,
            poll_time,
            _own: own,
        }
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
                    if !self.has_progressed() && self.is_hung() {
                        let thread = self.heartbeat.thread.load(Ordering::Relaxed);
                        let stack = most_frequent(sampled_stacks(thread, LOOP_SAMPLES)).map(Arc::new);
                        return Err(self.lost(LossCause::Hung(CallStack(stack))));
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
        self.seen_processor_time = None;
        true
    }

    /// Returns whether the current poll takes too long: it blocks for the whole time that a poll may take, or has used
    /// the processor for a part of it.
    fn is_hung(&mut self) -> bool {
        let elapsed = self.seen_at.elapsed();
        if elapsed > self.poll_time {
            return true;
        }
        if !self.heartbeat.is_in_plain_run.load(Ordering::Relaxed) {
            return false;
        }
        let Some(now) = processor_time(self.heartbeat.thread.load(Ordering::Relaxed)) else { return false };
        let before = *self.seen_processor_time.get_or_insert(now);
        now.saturating_sub(before) > self.poll_time.mul_f64(SPIN_SHARE).max(MIN_SPIN_TIME)
    }

    fn lost(&self, cause: LossCause) -> LostWorker {
        let schedule = self.heartbeat.schedule.load(Ordering::Relaxed);
        LostWorker { schedule, step: self.heartbeat.steps.load(Ordering::Relaxed), cause }
    }
}

/// Returns a stack with the most frequent innermost line of the user's code.
fn most_frequent(stacks: Vec<TaskStack>) -> Option<TaskStack> {
    let place = |stack: &TaskStack| waiting(stack).frames.first().map(ToString::to_string);
    let places: Vec<_> = stacks.iter().map(place).collect();
    let count = |at: &usize| places.iter().filter(|other| **other == places[*at]).count();
    let most = (0..stacks.len()).filter(|&at| places[at].is_some()).max_by_key(count)?;
    stacks.into_iter().nth(most)
}

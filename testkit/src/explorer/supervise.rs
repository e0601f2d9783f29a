//! Threads that run tests, watched: one whose poll does not return, or that is about to abort the process, is given up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::hand::Hand;
use super::tools::Workplace;
use crate::outcome::Problem;
use crate::sim::{Heartbeat, PanicReport, capture, take_panics};

/// A worker that has been given up. Its thread stays: it cannot be ended from outside.
#[derive(Debug)]
pub(super) struct Lost {
    /// Which schedule it was at, and which step.
    pub(super) schedule: usize,
    pub(super) step: u64,
    pub(super) cause: Cause,
}

#[derive(Debug)]
pub(super) enum Cause {
    /// A poll did not return.
    Hung,
    /// A panic while another unwound, behind which the process would have been aborted.
    Aborting(Vec<PanicReport>),
}

impl From<Lost> for Problem {
    fn from(lost: Lost) -> Self {
        match lost.cause {
            Cause::Hung => Problem::Hung { step: lost.step },
            Cause::Aborting(panics) => Problem::Aborting { panics, step: lost.step },
        }
    }
}

/// How often a worker is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// What a worker thread sends.
enum Message<R> {
    Done(R),
    Aborting(Vec<PanicReport>),
    /// It has panicked outside of the test.
    Broken(Vec<PanicReport>),
}

/// A worker under way.
pub(super) struct Worker<R> {
    hand: Hand,
    heartbeat: Arc<Heartbeat>,
    messages: mpsc::Receiver<Message<R>>,
    seen: (u64, u64),
    seen_at: Instant,
    poll_time: Duration,
}

impl<R: Send + 'static> Worker<R> {
    /// Has a thread do `job`.
    pub(super) fn start(
        poll_time: Duration,
        job: impl FnOnce(&mut Workplace, &Heartbeat) -> R + Send + 'static,
    ) -> Self {
        let heartbeat = Arc::new(Heartbeat::default());
        let (sender, messages) = mpsc::channel();
        let beating = heartbeat.clone();
        let hand = Hand::take();
        hand.give(move |place| {
            let aborting = sender.clone();
            capture(Arc::new(move |reports| _ = aborting.send(Message::Aborting(reports))));
            _ = sender.send(match catch_unwind(AssertUnwindSafe(|| job(place, &beating))) {
                Ok(done) => Message::Done(done),
                Err(_) => Message::Broken(take_panics()),
            });
        });
        Worker { hand, heartbeat, messages, seen: (0, 0), seen_at: Instant::now(), poll_time }
    }

    /// What the job returns.
    ///
    /// # Errors
    /// [`Lost`], where it does not come back.
    pub(super) fn join(mut self) -> Result<R, Lost> {
        loop {
            match self.messages.recv_timeout(INTERVAL) {
                Ok(Message::Done(done)) => {
                    self.hand.keep();
                    return Ok(done);
                }
                Ok(Message::Aborting(reports)) => return Err(self.lost(Cause::Aborting(reports))),
                Ok(Message::Broken(reports)) => {
                    panic!("a worker of testkit has panicked; please report this as a defect of testkit: {reports:?}")
                }
                Err(RecvTimeoutError::Disconnected) => unreachable!("a worker tells how it ends"),
                Err(RecvTimeoutError::Timeout) => {
                    if !self.has_progressed() && self.seen_at.elapsed() > self.poll_time {
                        return Err(self.lost(Cause::Hung));
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

    fn lost(&self, cause: Cause) -> Lost {
        let schedule = self.heartbeat.schedule.load(Ordering::Relaxed);
        Lost { schedule, step: self.heartbeat.steps.load(Ordering::Relaxed), cause }
    }
}

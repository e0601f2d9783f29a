//! The sink that follows a script.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_sink::Sink;

use super::expected::Expected;
use super::received::Received;
use crate::executor::World;
use crate::fakes::pause::{ActivePause, Origin, Pause};
use crate::internal::counted;

/// A sink that follows a script, created by [`Script::build`](crate::fakes::sink::Script::build).
///
/// # Panics
/// Panics in the same cases as the [script](crate::fakes::sink::Script).
pub struct Scripted<T, E> {
    origin: Origin,
    /// The remaining steps.
    pub(super) steps: VecDeque<Step<T, E>>,
    /// Number of finished steps.
    taken: usize,
    /// The wait or gate in progress, if any.
    active_pause: Option<ActivePause>,
    received: Received<T>,
    /// Whether `poll_ready` has granted room for one item.
    is_ready: bool,
    is_closed: bool,
    has_failed: bool,
    pub(super) may_be_dropped: bool,
}

pub(super) enum Step<T, E> {
    Item(Expected<T>),
    Pause(Pause),
    Error(E),
    SendError(E),
    Flush,
    FlushError(E),
    Close,
    CloseError(E),
}

impl<T, E> Scripted<T, E> {
    pub(super) fn new(origin: Origin) -> Self {
        Scripted {
            origin,
            steps: VecDeque::new(),
            taken: 0,
            active_pause: None,
            received: Received::new(),
            is_ready: false,
            is_closed: false,
            has_failed: false,
            may_be_dropped: false,
        }
    }

    /// Returns a live view of the received items. It stays usable after the sink is dropped.
    pub fn received(&self) -> Received<T> {
        self.received.clone()
    }

    /// Describes the next step: `step 2 of 5`.
    fn position(&self) -> String {
        format!("step {} of {}", self.taken + 1, self.count())
    }

    /// Returns the total number of steps.
    fn count(&self) -> usize {
        self.taken + usize::from(self.active_pause.is_some()) + self.steps.len()
    }

    /// Takes the next step.
    fn take(&mut self) -> Option<Step<T, E>> {
        let step = self.steps.pop_front()?;
        self.taken += 1;
        Some(step)
    }

    /// Returns the next step that is not a pause.
    fn next(&self) -> Option<&Step<T, E>> {
        self.steps.iter().find(|step| !matches!(step, Step::Pause(_)))
    }

    /// Polls the pauses before the next step. Ready once all of them are over.
    fn poll_pauses(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(active_pause) = &mut self.active_pause {
                ready!(active_pause.poll(context));
                self.active_pause = None;
                self.taken += 1;
            }
            match self.steps.pop_front() {
                Some(Step::Pause(pause)) => self.active_pause = Some(pause.begin(self.origin)),
                Some(step) => {
                    self.steps.push_front(step);
                    return Poll::Ready(());
                }
                None => return Poll::Ready(()),
            }
        }
    }

    /// Skips the pauses before the next step. They do not apply to an item if `poll_ready` granted room for it earlier.
    fn skip_pauses(&mut self) {
        self.taken += usize::from(self.active_pause.take().is_some());
        while let Some(Step::Pause(_)) = self.steps.front() {
            self.take();
        }
    }

    fn failed(&mut self, error: E) -> Poll<Result<(), E>> {
        self.has_failed = true;
        Poll::Ready(Err(error))
    }
}

/// No field is structurally pinned.
impl<T, E> Unpin for Scripted<T, E> {}

impl<T, E> Sink<T> for Scripted<T, E> {
    type Error = E;

    /// Succeeds unless the next step is an error, because a producer may reserve room long before it has an item.
    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        if !self.is_ready {
            ready!(self.poll_pauses(context));
            if let Some(Step::Error(_)) = self.steps.front()
                && let Some(Step::Error(error)) = self.take()
            {
                return self.failed(error);
            }
            self.is_ready = true;
        }
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), E> {
        assert!(
            self.is_ready,
            "{} was sent an item before it was ready: before each `start_send`, `poll_ready` must have \
             returned `Ready(Ok(()))`",
            self.origin
        );
        assert!(!self.is_closed, "{} was sent an item after it was closed", self.origin);
        self.is_ready = false;
        World::record_fake_call();
        self.skip_pauses();
        let position = self.position();
        match self.take() {
            Some(Step::Item(mut expected)) => {
                if let Some(sent) = expected.mismatch(&item) {
                    panic!(
                        "{} was sent an unexpected item in {position}\n  expected: {}\n  received: {sent}",
                        self.origin, expected.description
                    );
                }
                self.received.push(item);
                Ok(())
            }
            Some(Step::SendError(error) | Step::Error(error)) => {
                self.has_failed = true;
                Err(error)
            }
            Some(step) => {
                panic!("{} was sent an item in {position}, which expects {}", self.origin, step.describe())
            }
            None => panic!("{} was sent an item past the end of its {}-step script", self.origin, self.count()),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        if matches!(self.next(), Some(Step::Flush | Step::FlushError(_))) {
            ready!(self.poll_pauses(context));
            if let Some(Step::FlushError(error)) = self.take() {
                return self.failed(error);
            }
        }
        self.received.flush();
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        while !self.is_closed {
            match self.next() {
                Some(Step::Flush | Step::FlushError(_) | Step::Close | Step::CloseError(_)) => {}
                Some(step) => {
                    panic!("{} was closed in {}, which expects {}", self.origin, self.position(), step.describe())
                }
                None => panic!(
                    "{} was closed after its {}; if that is expected, add `.close()`",
                    self.origin,
                    counted(self.count(), "step")
                ),
            }
            ready!(self.poll_pauses(context));
            match self.take() {
                Some(Step::FlushError(error) | Step::CloseError(error)) => return self.failed(error),
                Some(Step::Close) => self.is_closed = true,
                _ => {}
            }
        }
        self.received.flush();
        Poll::Ready(Ok(()))
    }
}

impl<T, E> Step<T, E> {
    fn describe(&self) -> String {
        match self {
            Step::Item(expected) => format!("an item: {}", expected.description),
            Step::Pause(pause) => pause.to_string(),
            Step::Error(_) | Step::SendError(_) => "an item that fails".to_owned(),
            Step::Flush => "a flush".to_owned(),
            Step::FlushError(_) => "a flush that fails".to_owned(),
            Step::Close => "a close".to_owned(),
            Step::CloseError(_) => "a close that fails".to_owned(),
        }
    }
}

impl<T, E> fmt::Debug for Scripted<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted")
            .field("place", &format_args!("{}", self.origin.place))
            .field("taken", &self.taken)
            .field("left", &(self.count() - self.taken))
            .field("received", &self.received.count())
            .field("flushed", &self.received.flushed())
            .finish()
    }
}

impl<T, E> Drop for Scripted<T, E> {
    fn drop(&mut self) {
        if self.may_be_dropped || std::thread::panicking() {
            return;
        }
        let next = match (&self.active_pause, self.steps.front()) {
            (Some(active_pause), _) => Some(format!("step {} {active_pause}", self.taken + 1)),
            (None, Some(step)) => Some(format!("the next step expects {}", step.describe())),
            (None, None) => None,
        };
        if let Some(next) = next {
            let steps = counted(self.count(), "step");
            panic!("{} was dropped after {} of its {steps}; {next}", self.origin, self.taken);
        }
        let unflushed = self.received.count() - self.received.flushed();
        if unflushed > 0 && !self.has_failed {
            panic!("{} was dropped with {}", self.origin, counted(unflushed, "unflushed item"));
        }
    }
}

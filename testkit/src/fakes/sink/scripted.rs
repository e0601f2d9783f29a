use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_sink::Sink;

use super::expected::Expected;
use super::received::Received;
use crate::fakes::pause::{Origin, Pause, Pausing, counted};

/// A sink that follows a script: what [`Script::build`](crate::fakes::sink::Script::build) returns.
///
/// # Panics
/// As the [script](crate::fakes::sink::Script) does.
pub struct Scripted<T, E> {
    origin: Origin,
    /// What is to come.
    pub(super) steps: VecDeque<Step<T, E>>,
    /// How many steps are done.
    taken: usize,
    /// The step between the two, if it is waited for.
    pausing: Option<Pausing>,
    received: Received<T>,
    /// Whether there is room for one item, as `poll_ready` has told.
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
            pausing: None,
            received: Received::new(),
            is_ready: false,
            is_closed: false,
            has_failed: false,
            may_be_dropped: false,
        }
    }

    /// What has been received, to be looked at while the sink is in use, and after it.
    pub fn received(&self) -> Received<T> {
        self.received.clone()
    }

    /// `step 2 of 5`, of the one that comes next.
    fn position(&self) -> String {
        format!("step {} of {}", self.taken + 1, self.count())
    }

    /// How many steps there are.
    fn count(&self) -> usize {
        self.taken + usize::from(self.pausing.is_some()) + self.steps.len()
    }

    /// Takes the next step.
    fn take(&mut self) -> Option<Step<T, E>> {
        let step = self.steps.pop_front()?;
        self.taken += 1;
        Some(step)
    }

    /// The next step that is no pause.
    fn next(&self) -> Option<&Step<T, E>> {
        self.steps.iter().find(|step| !matches!(step, Step::Pause(_)))
    }

    /// Ready once all pauses before the next step are over.
    fn poll_pauses(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(pausing) = &mut self.pausing {
                ready!(pausing.poll(context));
                self.pausing = None;
                self.taken += 1;
            }
            match self.steps.pop_front() {
                Some(Step::Pause(pause)) => self.pausing = Some(pause.begin(self.origin)),
                Some(step) => {
                    self.steps.push_front(step);
                    return Poll::Ready(());
                }
                None => return Poll::Ready(()),
            }
        }
    }

    /// Leaves out the pauses before the next step, for an item whose room was given before them.
    fn skip_pauses(&mut self) {
        self.taken += usize::from(self.pausing.take().is_some());
        while let Some(Step::Pause(_)) = self.steps.front() {
            self.take();
        }
    }

    fn failed(&mut self, error: E) -> Poll<Result<(), E>> {
        self.has_failed = true;
        Poll::Ready(Err(error))
    }
}

/// Nothing is pinned in place.
impl<T, E> Unpin for Scripted<T, E> {}

impl<T, E> Sink<T> for Scripted<T, E> {
    type Error = E;

    /// Who asks for room may do so long before he has an item, so that nothing is wrong with it by itself.
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
            "{} was sent an item for which it had no room: each `start_send` needs a `poll_ready` before it that has \
             returned `Ready(Ok(()))`",
            self.origin
        );
        assert!(!self.is_closed, "{} was sent an item after it had been closed", self.origin);
        self.is_ready = false;
        self.skip_pauses();
        let position = self.position();
        match self.take() {
            Some(Step::Item(mut expected)) => {
                if let Some(sent) = expected.differs(&item) {
                    panic!(
                        "{} was sent something else in {position}\n  expected: {}\n  received: {sent}",
                        self.origin, expected.what
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
                panic!("{} was sent another item in {position}, which expects {}", self.origin, step.described())
            }
            None => panic!("{} was sent another item past its {}", self.origin, counted(self.count(), "step")),
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
                    panic!("{} was closed in {}, while it expects {}", self.origin, self.position(), step.described())
                }
                None => panic!(
                    "{} was closed past its {}; if it is to be closed there, add `.close()`",
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
    fn described(&self) -> String {
        match self {
            Step::Item(expected) => format!("an item: {}", expected.what),
            Step::Pause(pause) => pause.to_string(),
            Step::Error(_) | Step::SendError(_) => "another item, to fail".to_owned(),
            Step::Flush => "a flush".to_owned(),
            Step::FlushError(_) => "a flush, to fail".to_owned(),
            Step::Close => "to be closed".to_owned(),
            Step::CloseError(_) => "to be closed, to fail".to_owned(),
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
        let next = match (&self.pausing, self.steps.front()) {
            (Some(pausing), _) => Some(format!("step {} {pausing}", self.taken + 1)),
            (None, Some(step)) => Some(format!("the next one expects {}", step.described())),
            (None, None) => None,
        };
        if let Some(next) = next {
            let steps = counted(self.count(), "step");
            panic!("{} was dropped after {} of its {steps}; {next}", self.origin, self.taken);
        }
        let unflushed = self.received.count() - self.received.flushed();
        if unflushed > 0 && !self.has_failed {
            panic!("{} was dropped with {} sent and never flushed", self.origin, counted(unflushed, "item"));
        }
    }
}

//! Adapts `AsyncWrite` to [`Subject`], and compares the accepted bytes with the delivered ones.

use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

use super::Law;
use super::case::Received;
use super::check::VARIANTS;
use super::outcome::Outcome;
use super::sink::{delivery_law, list};
use super::subject::{Step, Subject, Violation};
use crate::internal::counted;

/// Total number of bytes written.
const TOTAL_BYTES: usize = 300;

/// Sizes of writes, used in turn.
const WRITE_SIZES: [&[usize]; VARIANTS] = [&[64], &[1, 13], &[TOTAL_BYTES], &[100, 3]];

/// A writer. Operations write bytes, flush now and then, and shut it down.
pub(super) struct WriteSubject<W> {
    writer: Pin<Box<W>>,
    received: Option<Received>,
    sent: Vec<u8>,
    error: Option<String>,
    operations: usize,
    /// Number of times the current write was pending.
    pendings: usize,
    sizes: &'static [usize],
    /// Whether a write after `Pending` has different and fewer bytes, as if the caller had dropped its write and begun
    /// another.
    changes_bytes: bool,
    /// Whether two buffers are written at once.
    is_vectored: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Write,
    Flush,
    ShutDown,
}

impl<W: AsyncWrite> WriteSubject<W> {
    pub(super) fn new(writer: W, received: Option<Received>, variant: usize) -> Self {
        let sizes = WRITE_SIZES[variant % VARIANTS];
        WriteSubject {
            writer: Box::pin(writer),
            received,
            sent: Vec::new(),
            error: None,
            operations: 0,
            pendings: 0,
            sizes,
            changes_bytes: variant % 2 == 1,
            is_vectored: variant % VARIANTS == VARIANTS - 1,
            state: State::Write,
        }
    }

    fn check_received(&mut self, law: Law) -> Result<(), Violation> {
        let Some(received) = self.received.as_mut().map(|received| received()) else { return Ok(()) };
        let sent: Vec<_> = self.sent.iter().map(|byte| format!("{byte:?}")).collect();
        if received == sent {
            return Ok(());
        }
        let at = received.iter().zip(&sent).take_while(|(received, sent)| received == sent).count();
        let observation =
            format!("from byte {at} on, it accepted {}, but {} arrived", list(&sent[at..]), list(&received[at..]));
        Err(Violation::new(delivery_law(law, &sent, &received), observation))
    }

    fn write(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Violation> {
        let mut size = self.sizes[self.operations % self.sizes.len()].min(TOTAL_BYTES - self.sent.len());
        let change = if self.changes_bytes { self.pendings } else { 0 };
        if change > 0 {
            size = size.div_ceil(2);
        }
        let from = self.sent.len();
        let bytes: Vec<u8> = (from..from + size).map(|at| (at ^ change) as u8).collect();
        let writer = self.writer.as_mut();
        let polled = if self.is_vectored {
            let (first, second) = bytes.split_at(size / 3);
            writer.poll_write_vectored(context, &[IoSlice::new(first), IoSlice::new(second)])
        } else {
            writer.poll_write(context, &bytes)
        };
        match polled {
            Poll::Pending => {
                self.pendings += 1;
                Ok(Poll::Pending)
            }
            Poll::Ready(Err(error)) => Ok(Poll::Ready(self.failed(error.to_string()))),
            Poll::Ready(Ok(count)) if count > size => {
                let observation = format!("it reported {} as written, but was given {size}", counted(count, "byte"));
                Err(Violation::new(Law::NoMoreThanGiven, observation))
            }
            Poll::Ready(Ok(0)) => {
                let observation = format!("it accepted none of {}", counted(size, "byte"));
                Err(Violation::new(Law::AcceptsSomething, observation))
            }
            Poll::Ready(Ok(count)) => {
                self.sent.extend(&bytes[..count]);
                self.operations += 1;
                self.pendings = 0;
                self.state = match self.sent.len() {
                    TOTAL_BYTES => State::ShutDown,
                    _ if self.operations.is_multiple_of(2) => State::Flush,
                    _ => State::Write,
                };
                Ok(Poll::Ready(Step::done(format!("{count} of {}", counted(size, "byte")))))
            }
        }
    }

    fn failed(&mut self, error: String) -> Step {
        self.error = Some(error.clone());
        Step::last(format!("error: {error}"))
    }
}

impl<W: AsyncWrite> Subject for WriteSubject<W> {
    fn action(&self) -> &'static str {
        match self.state {
            State::Write => "poll_write",
            State::Flush => "poll_flush",
            State::ShutDown => "poll_shutdown",
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Violation> {
        let state = self.state;
        let polled = match state {
            State::Write => return self.write(context),
            State::Flush => self.writer.as_mut().poll_flush(context),
            State::ShutDown => self.writer.as_mut().poll_shutdown(context),
        };
        match polled {
            Poll::Pending => return Ok(Poll::Pending),
            Poll::Ready(Err(error)) => return Ok(Poll::Ready(self.failed(error.to_string()))),
            Poll::Ready(Ok(())) => {}
        }
        if state == State::Flush {
            self.check_received(Law::Flushes)?;
            self.state = State::Write;
            return Ok(Poll::Ready(Step::done("flushed")));
        }
        self.check_received(Law::DeliversAccepted)?;
        Ok(Poll::Ready(Step::last("shut down")))
    }

    /// Returns how much it accepted. The bytes themselves are compared with what has arrived.
    fn outcome(&self) -> Outcome {
        Outcome::of_items(vec![format!("{} accepted", counted(self.sent.len(), "byte"))], self.error.clone())
    }
}

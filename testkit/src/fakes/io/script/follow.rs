//! How a script is followed by those who read and write.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::bytes::{difference, first};
use super::halves::Half;
use super::scripted::{Reads, Scripted};
use super::step::Step;
use crate::internal::counted;

impl AsyncRead for Scripted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_as(Half::Reader, context, |script| script.poll_read_step(buffer))
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_as(Half::Writer, context, |script| script.poll_write_step(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_as(Half::Writer, context, Scripted::poll_shutdown_step)
    }
}

impl Scripted {
    /// Polls for one half, which is woken once the other one, or time, or a gate, has brought the script on.
    fn poll_as<T>(
        &mut self,
        half: Half,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Self) -> Poll<T>,
    ) -> Poll<T> {
        // Before the poll, as a gate may be released on another thread at any time.
        self.halves.wait(half, context.waker());
        let left = self.left();
        let polled = poll(self);
        if self.left() < left {
            self.halves.wake_half(half.other());
        }
        if polled.is_ready() {
            self.halves.go_on(half);
        }
        polled
    }

    fn poll_read_step(&mut self, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        match self.reads {
            Reads::Open => {}
            Reads::Ended => return Poll::Ready(Ok(())),
            Reads::Stalled => return Poll::Pending,
        }
        ready!(self.poll_pauses());
        match self.steps.front_mut() {
            Some((_, Step::Read(bytes, done))) => {
                let count = buffer.remaining().min(bytes.len() - *done);
                buffer.put_slice(&bytes[*done..*done + count]);
                *done += count;
                self.read += count;
                if *done == bytes.len() {
                    self.take(0);
                }
                Poll::Ready(Ok(()))
            }
            Some((_, step)) if step.is_read() => match self.take(0) {
                Step::ReadError(error) => Poll::Ready(Err(error)),
                Step::End => {
                    self.reads = Reads::Ended;
                    Poll::Ready(Ok(()))
                }
                _ => {
                    self.reads = Reads::Stalled;
                    Poll::Pending
                }
            },
            // Until that is written.
            Some(_) => Poll::Pending,
            None => panic!(
                "{} was read past its {}, at byte {}; add `.end()` if it ends there, `.stall()` if nothing more is said",
                self.origin,
                self.steps(),
                self.read
            ),
        }
    }

    fn poll_write_step(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        assert!(!self.is_shut_down, "{} was written after it had been shut down\n  {}", self.origin, first(bytes));
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if !self.expects_bytes() {
            self.unexpected(bytes);
        }
        let at = ready!(self.poll_write_turn());
        if let Step::WriteError(_) = self.steps[at].1 {
            let Step::WriteError(error) = self.take(at) else { unreachable!("it is that step") };
            return Poll::Ready(Err(error));
        }
        let mut count = 0;
        while count < bytes.len()
            && let Some(at) = self.next_written()
            && let (_, Step::Write(..)) = self.steps[at]
        {
            count += self.fill(at, &bytes[count..]);
        }
        if count < bytes.len() && !self.expects_bytes() {
            self.unexpected(&bytes[count..]);
        }
        Poll::Ready(Ok(count))
    }

    /// Compares `bytes` with those that the step at `index` expects, as far as these go, and returns how many they are.
    fn fill(&mut self, index: usize, bytes: &[u8]) -> usize {
        let (number, Step::Write(expected, done)) = &mut self.steps[index] else {
            unreachable!("it is a step that bytes are written for")
        };
        let count = bytes.len().min(expected.len() - *done);
        if let Some(differs) = (0..count).find(|at| expected[*done + at] != bytes[*at]) {
            let (number, at) = (*number, *done + differs);
            let actual = [&expected[..*done], bytes].concat();
            let difference = difference(expected, &actual, at);
            panic!(
                "{} was written something else in {}, at byte {at} of it, byte {} of all\n{difference}",
                self.origin,
                self.position(number),
                self.written + differs,
            );
        }
        *done += count;
        let is_full = *done == expected.len();
        self.written += count;
        if is_full {
            self.take(index);
        }
        count
    }

    fn poll_shutdown_step(&mut self) -> Poll<io::Result<()>> {
        match self.steps.iter().find(|(_, step)| step.is_write()) {
            Some((_, Step::Shutdown)) => {
                let at = ready!(self.poll_write_turn());
                self.take(at);
            }
            Some((number, step)) => panic!("{} was shut down before {}: {step}", self.origin, self.position(*number)),
            None => {}
        }
        self.is_shut_down = true;
        Poll::Ready(Ok(()))
    }

    /// Whether bytes are still to be written.
    fn expects_bytes(&self) -> bool {
        self.steps.iter().any(|(_, step)| matches!(step, Step::Write(..) | Step::WriteError(_)))
    }

    /// Ready once no wait or gate is before the next step that is written, of which there is one: with its index.
    fn poll_write_turn(&mut self) -> Poll<usize> {
        ready!(self.poll_pauses());
        // Until a reader has brought the script to the wait or gate.
        self.next_written().map_or(Poll::Pending, Poll::Ready)
    }

    /// The step that a write comes to: it has only reads before it.
    fn next_written(&self) -> Option<usize> {
        let next = self.steps.iter().position(|(_, step)| !step.is_read())?;
        self.steps[next].1.is_write().then_some(next)
    }

    /// Ready once all waits and gates that come next are over.
    fn poll_pauses(&mut self) -> Poll<()> {
        let both = Waker::from(self.halves.clone());
        loop {
            if let Some((_, pausing)) = &mut self.pausing {
                ready!(pausing.poll(&mut Context::from_waker(&both)));
                self.pausing = None;
            }
            match self.steps.pop_front() {
                Some((number, Step::Pause(pause))) => self.pausing = Some((number, pause.begin(self.origin))),
                Some(step) => {
                    self.steps.push_front(step);
                    return Poll::Ready(());
                }
                None => return Poll::Ready(()),
            }
        }
    }

    /// Takes the step at `index`.
    fn take(&mut self, index: usize) -> Step {
        self.steps.remove(index).expect("it is a step").1
    }

    fn unexpected(&self, bytes: &[u8]) -> ! {
        panic!(
            "{} was written {} beyond its script of {}, from byte {} of all on\n  {}",
            self.origin,
            counted(bytes.len(), "byte"),
            self.steps(),
            self.written,
            first(bytes)
        )
    }
}

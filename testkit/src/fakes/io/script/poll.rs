//! `AsyncRead` and `AsyncWrite` for [`Scripted`], one step at a time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::bytes::{difference, first};
use super::halves::Half;
use super::scripted::{ReadState, Scripted};
use super::step::{Numbered, Step};
use crate::executor::World;
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
    /// Polls on behalf of one half. Its task is woken when the other half, a timer or a gate advances the script.
    fn poll_as<T>(
        &mut self,
        half: Half,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Self) -> Poll<T>,
    ) -> Poll<T> {
        // Register the waker before polling: a gate may be released on another thread at any time.
        self.wakers.register(half, context.waker());
        let left = self.left();
        let polled = poll(self);
        if self.left() < left {
            self.wakers.wake_half(half.other());
            World::record_fake_call();
        }
        if polled.is_ready() {
            self.wakers.clear(half);
        }
        polled
    }

    fn poll_read_step(&mut self, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        match self.reads {
            ReadState::Open => {}
            ReadState::Ended => return Poll::Ready(Ok(())),
            ReadState::Stalled => return Poll::Pending,
        }
        ready!(self.poll_pauses());
        match self.steps.front_mut().map(|first| &mut first.step) {
            Some(Step::Read { bytes, done }) => {
                let count = buffer.remaining().min(bytes.len() - *done);
                buffer.put_slice(&bytes[*done..*done + count]);
                *done += count;
                self.read += count;
                if *done == bytes.len() {
                    self.take(0);
                }
                Poll::Ready(Ok(()))
            }
            Some(step) if step.is_read() => match self.take(0) {
                Step::ReadError(error) => Poll::Ready(Err(error)),
                Step::End => {
                    self.reads = ReadState::Ended;
                    Poll::Ready(Ok(()))
                }
                _ => {
                    self.reads = ReadState::Stalled;
                    Poll::Pending
                }
            },
            // Wait until the write happens.
            Some(_) => Poll::Pending,
            None => panic!(
                "{} was read past the end of its {}-step script, at byte {}; add `.end()` if it ends there, or \
                 `.stall()` if it stays open",
                self.origin, self.count, self.read
            ),
        }
    }

    fn poll_write_step(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        assert!(!self.is_shut_down, "{} was written to after it was shut down\n  {}", self.origin, first(bytes));
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if !self.expects_bytes() {
            self.unexpected(bytes);
        }
        let at = ready!(self.poll_write_turn());
        if let Step::WriteError(_) = self.steps[at].step {
            let Step::WriteError(error) = self.take(at) else { unreachable!("the step is a write error") };
            return Poll::Ready(Err(error));
        }
        let mut count = 0;
        while count < bytes.len()
            && let Some(at) = self.next_write()
            && let Step::Write { .. } = self.steps[at].step
        {
            count += self.accept(at, &bytes[count..]);
        }
        if count < bytes.len() && !self.expects_bytes() {
            self.unexpected(&bytes[count..]);
        }
        Poll::Ready(Ok(count))
    }

    /// Compares `bytes` with the rest of the write step at `index`, and returns how many bytes the step accepts.
    ///
    /// # Panics
    /// Panics if a byte differs.
    fn accept(&mut self, index: usize, bytes: &[u8]) -> usize {
        let Numbered { number, step: Step::Write { bytes: expected, done } } = &mut self.steps[index] else {
            unreachable!("the step is a write")
        };
        let count = bytes.len().min(expected.len() - *done);
        if let Some(differs) = (0..count).find(|at| expected[*done + at] != bytes[*at]) {
            let (number, at) = (*number, *done + differs);
            let actual = [&expected[..*done], bytes].concat();
            let difference = difference(expected, &actual, at);
            panic!(
                "{} received an unexpected write at byte {at} of {} (byte {} overall)\n{difference}",
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
        match self.steps.iter().find(|next| next.step.is_write()) {
            Some(Numbered { step: Step::Shutdown, .. }) => {
                let at = ready!(self.poll_write_turn());
                self.take(at);
            }
            Some(Numbered { number, step }) => {
                panic!("{} was shut down before {}: {step}", self.origin, self.position(*number))
            }
            None => {}
        }
        self.is_shut_down = true;
        Poll::Ready(Ok(()))
    }

    /// Returns whether the script still expects a write.
    fn expects_bytes(&self) -> bool {
        self.steps.iter().any(|left| matches!(left.step, Step::Write { .. } | Step::WriteError(_)))
    }

    /// Returns the index of the next write step once no wait or gate precedes it. The script must still expect a write.
    fn poll_write_turn(&mut self) -> Poll<usize> {
        ready!(self.poll_pauses());
        // Wait until a reader has advanced the script to the wait or gate.
        self.next_write().map_or(Poll::Pending, Poll::Ready)
    }

    /// Returns the index of the next write step if only reads come before it.
    fn next_write(&self) -> Option<usize> {
        let next = self.steps.iter().position(|left| !left.step.is_read())?;
        self.steps[next].step.is_write().then_some(next)
    }

    /// Polls the waits and gates at the front of the script. Ready once all of them are over.
    fn poll_pauses(&mut self) -> Poll<()> {
        let both = Waker::from(self.wakers.clone());
        loop {
            if let Some(active) = &mut self.active_pause {
                ready!(active.step.poll(&mut Context::from_waker(&both)));
                self.active_pause = None;
            }
            match self.steps.pop_front() {
                Some(Numbered { number, step: Step::Pause(pause) }) => {
                    self.active_pause = Some(Numbered { number, step: pause.begin(self.origin) });
                }
                Some(step) => {
                    self.steps.push_front(step);
                    return Poll::Ready(());
                }
                None => return Poll::Ready(()),
            }
        }
    }

    /// Removes and returns the step at `index`.
    fn take(&mut self, index: usize) -> Step {
        self.steps.remove(index).expect("the index is that of a step").step
    }

    fn unexpected(&self, bytes: &[u8]) -> ! {
        panic!(
            "{} received {} past the end of its {}-step script, starting at byte {} overall\n  {}",
            self.origin,
            counted(bytes.len(), "byte"),
            self.count,
            self.written,
            first(bytes)
        )
    }
}

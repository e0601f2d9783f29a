//! Typical mistakes in implementations of `AsyncWrite`, and the law that each breaks.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

use testkit::laws::{self, Case, Law};
use tokio::io::{AsyncWrite, BufWriter};

use super::{Made, write};

type PollWrite = fn(&mut Pipe, &mut Context<'_>, &[u8]) -> Poll<io::Result<usize>>;
type PollDone = fn(&mut Pipe, &mut Context<'_>) -> Poll<io::Result<()>>;

/// Destination of the bytes, with limited capacity.
#[derive(Default)]
struct Line {
    arrived: Vec<u8>,
    room: usize,
    waiting: Option<Waker>,
}

/// Writes into a line while there is room.
struct Pipe {
    line: Arc<Mutex<Line>>,
    /// Accepted bytes that have not been written to the line yet.
    kept: VecDeque<u8>,
    /// The original length of the pending write.
    planned: usize,
    write: PollWrite,
    flush: PollDone,
    shut_down: PollDone,
    vectored: fn(&[IoSlice<'_>]) -> Option<usize>,
}

impl Pipe {
    /// Writes as many bytes as fit into the line.
    fn pass_on(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let waker = context.waker().clone();
        let mut line = self.line.lock().unwrap();
        if line.room == 0 && !bytes.is_empty() {
            line.waiting = Some(waker);
            return Poll::Pending;
        }
        let count = bytes.len().min(line.room);
        line.room -= count;
        line.arrived.extend(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    /// Writes all buffered bytes to the line.
    fn pass_on_kept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.kept.is_empty() {
            let kept: Vec<u8> = self.kept.iter().copied().collect();
            let count = ready!(self.pass_on(context, &kept))?;
            self.kept.drain(..count);
        }
        Poll::Ready(Ok(()))
    }

    /// Buffers up to 40 bytes. Writes them to the line when flushed or full.
    fn buffer(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.kept.len() == 40 {
            ready!(self.pass_on_kept(context))?;
        }
        let count = bytes.len().min(40 - self.kept.len());
        self.kept.extend(&bytes[..count]);
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        (self.write)(&mut self, context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        match (self.vectored)(slices) {
            Some(count) => {
                let first = slices.first().map_or(0, |slice| slice.len());
                let written = ready!((self.write)(&mut self, context, &bytes[..first]))?;
                Poll::Ready(Ok(if written == first { count } else { written }))
            }
            None => (self.write)(&mut self, context, &bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        (self.flush)(&mut self, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        (self.shut_down)(&mut self, context)
    }
}

fn pipe(case: &mut Case) -> Pipe {
    let line = Arc::new(Mutex::new(Line::default()));
    for _ in 0..10 {
        let line = line.clone();
        case.then(move || {
            let waiting = {
                let mut line = line.lock().unwrap();
                line.room += 30;
                line.waiting.take()
            };
            waiting.into_iter().for_each(Waker::wake);
        });
    }
    let arrived = line.clone();
    case.received(move || arrived.lock().unwrap().arrived.clone());
    Pipe {
        line,
        kept: VecDeque::new(),
        planned: 0,
        write: Pipe::pass_on,
        flush: Pipe::pass_on_kept,
        shut_down: Pipe::pass_on_kept,
        vectored: |_| None,
    }
}

/// Checks a pipe with an incorrect write, and one with the correct write.
#[track_caller]
fn writes(law: Law, wrong: PollWrite) {
    write(law, move |case: &mut Case, made: Made| match made {
        Made::Wrong => Pipe { write: wrong, ..pipe(case) },
        Made::Right => pipe(case),
    });
}

#[test]
fn a_writer_that_registers_no_waker_is_found() {
    writes(Law::LeavesWaker, |pipe, context, bytes| {
        if pipe.line.lock().unwrap().room == 0 {
            return Poll::Pending;
        }
        pipe.pass_on(context, bytes)
    });
}

#[test]
fn a_writer_that_keeps_only_the_waker_of_its_first_poll_is_found() {
    writes(Law::KeepsNewestWaker, |pipe, context, bytes| {
        let (waiting, room) = {
            let mut line = pipe.line.lock().unwrap();
            (line.waiting.take(), line.room)
        };
        if let (Some(waker), 0) = (waiting, room) {
            pipe.line.lock().unwrap().waiting = Some(waker);
            return Poll::Pending;
        }
        pipe.pass_on(context, bytes)
    });
}

#[test]
fn a_writer_that_does_not_check_again_after_registering_its_waker_is_found() {
    writes(Law::ChecksAgain, |pipe, context, bytes| {
        let room = pipe.line.lock().unwrap().room;
        if room == 0 {
            let waker = context.waker().clone();
            pipe.line.lock().unwrap().waiting = Some(waker);
            return Poll::Pending;
        }
        pipe.pass_on(context, bytes)
    });
}

/// The count includes the header of the frame.
#[test]
fn a_writer_that_reports_more_bytes_than_it_was_given_is_found() {
    writes(Law::NoMoreThanGiven, |pipe, context, bytes| {
        let count = ready!(pipe.pass_on(context, bytes))?;
        Poll::Ready(Ok(if count == bytes.len() { count + 2 } else { count }))
    });
}

#[test]
fn a_writer_that_accepts_zero_bytes_if_there_is_no_room_is_found() {
    writes(Law::AcceptsSomething, |pipe, context, bytes| {
        let polled = pipe.pass_on(context, bytes);
        if polled.is_pending() { Poll::Ready(Ok(0)) } else { polled }
    });
}

/// Buffers the bytes, waits, and only then reports them as written.
#[test]
fn a_writer_that_keeps_the_bytes_of_a_write_that_is_pending_is_found() {
    writes(Law::DeliversAccepted, |pipe, context, bytes| {
        if pipe.kept.is_empty() {
            pipe.kept.extend(&bytes[..bytes.len().min(2)]);
        }
        let count = pipe.kept.len();
        ready!(pipe.pass_on_kept(context))?;
        Poll::Ready(Ok(count.min(bytes.len())))
    });
}

#[test]
fn a_writer_that_reports_the_count_of_a_write_that_was_pending_is_found() {
    writes(Law::NoMoreThanGiven, |pipe, context, bytes| {
        if pipe.planned == 0 {
            pipe.planned = bytes.len();
        }
        let written = ready!(pipe.pass_on(context, bytes))?;
        let planned = std::mem::take(&mut pipe.planned);
        Poll::Ready(Ok(if written == bytes.len() { planned } else { written }))
    });
}

/// Writes the bytes to the line and waits for a response.
#[test]
fn a_writer_that_writes_again_when_it_is_polled_again_is_found() {
    writes(Law::DeliversAccepted, |pipe, context, bytes| {
        let mut line = pipe.line.lock().unwrap();
        if line.room == 0 {
            line.arrived.extend(bytes.first());
        }
        drop(line);
        pipe.pass_on(context, bytes)
    });
}

#[test]
fn a_flush_that_leaves_bytes_in_the_buffer_is_found() {
    write(Law::Flushes, |case, made| match made {
        Made::Wrong => Pipe { write: Pipe::buffer, flush: |_, _| Poll::Ready(Ok(())), ..pipe(case) },
        Made::Right => Pipe { write: Pipe::buffer, ..pipe(case) },
    });
}

#[test]
fn a_shutdown_that_leaves_bytes_in_the_buffer_is_found() {
    write(Law::DeliversAccepted, |case, made| match made {
        Made::Wrong => Pipe { write: Pipe::buffer, shut_down: |_, _| Poll::Ready(Ok(())), ..pipe(case) },
        Made::Right => Pipe { write: Pipe::buffer, ..pipe(case) },
    });
}

#[test]
fn a_writer_that_writes_one_of_two_buffers_but_reports_both_is_found() {
    write(Law::DeliversAccepted, |case, made| match made {
        Made::Wrong => Pipe { vectored: |slices| Some(slices.iter().map(|slice| slice.len()).sum()), ..pipe(case) },
        Made::Right => pipe(case),
    });
}

/// After a partial flush, the buffer returns `Pending`, although it would accept bytes if it were polled again. That is
/// sound: the inner writer wakes the task. `tokio::io::BufWriter` does the same.
#[test]
fn a_partly_flushed_buffer_may_be_pending() {
    laws::write(|case| BufWriter::with_capacity(100, pipe(case))).check();
    laws::write(|case| Pipe { write: Pipe::buffer, ..pipe(case) }).check();
}

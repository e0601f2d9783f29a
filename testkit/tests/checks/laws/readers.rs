//! Typical mistakes in implementations of `AsyncRead`, and the law that each breaks.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use testkit::laws::{Case, Law};
use tokio::io::{AsyncRead, ReadBuf};

use super::inbox::Inbox;
use super::{Made, read};

type PollRead = fn(&mut Chunks, &mut Context<'_>, &mut ReadBuf<'_>) -> Poll<io::Result<()>>;

/// A reader of chunks from outside, polled with a given function.
struct Chunks {
    inbox: Arc<Inbox<&'static [u8]>>,
    /// The unread rest of the last chunk.
    rest: &'static [u8],
    poll: PollRead,
}

impl Chunks {
    /// Receives a chunk if the last one is consumed. An empty chunk marks the end.
    fn fill(&mut self, context: &mut Context<'_>) -> Poll<&'static [u8]> {
        while self.rest.is_empty() {
            let Some(chunk) = ready!(self.inbox.poll(context)) else { break };
            self.rest = chunk;
        }
        Poll::Ready(self.rest)
    }

    /// Reads correctly.
    fn right(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let chunk = ready!(self.fill(context));
        let (now, later) = chunk.split_at(chunk.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.rest = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Chunks {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        (self.poll)(&mut self, context, buffer)
    }
}

#[track_caller]
fn chunks(law: Law, wrong: PollRead) {
    read(law, move |case: &mut Case, made: Made| {
        let inbox = Inbox::of(case, [&b"one, "[..], b"two, ", b"three"]);
        Chunks { inbox, rest: b"", poll: if made.is_wrong() { wrong } else { Chunks::right } }
    });
}

#[test]
fn a_reader_that_registers_no_waker_is_found() {
    chunks(Law::LeavesWaker, |chunks, context, buffer| {
        if chunks.rest.is_empty() {
            chunks.rest = ready!(chunks.inbox.look()).unwrap_or_default();
        }
        chunks.right(context, buffer)
    });
}

#[test]
fn a_reader_that_does_not_check_again_after_registering_its_waker_is_found() {
    chunks(Law::ChecksAgain, |chunks, context, buffer| {
        if chunks.rest.is_empty() {
            match chunks.inbox.look() {
                Poll::Ready(chunk) => chunks.rest = chunk.unwrap_or_default(),
                Poll::Pending => {
                    chunks.inbox.leave(context.waker().clone());
                    return Poll::Pending;
                }
            }
        }
        chunks.right(context, buffer)
    });
}

#[test]
fn a_reader_that_fills_part_of_the_buffer_and_then_waits_is_found() {
    chunks(Law::LeavesBuffer, |chunks, context, buffer| {
        while buffer.remaining() > 0 {
            let before = buffer.filled().len();
            ready!(chunks.right(context, buffer))?;
            if buffer.filled().len() == before {
                break;
            }
        }
        Poll::Ready(Ok(()))
    });
}

#[test]
fn a_reader_that_fills_part_of_the_buffer_and_then_fails_is_found() {
    chunks(Law::LeavesBuffer, |chunks, context, buffer| {
        ready!(chunks.right(context, buffer))?;
        match buffer.filled().last() {
            Some(b'e') => Poll::Ready(Err(io::Error::other("what came does not end here"))),
            _ => Poll::Ready(Ok(())),
        }
    });
}

#[test]
fn a_reader_that_clears_the_buffer_before_it_reads_is_found() {
    chunks(Law::LeavesBuffer, |chunks, context, buffer| {
        let chunk = ready!(chunks.fill(context));
        buffer.clear();
        let (now, later) = chunk.split_at(chunk.len().min(buffer.remaining()));
        buffer.put_slice(now);
        chunks.rest = later;
        Poll::Ready(Ok(()))
    });
}

#[test]
fn a_reader_that_replaces_the_given_buffer_is_found() {
    chunks(Law::NoMoreThanGiven, |chunks, context, buffer| {
        let chunk = ready!(chunks.fill(context));
        chunks.rest = b"";
        *buffer = ReadBuf::new(Box::leak(chunk.into()));
        buffer.set_filled(chunk.len());
        Poll::Ready(Ok(()))
    });
}

#[test]
fn a_reader_that_reports_its_end_if_the_buffer_is_too_small_is_found() {
    chunks(
        Law::SameOutcome,
        |chunks, context, buffer| {
            if buffer.remaining() < 2 { Poll::Ready(Ok(())) } else { chunks.right(context, buffer) }
        },
    );
}

#[test]
fn a_reader_that_loses_bytes_that_do_not_fit_into_the_buffer_is_found() {
    chunks(Law::SameOutcome, |chunks, context, buffer| {
        ready!(chunks.right(context, buffer))?;
        chunks.rest = b"";
        Poll::Ready(Ok(()))
    });
}

#[test]
fn a_reader_that_reports_bytes_it_has_not_written_is_found() {
    chunks(Law::SameOutcome, |chunks, context, buffer| {
        let chunk = ready!(chunks.fill(context));
        let count = chunk.len().min(buffer.remaining());
        buffer.initialize_unfilled();
        buffer.advance(count);
        chunks.rest = &chunk[count..];
        Poll::Ready(Ok(()))
    });
}

#[test]
fn a_reader_that_decodes_its_chunk_again_at_each_poll_is_found() {
    chunks(Law::SameOutcome, |chunks, context, buffer| {
        // The cursor advances only after a whole chunk has been read.
        let chunk = ready!(chunks.fill(context));
        let count = chunk.len().min(buffer.remaining());
        buffer.put_slice(&chunk[..count]);
        chunks.rest = if count == chunk.len() || chunk.len() < 5 { &chunk[count..] } else { &chunk[1..] };
        Poll::Ready(Ok(()))
    });
}

#[test]
fn a_reader_that_continues_after_its_end_is_found() {
    chunks(Law::StaysEnded, |chunks, context, buffer| {
        let before = buffer.filled().len();
        ready!(chunks.right(context, buffer))?;
        if buffer.filled().len() == before {
            chunks.rest = b"again";
        }
        Poll::Ready(Ok(()))
    });
}

//! Typical mistakes in implementations of `AsyncBufRead`, and the law that each breaks.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use testkit::laws::{Case, Law};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

use super::inbox::Inbox;
use super::{Made, buf_read};

/// A buffered reader that receives its bytes from outside.
struct Buffered {
    inbox: Arc<Inbox<&'static [u8]>>,
    buffer: Vec<u8>,
    mistake: Option<Mistake>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mistake {
    LeavesNoWaker,
    ReadsOverIt,
    WaitsForMore,
    ConsumesOneMore,
    ConsumesAll,
    ConsumesNone,
}

impl Buffered {
    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}

impl AsyncBufRead for Buffered {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let buffered = self.get_mut();
        let reads_more = buffered.makes(Mistake::ReadsOverIt) && !buffered.inbox.lock().items.is_empty();
        let waits = buffered.makes(Mistake::WaitsForMore) && buffered.buffer.len() < 3;
        if buffered.buffer.is_empty() || reads_more || waits {
            let looked = match buffered.makes(Mistake::LeavesNoWaker) {
                true => buffered.inbox.look(),
                false => buffered.inbox.poll(context),
            };
            if let Some(chunk) = ready!(looked) {
                if reads_more {
                    buffered.buffer.clear();
                }
                buffered.buffer.extend(chunk);
            }
        }
        Poll::Ready(Ok(&buffered.buffer))
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        let count = match self.mistake {
            Some(Mistake::ConsumesOneMore) if amount > 0 => amount + 1,
            Some(Mistake::ConsumesAll) => self.buffer.len(),
            Some(Mistake::ConsumesNone) if amount < self.buffer.len() => 0,
            _ => amount,
        };
        let count = count.min(self.buffer.len());
        self.buffer.drain(..count);
    }
}

impl AsyncRead for Buffered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let shown = ready!(self.as_mut().poll_fill_buf(context))?;
        let count = shown.len().min(buffer.remaining());
        buffer.put_slice(&shown[..count]);
        self.consume(count);
        Poll::Ready(Ok(()))
    }
}

#[track_caller]
fn mistake(law: Law, mistake: Mistake) {
    buf_read(law, move |case: &mut Case, made: Made| {
        let inbox = Inbox::of(case, [&b"abcd"[..], b"efgh", b"ijkl"]);
        if mistake == Mistake::ReadsOverIt {
            inbox.push(b"0123");
            inbox.push(b"4567");
        }
        Buffered { inbox, buffer: Vec::new(), mistake: made.is_wrong().then_some(mistake) }
    });
}

#[test]
fn a_reader_that_registers_no_waker_is_found() {
    mistake(Law::LeavesWaker, Mistake::LeavesNoWaker);
}

#[test]
fn a_reader_that_overwrites_unconsumed_bytes_is_found() {
    mistake(Law::ShowsTheSame, Mistake::ReadsOverIt);
}

#[test]
fn a_reader_that_waits_although_it_has_bytes_is_found() {
    mistake(Law::ShowsTheSame, Mistake::WaitsForMore);
}

#[test]
fn a_reader_that_consumes_one_byte_too_many_is_found() {
    mistake(Law::ShowsTheSame, Mistake::ConsumesOneMore);
}

#[test]
fn a_reader_that_always_consumes_the_whole_buffer_is_found() {
    mistake(Law::ShowsTheSame, Mistake::ConsumesAll);
}

#[test]
fn a_reader_that_ignores_a_partial_consume_is_found() {
    mistake(Law::ShowsTheSame, Mistake::ConsumesNone);
}

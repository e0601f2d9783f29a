//! Readers.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

use super::turn::{Operation, Verdict};
use super::{Chaos, Fault};

/// What has been read, and is not handed on yet: only where there is more than one byte can a read be short.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// As long as the longest read so far: to clear it for each would take more time than all else.
    bytes: Vec<u8>,
    /// What of it has been read.
    range: Range<usize>,
}

impl Held {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }

    fn consume(&mut self, count: usize) {
        self.range.start += count;
    }

    /// Reads anew, where nothing is left.
    fn fill<R: AsyncRead>(
        &mut self,
        size: usize,
        inner: Pin<&mut R>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.bytes.len() < size {
            self.bytes.resize(size, 0);
        }
        let mut bytes = ReadBuf::new(&mut self.bytes[..size]);
        let read = inner.poll_read(context, &mut bytes);
        self.range = 0..bytes.filled().len();
        read
    }
}

/// At most so many bytes are read at a time.
const MOST: usize = 64 * 1024;

const fn read(size: usize) -> Operation {
    Operation { name: "read", unit: "byte", verb: "returned", size }
}

impl<R: AsyncRead, F: Fault<io::Result<()>>> AsyncRead for Chaos<R, F> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        if buf.remaining() == 0 {
            return this.inner.poll_read(context, buf);
        }
        if this.held.rest().is_empty() {
            ready!(this.held.fill(buf.remaining().min(MOST), this.inner, context))?;
        }
        let rest = this.held.rest();
        let size = rest.len().min(buf.remaining());
        match ready!(this.reads.poll(context, read(size), this.rules, this.errors.place().0)) {
            Verdict::Fails => {
                this.reads.done(0);
                Poll::Ready(this.errors.fail())
            }
            Verdict::Moves(most) => {
                let moved = size.min(most);
                buf.put_slice(&rest[..moved]);
                this.held.consume(moved);
                this.reads.done(moved);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<R: AsyncBufRead, F: Fault<io::Result<()>>> AsyncBufRead for Chaos<R, F> {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.project();
        // What a read has left comes first.
        let bytes = match this.held.rest() {
            [] => ready!(this.inner.poll_fill_buf(context))?,
            rest => rest,
        };
        match ready!(this.reads.poll(context, read(bytes.len()), this.rules, this.errors.place().0)) {
            Verdict::Fails => {
                this.reads.done(0);
                Poll::Ready(this.errors.fail().map(|()| &[][..]))
            }
            // It is decided until something is consumed: what has been shown once stays.
            Verdict::Moves(most) => Poll::Ready(Ok(&bytes[..bytes.len().min(most)])),
        }
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        let this = self.project();
        if count > 0 {
            this.reads.done(count);
        }
        match this.held.rest() {
            [] => this.inner.consume(count),
            _ => this.held.consume(count),
        }
    }
}

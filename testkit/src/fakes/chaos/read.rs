//! `AsyncRead` and `AsyncBufRead` for [`Chaos`].

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

use super::direction::{Decision, Operation};
use super::{Chaos, Fault};

/// Bytes that were read from the wrapped reader but not yet returned. A short read needs to know how many bytes are
/// available, so `chaos` reads ahead.
#[derive(Debug, Default)]
pub(super) struct ReadBuffer {
    /// As long as the longest read so far. It only grows, because clearing it for each read would dominate the cost.
    bytes: Vec<u8>,
    /// The unreturned part of `bytes`.
    range: Range<usize>,
}

impl ReadBuffer {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }

    fn consume(&mut self, count: usize) {
        self.range.start += count;
    }

    /// Reads up to `size` bytes. Only called while no bytes are left.
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

/// Maximum number of bytes per read.
const MAX_READ_SIZE: usize = 64 * 1024;

const fn read_operation(size: usize) -> Operation {
    Operation { name: "read", unit: "byte", verb: "returned", size }
}

impl<R: AsyncRead, F: Fault<io::Result<()>>> AsyncRead for Chaos<R, F> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        if buf.remaining() == 0 {
            return this.inner.poll_read(context, buf);
        }
        if this.read_buffer.rest().is_empty() {
            ready!(this.read_buffer.fill(buf.remaining().min(MAX_READ_SIZE), this.inner, context))?;
        }
        let rest = this.read_buffer.rest();
        let size = rest.len().min(buf.remaining());
        match ready!(this.reads.poll(context, read_operation(size), this.rules, this.errors.place().0)) {
            Decision::Fails => {
                this.reads.finish(0);
                Poll::Ready(this.errors.fail())
            }
            Decision::Moves(max) => {
                let moved = size.min(max);
                buf.put_slice(&rest[..moved]);
                this.read_buffer.consume(moved);
                this.reads.finish(moved);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<R: AsyncBufRead, F: Fault<io::Result<()>>> AsyncBufRead for Chaos<R, F> {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.project();
        // Bytes left over from `poll_read` come first.
        let bytes = match this.read_buffer.rest() {
            [] => ready!(this.inner.poll_fill_buf(context))?,
            rest => rest,
        };
        match ready!(this.reads.poll(context, read_operation(bytes.len()), this.rules, this.errors.place().0)) {
            Decision::Fails => {
                this.reads.finish(0);
                Poll::Ready(this.errors.fail().map(|()| &[][..]))
            }
            // The plan stays until `consume`: bytes that were returned once must be returned again.
            Decision::Moves(max) => Poll::Ready(Ok(&bytes[..bytes.len().min(max)])),
        }
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        let this = self.project();
        if count > 0 {
            this.reads.finish(count);
        }
        match this.read_buffer.rest() {
            [] => this.inner.consume(count),
            _ => this.read_buffer.consume(count),
        }
    }
}

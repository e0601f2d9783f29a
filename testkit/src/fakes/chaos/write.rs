//! `AsyncWrite` for [`Chaos`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::direction::{Decision, Operation};
use super::{Chaos, Fault};

const fn write_operation(name: &'static str, size: usize) -> Operation {
    Operation { name, unit: "byte", verb: "wrote", size }
}

impl<W: AsyncWrite, F: Fault<io::Result<()>>> AsyncWrite for Chaos<W, F> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.project();
        let max = match ready!(this.writes.poll(
            context,
            write_operation("write", buf.len()),
            this.rules,
            this.errors.place().0
        )) {
            Decision::Fails => {
                this.writes.finish(0);
                return Poll::Ready(this.errors.fail().map(|()| 0));
            }
            Decision::Moves(max) => max,
        };
        // A caller may pass another buffer after `Pending`, so the size is taken from the current one.
        let written = ready!(this.inner.poll_write(context, &buf[..buf.len().min(max)]));
        this.writes.finish(*written.as_ref().unwrap_or(&0));
        Poll::Ready(written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let (flushes, errors) = (this.flushes.at_position_of(this.writes), this.errors.place().0.without_position());
        if ready!(flushes.poll(context, write_operation("flush", 0), this.rules, errors)) == Decision::Fails {
            flushes.finish(0);
            return Poll::Ready(this.errors.fail());
        }
        let flushed = ready!(this.inner.poll_flush(context));
        flushes.finish(0);
        Poll::Ready(flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let (flushes, errors) = (this.flushes.at_position_of(this.writes), this.errors.place().0.without_position());
        if ready!(flushes.poll(context, write_operation("shutdown", 0), this.rules, errors)) == Decision::Fails {
            flushes.finish(0);
            return Poll::Ready(this.errors.fail());
        }
        let shut_down = ready!(this.inner.poll_shutdown(context));
        flushes.finish(0);
        Poll::Ready(shut_down)
    }
}

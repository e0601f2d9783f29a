//! Writers.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::turn::{Operation, Verdict};
use super::{Chaos, Fault};

const fn write(name: &'static str, size: usize) -> Operation {
    Operation { name, unit: "byte", verb: "took", size }
}

impl<W: AsyncWrite, F: Fault<io::Result<()>>> AsyncWrite for Chaos<W, F> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.project();
        let most = match ready!(this.writes.poll(context, write("write", buf.len()), this.rules, this.errors.place().0))
        {
            Verdict::Fails => {
                this.writes.done(0);
                return Poll::Ready(this.errors.fail().map(|()| 0));
            }
            Verdict::Moves(most) => most,
        };
        // While it is pending, the caller may change its mind about what it writes.
        let written = ready!(this.inner.poll_write(context, &buf[..buf.len().min(most)]));
        this.writes.done(*written.as_ref().unwrap_or(&0));
        Poll::Ready(written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let (flushes, errors) = (this.flushes.behind(this.writes), this.errors.place().0.without_place());
        if ready!(flushes.poll(context, write("flush", 0), this.rules, errors)) == Verdict::Fails {
            flushes.done(0);
            return Poll::Ready(this.errors.fail());
        }
        let flushed = ready!(this.inner.poll_flush(context));
        flushes.done(0);
        Poll::Ready(flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let (flushes, errors) = (this.flushes.behind(this.writes), this.errors.place().0.without_place());
        if ready!(flushes.poll(context, write("shutdown", 0), this.rules, errors)) == Verdict::Fails {
            flushes.done(0);
            return Poll::Ready(this.errors.fail());
        }
        let shut_down = ready!(this.inner.poll_shutdown(context));
        flushes.done(0);
        Poll::Ready(shut_down)
    }
}

//! `Stream` and `Sink` for [`Chaos`].

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;

use super::direction::{Decision, Errors, Operation};
use super::{Chaos, Fault};

/// An operation that moves one item.
const fn item_operation(name: &'static str) -> Operation {
    Operation { name, unit: "item", verb: "moved", size: 1 }
}

impl<S: Stream, F: Fault<S::Item>> Stream for Chaos<S, F> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let decision = this.reads.poll(context, item_operation("poll"), this.rules, this.errors.place().0);
        if ready!(decision) == Decision::Fails {
            this.reads.finish(0);
            return Poll::Ready(Some(this.errors.fail()));
        }
        let item = ready!(this.inner.poll_next(context));
        this.reads.finish(usize::from(item.is_some()));
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (lower, upper) = self.inner.size_hint();
        // An injected error is an extra item.
        let may_fail = !matches!(self.errors.place().0, Errors::Nowhere);
        (lower, if may_fail { None } else { upper })
    }
}

impl<S: Sink<T>, T, F: Fault<Result<(), S::Error>>> Sink<T> for Chaos<S, F> {
    type Error = S::Error;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let this = self.project();
        let decision = this.writes.poll(context, item_operation("wait for room"), this.rules, this.errors.place().0);
        if ready!(decision) == Decision::Fails {
            this.writes.finish(0);
            return Poll::Ready(this.errors.fail());
        }
        this.inner.poll_ready(context)
    }

    fn start_send(self: Pin<&mut Self>, item: T) -> Result<(), S::Error> {
        let this = self.project();
        this.writes.finish(1);
        this.inner.start_send(item)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let this = self.project();
        let flushes = this.flushes.at_position_of(this.writes);
        if ready!(flushes.poll(context, item_operation("flush"), this.rules, this.errors.place().0.without_position()))
            == Decision::Fails
        {
            flushes.finish(0);
            return Poll::Ready(this.errors.fail());
        }
        let flushed = ready!(this.inner.poll_flush(context));
        flushes.finish(0);
        Poll::Ready(flushed)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let this = self.project();
        let flushes = this.flushes.at_position_of(this.writes);
        if ready!(flushes.poll(context, item_operation("close"), this.rules, this.errors.place().0.without_position()))
            == Decision::Fails
        {
            flushes.finish(0);
            return Poll::Ready(this.errors.fail());
        }
        let closed = ready!(this.inner.poll_close(context));
        flushes.finish(0);
        Poll::Ready(closed)
    }
}

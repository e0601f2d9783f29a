//! Requests to end a host: a future, or the signals of the process.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{FusedStream, Stream};

/// A source of requests to end. The first one stops the host, the second one cuts the stop off.
pub(super) trait EndRequests {
    /// Polls for the next request.
    fn poll_request(&mut self, context: &mut Context<'_>) -> Poll<()>;
}

/// Waits for the next request. Cancel safe.
pub(super) async fn next_request(requests: &mut impl EndRequests) {
    poll_fn(|context| requests.poll_request(context)).await;
}

/// No requests.
pub(super) struct Never;

impl EndRequests for Never {
    fn poll_request(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// A single request, made when a future is ready.
pub(super) struct Once<'a, F>(pub(super) Option<Pin<&'a mut F>>);

impl<F: Future> EndRequests for Once<'_, F> {
    fn poll_request(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(future) = &mut self.0
            && future.as_mut().poll(context).is_ready()
        {
            self.0 = None;
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

/// A request for each item of a stream.
pub(super) struct Each<S>(pub(super) S);

impl<S: Stream<Item = ()> + FusedStream + Unpin> EndRequests for Each<S> {
    fn poll_request(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.0.is_terminated() {
            return Poll::Pending;
        }
        match Pin::new(&mut self.0).poll_next(context) {
            Poll::Ready(Some(())) => Poll::Ready(()),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

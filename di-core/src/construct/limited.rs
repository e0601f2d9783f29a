//! The future of an async constructor, with its timeout.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::container::BoxedValue;
use crate::internal::{BoxError, BoxFuture};

/// The reason why a constructor returned no value.
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
pub(super) enum ConstructorFailure {
    Failed(BoxError),
    TimedOut(Duration),
}

/// An async constructor that fails if it does not return in time.
pub(super) struct Limited {
    future: BoxFuture<Result<BoxedValue, BoxError>>,
    #[cfg_attr(not(feature = "tokio"), allow(dead_code))]
    limit: Option<Limit>,
}

/// A timeout, and the timer that fires when it is over.
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
struct Limit {
    time: Duration,
    #[cfg(feature = "tokio")]
    timer: Pin<Box<tokio::time::Sleep>>,
}

impl Limited {
    /// Starts the timer, if there is a timeout.
    pub(super) fn new(future: BoxFuture<Result<BoxedValue, BoxError>>, limit: Option<Duration>) -> Self {
        let limit = limit.map(|time| Limit {
            time,
            #[cfg(feature = "tokio")]
            timer: Box::pin(tokio::time::sleep(time)),
        });
        Limited { future, limit }
    }
}

impl Future for Limited {
    type Output = Result<BoxedValue, ConstructorFailure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(result) = self.future.as_mut().poll(context) {
            return Poll::Ready(result.map_err(ConstructorFailure::Failed));
        }
        #[cfg(feature = "tokio")]
        if let Some(limit) = &mut self.limit
            && limit.timer.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(ConstructorFailure::TimedOut(limit.time)));
        }
        Poll::Pending
    }
}

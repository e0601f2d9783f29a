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

type Construction = BoxFuture<Result<BoxedValue, BoxError>>;

/// An async constructor that may fail because it does not return in time.
pub(super) enum Limited {
    Unlimited(Construction),
    #[cfg(feature = "tokio")]
    Within {
        limit: Duration,
        future: Pin<Box<tokio::time::Timeout<Construction>>>,
    },
}

impl Limited {
    /// Starts the timer, if there is a timeout.
    pub(super) fn new(future: Construction, limit: Option<Duration>) -> Self {
        match limit {
            #[cfg(feature = "tokio")]
            Some(limit) => Limited::Within { limit, future: Box::pin(tokio::time::timeout(limit, future)) },
            _ => Limited::Unlimited(future),
        }
    }
}

impl Future for Limited {
    type Output = Result<BoxedValue, ConstructorFailure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Limited::Unlimited(future) => future.as_mut().poll(context).map_err(ConstructorFailure::Failed),
            #[cfg(feature = "tokio")]
            Limited::Within { limit, future } => future.as_mut().poll(context).map(|result| match result {
                Ok(result) => result.map_err(ConstructorFailure::Failed),
                Err(_) => Err(ConstructorFailure::TimedOut(*limit)),
            }),
        }
    }
}

//! hyper's timeouts on the ambient clock.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ::hyper::rt::Sleep;
use di_macros::component;

use crate::ambient::Clock;
use crate::internal::BoxFuture;

/// A hyper timer that uses a [`Clock`]. A component; cheap to clone.
#[derive(Clone)]
pub struct Timer {
    clock: Arc<dyn Clock>,
}

#[component]
impl Timer {
    /// Creates a timer that uses `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Timer { clock }
    }
}

impl ::hyper::rt::Timer for Timer {
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Sleep>> {
        sleep(self.clock.sleep(time))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        sleep(self.clock.sleep_until(deadline))
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }
}

fn sleep(sleep: BoxFuture<()>) -> Pin<Box<dyn Sleep>> {
    Box::pin(Sleeping(Mutex::new(sleep)))
}

/// A sleep of a clock. hyper requires `Sync`, which the mutex provides; it is never locked.
struct Sleeping(Mutex<BoxFuture<()>>);

impl Future for Sleeping {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(context)
    }
}

impl Sleep for Sleeping {}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timer")
    }
}

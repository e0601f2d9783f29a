//! Traits through which an interceptor makes the call.

use std::future::{Future, poll_fn};
use std::pin::pin;

use super::watch::Watch;
use super::{Call, Ending, Method, Outputs};

/// The rest of an async call: the inner interceptors, and then the component.
///
/// A `Next` owns the arguments. [`run`](Next::run) consumes it and passes them on. [`attempt`](Next::attempt) makes the
/// call with a clone of them, any number of times.
pub trait Next: Sized + Send {
    /// Output of the method's future.
    type Output: Send;

    /// The future of the call.
    type Future: Future<Output = Self::Output> + Send;

    /// Returns the call for display. It cannot be held across an await, because its arguments may not be `Sync`.
    fn call(&self) -> Call<'_>;

    /// Returns the called method.
    fn method(&self) -> &'static Method;

    /// Makes the call.
    fn run(self) -> Self::Future;

    /// Makes the call with a clone of the arguments. Returns `None` if one of them is not `Clone`;
    /// [`Method::can_repeat`] returns this in advance.
    fn attempt(&mut self) -> Option<Self::Future>;

    /// Returns the operations on an output.
    fn outputs(&self) -> Outputs<Self::Output>;

    /// Makes the call, and calls `on_end` exactly once when it has ended, even if it is dropped or panics.
    fn watch(self, on_end: impl FnOnce(&Ending<'_>) + Send) -> impl Future<Output = Self::Output> + Send {
        async move {
            let outputs = self.outputs();
            let mut watch = Watch::new(on_end);
            let mut call = pin!(self.run());
            let output = poll_fn(|context| watch.inside(|| call.as_mut().poll(context))).await;
            watch.end(outputs.failure(&output));
            output
        }
    }
}

/// The rest of a sync call. See [`Next`].
pub trait NextSync: Sized {
    /// Return type of the method.
    type Output;

    /// Returns the call for display.
    fn call(&self) -> Call<'_>;

    /// Returns the called method.
    fn method(&self) -> &'static Method;

    /// Makes the call.
    fn run(self) -> Self::Output;

    /// Makes the call with a clone of the arguments. Returns `None` if one of them is not `Clone`.
    fn attempt(&mut self) -> Option<Self::Output>;

    /// Returns the operations on an output.
    fn outputs(&self) -> Outputs<Self::Output>;

    /// Makes the call, and calls `on_end` exactly once when it has ended, even if it panics.
    fn watch(self, on_end: impl FnOnce(&Ending<'_>)) -> Self::Output {
        let outputs = self.outputs();
        let mut watch = Watch::new(on_end);
        let output = watch.inside(|| self.run());
        watch.end(outputs.failure(&output));
        output
    }
}

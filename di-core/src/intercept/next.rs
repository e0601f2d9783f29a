use std::future::{Future, poll_fn};
use std::pin::pin;

use super::watch::Watch;
use super::{Call, Ending, Method, Outputs};

/// The rest of an async call: the interceptors further inside, and then the component.
///
/// It has the arguments. [`run`](Next::run) hands them over, so that there is no second run; before that,
/// [`attempt`](Next::attempt) makes the call with a clone of them, as often as one likes.
pub trait Next: Sized + Send {
    /// What the method returns, once it is awaited.
    type Output: Send;

    /// The call under way.
    type Future: Future<Output = Self::Output> + Send;

    /// The call, to be shown. It cannot be kept across an await, as its arguments need not be `Sync`.
    fn call(&self) -> Call<'_>;

    /// The method that is called.
    fn method(&self) -> &'static Method;

    /// Makes the call.
    fn run(self) -> Self::Future;

    /// Makes the call with a clone of the arguments. None if one of them is not `Clone`: [`Method::can_repeat`] says so
    /// beforehand.
    fn attempt(&mut self) -> Option<Self::Future>;

    /// What can be done with an output.
    fn outputs(&self) -> Outputs<Self::Output>;

    /// Makes the call, and tells `on_end` how it ended: exactly once, also if it is dropped halfway, or panics.
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
    /// What the method returns.
    type Output;

    /// The call, to be shown.
    fn call(&self) -> Call<'_>;

    /// The method that is called.
    fn method(&self) -> &'static Method;

    /// Makes the call.
    fn run(self) -> Self::Output;

    /// Makes the call with a clone of the arguments. None if one of them is not `Clone`.
    fn attempt(&mut self) -> Option<Self::Output>;

    /// What can be done with an output.
    fn outputs(&self) -> Outputs<Self::Output>;

    /// Makes the call, and tells `on_end` how it ended: exactly once, also if it panics.
    fn watch(self, on_end: impl FnOnce(&Ending<'_>)) -> Self::Output {
        let outputs = self.outputs();
        let mut watch = Watch::new(on_end);
        let output = watch.inside(|| self.run());
        watch.end(outputs.failure(&output));
        output
    }
}

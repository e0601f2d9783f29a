use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use di_core::ambient::TaskEnd;
use pin_project_lite::pin_project;

use crate::sim::Sim;

/// Result of a test: nothing, a `Result` whose error fails the test, or `!` for a future that never completes.
#[diagnostic::on_unimplemented(
    message = "a test must return nothing or `Result<(), E>`, not `{Self}`",
    label = "returns `{Self}`",
    note = "the error of a test's `Result` implements `Display`"
)]
pub trait IntoTestResult {
    /// Converts into success, or into the error's text.
    ///
    /// # Errors
    /// Returns the text of the test's own error.
    fn into_test_result(self) -> Result<(), String>;
}

impl IntoTestResult for () {
    fn into_test_result(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Display> IntoTestResult for Result<(), E> {
    fn into_test_result(self) -> Result<(), String> {
        // The alternate form of errors such as `anyhow::Error` also prints their causes.
        self.map_err(|error| format!("{error:#}"))
    }
}

/// Names the type that a function pointer returns: on stable Rust, the only way to name `!` in an `impl`.
#[doc(hidden)]
pub trait Returns {
    /// The return type.
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

impl IntoTestResult for <fn() -> ! as Returns>::Output {
    fn into_test_result(self) -> Result<(), String> {
        self
    }
}

pin_project! {
    /// Passes the result of a test to its simulation. An `async` block would hold the future twice.
    pub(crate) struct TestFuture<F> {
        pub(crate) sim: Sim,
        #[pin]
        pub(crate) test: F,
    }
}

impl<F: Future<Output: IntoTestResult>> Future for TestFuture<F> {
    type Output = TaskEnd;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TaskEnd> {
        let this = self.project();
        let result = ready!(this.test.poll(context)).into_test_result();
        this.sim.set_result(result);
        Poll::Ready(TaskEnd::Done)
    }
}

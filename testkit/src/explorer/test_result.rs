//! Conversion of a test's return value into success or an error text.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use di_core::ambient::TaskEnd;
use pin_project_lite::pin_project;

use crate::sim::Sim;

/// Return type of a test: `()`, a `Result`, or `!` for a future that never completes. An `Err` fails the test.
#[diagnostic::on_unimplemented(
    message = "a test must return nothing or `Result<(), E>`, not `{Self}`",
    label = "returns `{Self}`",
    note = "the error of a test's `Result` must implement `Display`"
)]
pub trait IntoTestResult {
    /// Converts the return value into success or an error text.
    ///
    /// # Errors
    /// Returns the text of the error that the test returned.
    fn into_test_result(self) -> Result<(), String>;
}

impl IntoTestResult for () {
    fn into_test_result(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Display> IntoTestResult for Result<(), E> {
    fn into_test_result(self) -> Result<(), String> {
        // The alternate form of errors such as `anyhow::Error` also contains their causes.
        self.map_err(|error| format!("{error:#}"))
    }
}

/// Names the return type of a function pointer. This is the only way to name `!` in an `impl` on stable Rust.
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
    /// Passes the result of a test to its simulation. An `async` block would store the test's future twice.
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

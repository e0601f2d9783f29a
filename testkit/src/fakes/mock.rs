//! Delayed return values for [mockall](https://docs.rs/mockall) mocks.
//!
//! The order of two attributes determines what a mock of an async trait returns. With `#[automock]` above
//! `#[async_trait]`, a mock returns its value immediately. With `#[async_trait]` above `#[automock]`, it returns a
//! future that the test chooses, such as the ones here. The mock of a method that returns `impl Future` also returns a
//! future, without `#[async_trait]`.
//!
//! ```
//! use std::time::Duration;
//! use async_trait::async_trait;
//! use mockall::automock;
//! use testkit::mock;
//! use tokio::time::timeout;
//!
//! #[async_trait]
//! #[automock]
//! trait Host: Send + Sync {
//!     async fn fetch(&self, shard: &str) -> Result<u32, String>;
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let mut host = MockHost::new();
//! host.expect_fetch().times(1).returning(|_| mock::after(Duration::from_secs(5), Ok(1)));
//! host.expect_fetch().times(1).returning(|_| mock::ready(Err("gone".into())));
//! host.expect_fetch().returning(|_| mock::never());
//!
//! let begun = tokio::time::Instant::now();
//! assert_eq!(host.fetch("a").await, Ok(1));
//! assert_eq!(begun.elapsed(), Duration::from_secs(5));
//! assert_eq!(host.fetch("a").await, Err("gone".into()));
//! assert!(timeout(Duration::from_secs(30), host.fetch("a")).await.is_err());
//! # }
//! ```

use std::future::Future;
use std::time::Duration;

use di_core::BoxFuture;

/// Returns a future that is ready immediately with `answer`.
pub fn ready<T: Send + 'static>(answer: T) -> BoxFuture<T> {
    Box::pin(std::future::ready(answer))
}

/// Returns a future that is ready with `answer` after `time` on tokio's clock. A simulation advances that clock, and a
/// test may have paused it.
///
/// # Panics
/// The future panics if it is polled outside a tokio runtime.
pub fn after<T: Send + 'static>(time: Duration, answer: T) -> BoxFuture<T> {
    Box::pin(async move {
        tokio::time::sleep(time).await;
        answer
    })
}

/// Returns a future that is ready with `answer` once `future` is, such as a [`Gate`](crate::Gate) or a sleep on a
/// [`MockClock`](crate::MockClock).
///
/// ```
/// use async_trait::async_trait;
/// use mockall::automock;
/// use testkit::{Gate, mock};
///
/// #[async_trait]
/// #[automock]
/// trait Host: Send + Sync {
///     async fn fetch(&self, shard: &str) -> Result<u32, String>;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let gate = Gate::new();
/// let mut host = MockHost::new();
/// let passed = gate.clone();
/// host.expect_fetch().returning(move |_| mock::when(passed.pass(), Ok(1)));
///
/// let fetching = tokio::spawn(async move { host.fetch("a").await });
/// gate.reached().await; // the call is in flight
/// gate.release();
/// assert_eq!(fetching.await.unwrap(), Ok(1));
/// # }
/// ```
pub fn when<F, T>(future: F, answer: T) -> BoxFuture<T>
where
    F: Future + Send + 'static,
    T: Send + 'static,
{
    Box::pin(async move {
        future.await;
        answer
    })
}

/// Returns a future that is never ready. The caller must stop waiting, for example with a timeout.
pub fn never<T: Send + 'static>() -> BoxFuture<T> {
    Box::pin(std::future::pending())
}

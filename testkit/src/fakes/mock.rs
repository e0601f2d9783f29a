//! Answers of [mockall](https://docs.rs/mockall)'s mocks that take their time.
//!
//! What a mock of an async trait returns depends on the order of two attributes. With `#[automock]` above `#[async_trait]`,
//! a mock answers at once. With `#[async_trait]` above `#[automock]` it returns a future of the test's choice, and these are
//! such futures. A method that returns `impl Future` needs no `#[async_trait]`, and its mock returns a future, too.
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

/// Answers at once.
pub fn ready<T: Send + 'static>(answer: T) -> BoxFuture<T> {
    Box::pin(std::future::ready(answer))
}

/// Answers after `time` of tokio's clock, which a simulation moves, and a test may have paused.
///
/// # Panics
/// When polled outside of a tokio runtime.
pub fn after<T: Send + 'static>(time: Duration, answer: T) -> BoxFuture<T> {
    Box::pin(async move {
        tokio::time::sleep(time).await;
        answer
    })
}

/// Answers once `future` is ready: a [`Gate`](crate::Gate) passed, or a sleep on a [`MockClock`](crate::MockClock) over.
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
/// gate.reached().await; // the call is under way
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

/// Never answers: the caller has to give up by itself.
pub fn never<T: Send + 'static>() -> BoxFuture<T> {
    Box::pin(std::future::pending())
}

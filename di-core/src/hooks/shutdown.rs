//! The signal that asks `#[run]` tasks to end.

/// Signals a `#[run]` task to end. Cheap to clone. Wraps a `tokio_util` `CancellationToken`.
///
/// ```
/// use di_core::Shutdown;
///
/// async fn pump(shutdown: Shutdown) {
///     loop {
///         tokio::select! {
///             () = shutdown.requested() => break,
///             () = tokio::task::yield_now() => { /* one piece of work */ }
///         }
///     }
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let shutdown = Shutdown::new();
/// shutdown.request();
/// pump(shutdown).await;
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Shutdown {
    #[cfg(feature = "tokio")]
    token: tokio_util::sync::CancellationToken,
}

#[cfg(feature = "tokio")]
impl Shutdown {
    /// Creates a `Shutdown` that has not been requested, for example to test a `#[run]` method.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        tokio_util::sync::CancellationToken::new().into()
    }

    /// Waits until shutdown is requested. Can be awaited repeatedly.
    pub async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// Returns whether shutdown has been requested.
    pub fn is_requested(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Requests shutdown on all clones.
    pub fn request(&self) {
        self.token.cancel();
    }

    /// Returns the token.
    pub fn token(&self) -> &tokio_util::sync::CancellationToken {
        &self.token
    }
}

#[cfg(feature = "tokio")]
impl From<tokio_util::sync::CancellationToken> for Shutdown {
    fn from(token: tokio_util::sync::CancellationToken) -> Self {
        Shutdown { token }
    }
}

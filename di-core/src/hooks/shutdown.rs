/// Tells a `#[run]` task that its time is over. Cheap to clone; underneath it is a `tokio_util` `CancellationToken`.
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
    /// One that has not been requested, as for a test of a `#[run]` method.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        tokio_util::sync::CancellationToken::new().into()
    }

    /// Ready once shutdown is requested. May be awaited again and again.
    pub async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// Whether shutdown is requested.
    pub fn is_requested(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Requests it, of all clones.
    pub fn request(&self) {
        self.token.cancel();
    }

    /// The token, for what takes one.
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

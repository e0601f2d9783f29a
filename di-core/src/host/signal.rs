//! SIGINT and SIGTERM as a future.

use std::future::Future;

/// Waits until the process receives SIGINT (Ctrl-C) or SIGTERM.
///
/// Starts to listen when it is called, before the future is polled.
///
/// # Panics
/// Panics if the process cannot listen for signals, or if called outside a tokio runtime.
pub fn termination_signal() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).expect("the process can listen for signals");
        let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt()), listen(SignalKind::terminate()));
        async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
    }
    #[cfg(not(unix))]
    async {
        tokio::signal::ctrl_c().await.expect("the process can listen for Ctrl-C");
    }
}

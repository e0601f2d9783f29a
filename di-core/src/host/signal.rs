//! SIGINT and SIGTERM, as a future and as requests to end a host.

use std::future::{Future, poll_fn};
use std::task::{Context, Poll};

use super::end_requests::EndRequests;

/// The signals SIGINT (Ctrl-C) and SIGTERM of the process.
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Signals {
    /// Starts to listen. From now on, these signals do not end the process.
    ///
    /// # Panics
    /// Panics if the process cannot listen for signals, or if called outside a tokio runtime.
    pub(super) fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let listen = |kind| signal(kind).expect("the process can listen for signals");
            Signals { interrupt: listen(SignalKind::interrupt()), terminate: listen(SignalKind::terminate()) }
        }
        #[cfg(windows)]
        {
            Signals { interrupt: tokio::signal::windows::ctrl_c().expect("the process can listen for Ctrl-C") }
        }
    }
}

impl EndRequests for Signals {
    fn poll_request(&mut self, context: &mut Context<'_>) -> Poll<()> {
        #[cfg(unix)]
        if self.terminate.poll_recv(context).is_ready() {
            return Poll::Ready(());
        }
        self.interrupt.poll_recv(context).map(|_| ())
    }
}

/// Waits until the process receives SIGINT (Ctrl-C) or SIGTERM.
///
/// Starts to listen when it is called, before the future is polled.
///
/// # Panics
/// Panics if the process cannot listen for signals, or if called outside a tokio runtime.
pub fn termination_signal() -> impl Future<Output = ()> + Send + 'static {
    let mut signals = Signals::listen();
    async move { poll_fn(|context| signals.poll_request(context)).await }
}

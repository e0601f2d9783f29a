//! What is under way, broken off in order as the process is asked to end.

use std::io;
use std::sync::Arc;

use di_core::Shutdown;
use di_core::ambient::Spawner;
use futures_util::stream::{StreamExt, once};

use crate::object::ByteStream;

/// Asks to stop when SIGINT or SIGTERM comes.
pub(crate) fn on_signal(spawner: &Arc<dyn Spawner>) -> Shutdown {
    let shutdown = Shutdown::new();
    let (requested, signal) = (shutdown.clone(), di_core::host::termination_signal());
    let watching = spawner.spawn("signal", async move {
        signal.await;
        requested.request();
    });
    drop(watching);
    shutdown
}

/// The content, which breaks off when it is asked to stop, so that what was stored of it is taken back.
pub(crate) fn breaking_off(content: ByteStream, shutdown: &Shutdown) -> ByteStream {
    let (requested, asked) = (shutdown.clone(), shutdown.clone());
    let until = content.take_until(async move { requested.requested().await });
    let interruption = once(async move {
        asked.is_requested().then(|| Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted by a signal")))
    });
    until.chain(interruption.filter_map(std::future::ready)).boxed()
}

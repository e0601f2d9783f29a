//! Interrupts uploads cleanly when the process receives a signal to stop.

use std::io;
use std::sync::Arc;

use di_core::Shutdown;
use di_core::ambient::Spawner;
use futures_util::stream::{StreamExt, once};

use crate::object::ByteStream;

/// Returns a `Shutdown` that is requested on SIGINT or SIGTERM.
pub(crate) fn on_signal(spawner: &Arc<dyn Spawner>) -> Shutdown {
    let shutdown = Shutdown::new();
    let (requested, signal) = (shutdown.clone(), di_core::host::termination_signal());
    let watch = spawner.spawn("signal", async move {
        signal.await;
        requested.request();
    });
    drop(watch);
    shutdown
}

/// Returns `content`, but ends it with an error once `shutdown` is requested. The failed put then deletes the stored
/// shards.
pub(crate) fn until_shutdown(content: ByteStream, shutdown: &Shutdown) -> ByteStream {
    let (requested, shutdown_seen) = (shutdown.clone(), shutdown.clone());
    let before = content.take_until(async move { requested.requested().await });
    let interruption = once(async move {
        shutdown_seen.is_requested().then(|| Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted by a signal")))
    });
    before.chain(interruption.filter_map(std::future::ready)).boxed()
}

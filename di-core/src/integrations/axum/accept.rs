//! Accept loop that survives errors, for `Server` and `axum::serve`.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::ambient::{Connection, Listener};

/// Pause after a failed accept, for example when file descriptors run out.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Waits for the next connection. Errors of a single connection are skipped. After any other error, waits for `rest`
/// and tries again.
pub(super) async fn accept<R: Future<Output = ()>>(
    listener: &mut dyn Listener,
    rest: impl Fn(Duration) -> R,
) -> (Connection, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                report(&error);
                rest(RETRY_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind())
}

fn report(error: &io::Error) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "di_core::axum", %error, "cannot accept connections; trying again in 1 s");
    #[cfg(not(feature = "tracing"))]
    {
        _ = error;
    }
}

/// Lets `axum::serve` take the listener of any network. After a failed accept, it waits on tokio's clock.
///
/// Handlers can take `ConnectInfo<SocketAddr>` if the listener was wrapped with axum's `ListenerExt::tap_io`:
///
/// ```
/// use std::net::SocketAddr;
/// use axum::{Router, extract::ConnectInfo, routing::get, serve::ListenerExt};
/// use di_core::ambient::Ambient;
///
/// async fn who(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
///     peer.to_string()
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let router = Router::new().route("/", get(who)).into_make_service_with_connect_info::<SocketAddr>();
/// let listener = Ambient::tokio().network.bind("127.0.0.1:0").await?;
/// let serving = axum::serve(listener.tap_io(|_| {}), router);
/// # drop(serving);
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
impl ::axum::serve::Listener for Box<dyn Listener> {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        accept(&mut **self, tokio::time::sleep).await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        (**self).local_addr()
    }
}

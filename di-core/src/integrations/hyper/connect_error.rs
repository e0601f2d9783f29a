use std::io;
use std::time::Duration;

use ::hyper::Uri;

/// Why a [`Connector`](super::Connector) has no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URI asks for another protocol than the connector speaks.
    #[error(
        "cannot connect to {0}: this connector speaks no TLS, only plain http; for https, wrap \
         `Connector::below_tls` in a connector that does, such as that of hyper-rustls"
    )]
    NotHttp(Uri),
    /// The URI names no host.
    #[error("cannot connect to {0}: it names no host; write it as http://host:port/path")]
    NoHost(Uri),
    /// The network cannot connect.
    #[error("cannot connect to {address}: {source}")]
    Network {
        /// Where to: `host:port`.
        address: String,
        /// What the network says.
        source: io::Error,
    },
    /// The network did not connect in time.
    #[error("cannot connect to {address}: it took no connection within {waited:?}")]
    TimedOut {
        /// Where to: `host:port`.
        address: String,
        /// How long that was.
        waited: Duration,
    },
}

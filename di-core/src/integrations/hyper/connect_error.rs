//! Reasons why a client cannot connect.

use std::io;
use std::time::Duration;

use ::hyper::Uri;

/// Error returned when a [`Connector`](super::Connector) cannot connect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URI's scheme is not supported.
    #[error(
        "cannot connect to {0}: this connector does not support TLS, only plain http; for https, wrap \
         `Connector::below_tls` in a connector that does, such as that of hyper-rustls"
    )]
    NotHttp(Uri),
    /// The URI has no host.
    #[error("cannot connect to {0}: the URI has no host; write it as http://host:port/path")]
    NoHost(Uri),
    /// The network failed to connect.
    #[error("cannot connect to {address}: {source}")]
    Network {
        /// The address, `host:port`.
        address: String,
        /// The network's error.
        source: io::Error,
    },
    /// The network did not connect in time.
    #[error("cannot connect to {address}: no connection within {waited:?}")]
    TimedOut {
        /// The address, `host:port`.
        address: String,
        /// The timeout.
        waited: Duration,
    },
}

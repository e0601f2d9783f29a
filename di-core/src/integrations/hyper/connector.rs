//! Connections of hyper's clients, through the ambient network.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::hyper::Uri;
use di_macros::component;
use hyper_util::client::legacy::connect::{Connected, Connection as ConnectionInfo};
use hyper_util::rt::TokioIo;
use tower_service::Service;

use super::ConnectError;
use crate::ambient::{Clock, Connection, Network};
use crate::internal::BoxFuture;

/// Connects hyper's clients through a [`Network`], without TLS. A component; cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use axum::body::Body;
/// use di_core::ambient::Ambient;
/// use di_core::hyper::{Connector, Executor, Timer};
/// use hyper_util::client::legacy::Client;
///
/// let Ambient { clock, spawner, network, .. } = Ambient::tokio();
/// let connector = Connector::new(network).connect_timeout(clock.clone(), Duration::from_secs(5));
/// let client: Client<_, Body> =
///     Client::builder(Executor::new(spawner)).pool_timer(Timer::new(clock)).build(connector);
/// ```
///
/// The network resolves names, and connects to the `host:port` of the URI, with 80 as the default port.
#[derive(Clone)]
pub struct Connector {
    network: Arc<dyn Network>,
    timeout: Option<ConnectTimeout>,
    is_below_tls: bool,
}

#[derive(Clone)]
struct ConnectTimeout {
    clock: Arc<dyn Clock>,
    time: Duration,
}

#[component]
impl Connector {
    /// Creates a connector through `network`, without a timeout.
    pub fn new(network: Arc<dyn Network>) -> Self {
        Connector { network, timeout: None, is_below_tls: false }
    }

    /// Sets a timeout for connecting, measured with `clock`.
    #[must_use]
    pub fn connect_timeout(self, clock: Arc<dyn Clock>, time: Duration) -> Self {
        Connector { timeout: Some(ConnectTimeout { clock, time }), ..self }
    }

    /// Accepts the scheme `https` as well, with 443 as the default port, and leaves TLS to the connector around it:
    /// pass this to `wrap_connector` of hyper-rustls's `HttpsConnectorBuilder`. Without such a wrapper, it would send
    /// unencrypted data to an `https` URI.
    #[must_use]
    pub fn below_tls(self) -> Self {
        Connector { is_below_tls: true, ..self }
    }

    /// Returns the address of `uri`, `host:port`.
    fn address(&self, uri: &Uri) -> Result<String, ConnectError> {
        let default_port = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") if self.is_below_tls => 443,
            _ => return Err(ConnectError::NotHttp(uri.clone())),
        };
        match uri.host() {
            Some(host) if !host.is_empty() => Ok(format!("{host}:{}", uri.port_u16().unwrap_or(default_port))),
            _ => Err(ConnectError::NoHost(uri.clone())),
        }
    }

    async fn connect(self, uri: Uri) -> Result<TokioIo<Connection>, ConnectError> {
        let address = self.address(&uri)?;
        let connecting = self.network.connect(&address);
        let connected = match self.timeout {
            None => connecting.await,
            Some(ConnectTimeout { clock, time }) => match clock.timeout(time, connecting).await {
                Ok(connected) => connected,
                Err(_) => return Err(ConnectError::TimedOut { address, waited: time }),
            },
        };
        match connected {
            Ok(connection) => Ok(TokioIo::new(connection)),
            Err(source) => Err(ConnectError::Network { address, source }),
        }
    }
}

/// The interface that hyper's clients call.
impl Service<Uri> for Connector {
    type Response = TokioIo<Connection>;
    type Error = ConnectError;
    type Future = BoxFuture<Result<TokioIo<Connection>, ConnectError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// Reports neither a proxy nor a negotiated HTTP/2.
impl ConnectionInfo for Connection {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timeout = self.timeout.as_ref().map(|timeout| timeout.time);
        f.debug_struct("Connector")
            .field("timeout", &timeout)
            .field("is_below_tls", &self.is_below_tls)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::TokioNetwork;

    fn address(connector: &Connector, uri: &'static str) -> Result<String, String> {
        connector.address(&Uri::from_static(uri)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_uri_without_a_port_has_the_default_of_its_scheme() {
        let plain = Connector::new(Arc::new(TokioNetwork));
        assert_eq!(address(&plain, "http://host-1/path").unwrap(), "host-1:80");
        assert_eq!(address(&plain, "http://host-1:7001").unwrap(), "host-1:7001");
        assert_eq!(address(&plain, "http://[::1]:7001").unwrap(), "[::1]:7001");
        assert_eq!(address(&plain.below_tls(), "https://host-1").unwrap(), "host-1:443");
    }

    #[test]
    fn https_without_tls_is_rejected_with_a_solution() {
        let plain = Connector::new(Arc::new(TokioNetwork));
        let error = address(&plain, "https://host-1/path").unwrap_err();
        assert!(
            error.starts_with("cannot connect to https://host-1/path: this connector does not support TLS"),
            "{error}"
        );
        assert!(error.contains("wrap `Connector::below_tls` in a connector that does"), "{error}");
        assert!(address(&plain.below_tls(), "ftp://host-1/path").is_err());
    }

    #[test]
    fn a_uri_without_a_host_is_rejected() {
        let plain = Connector::new(Arc::new(TokioNetwork));
        let error = address(&plain, "http://:80/path").unwrap_err();
        assert_eq!(error, "cannot connect to http://:80/path: the URI has no host; write it as http://host:port/path");
    }
}

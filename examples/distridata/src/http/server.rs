//! Lifecycle of the coordinator's HTTP server: start, graceful stop, and a time limit for uploads.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use di_core::ambient::Clock;
use di_core::{Shutdown, component};

use super::{Http, routes};
use crate::config::Config;
use crate::servers::{ListenError, RunningServer, Servers};

/// HTTP server of the coordinator.
pub struct HttpServer {
    server: RunningServer,
    clock: Arc<dyn Clock>,
    cut_off: Shutdown,
}

/// Time limit for requests in flight during shutdown.
const GRACE: Duration = Duration::from_secs(20);

#[component]
impl HttpServer {
    pub async fn new(config: &Config, http: Http, servers: &Servers) -> Result<Self, ListenError> {
        let (clock, cut_off) = (http.clock.clone(), http.cut_off.clone());
        Ok(HttpServer { server: servers.start(&config.listen, routes::router(http)).await?, clock, cut_off })
    }

    /// Waits for requests in flight. Cuts off puts that take too long, which rolls them back.
    #[stop(timeout = "30s")]
    async fn drain(&self) {
        let mut draining = pin!(self.server.drain());
        if self.clock.timeout(GRACE, draining.as_mut()).await.is_err() {
            self.cut_off.request();
            draining.await;
        }
    }

    /// Returns the address at which the server listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::storage::{MockCoordinate, Storage};

    #[tokio::test]
    async fn the_error_names_an_address_in_use() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let config = Config { listen: taken.local_addr().unwrap().to_string(), ..Config::new("/unused") };
        let slice = App::slice().with_config(Arc::new(config)).with_coordinator(Arc::new(MockCoordinate::new()));
        let slice = slice.with_checks(Vec::new()).with_host_metrics(Storage::slice().get().await.unwrap());
        let text = format!("{:?}", slice.get::<Arc<HttpServer>>().await.err().unwrap());
        assert!(text.contains("`server` (HttpServer) failed: cannot listen on 127.0.0.1:"), "{text}");
    }
}

//! What talks HTTP, to storage hosts and to the coordinator.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use di_core::ambient::{Clock, Network, Spawner};
use di_core::hyper::{Connector, Executor, Timer};
use di_core::provider;
use hyper_util::client::legacy::Client;

/// A client of hyper over any network. Cheap to clone; clones share their connections.
pub type HttpClient = Client<Connector, Body>;

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client whose time, tasks and connections are those of these services.
#[provider]
pub fn http_client(clock: Arc<dyn Clock>, spawner: Arc<dyn Spawner>, network: Arc<dyn Network>) -> HttpClient {
    let connector = Connector::new(network).connect_timeout(clock.clone(), CONNECT_TIMEOUT);
    Client::builder(Executor::new(spawner)).pool_timer(Timer::new(clock)).build(connector)
}

/// The cause that says what happened; those around it say that it happened in HTTP.
pub(crate) fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    error.source().map_or(error, innermost)
}

//! HTTP client for storage hosts and for the coordinator.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use di_core::ambient::{Clock, Network, Spawner};
use di_core::hyper::{Connector, Executor, Timer};
use di_core::provider;
use hyper_util::client::legacy::Client;

/// Hyper client over any network. Cheap to clone; clones share a connection pool.
pub type HttpClient = Client<Connector, Body>;

/// Time limit for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Builds a client that uses the given clock, spawner and network.
#[provider]
pub fn http_client(clock: Arc<dyn Clock>, spawner: Arc<dyn Spawner>, network: Arc<dyn Network>) -> HttpClient {
    let connector = Connector::new(network).connect_timeout(clock.clone(), CONNECT_TIMEOUT);
    Client::builder(Executor::new(spawner)).pool_timer(Timer::new(clock)).build(connector)
}

/// Returns the innermost cause, which describes the failure. The outer errors only add that this is an HTTP request.
pub(crate) fn root_cause<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    error.source().map_or(error, root_cause)
}

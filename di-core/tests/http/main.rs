//! axum and hyper over an in-memory network and over TCP.

mod client;
mod extractor;
mod in_memory;
mod scopes;
mod server;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use di_core::Shutdown;
use di_core::ambient::{Ambient, JoinHandle};
use di_core::axum::Server;
use di_core::hyper::{Connector, Executor, Timer};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;

use in_memory::InMemory;

type HttpClient = Client<Connector, Body>;

/// Tokio's services, with an in-memory network.
fn ambient(network: &Arc<InMemory>) -> Ambient {
    Ambient { network: network.clone(), ..Ambient::tokio() }
}

fn client(ambient: &Ambient) -> HttpClient {
    let executor = Executor::new(ambient.spawner.clone());
    let timer = Timer::new(ambient.clock.clone());
    Client::builder(executor).pool_timer(timer).build(Connector::new(ambient.network.clone()))
}

/// Serves `router` at `address` until it is shut down.
async fn serve(ambient: &Ambient, address: &str, router: Router) -> (Shutdown, JoinHandle<()>) {
    let shutdown = Shutdown::new();
    let listener = ambient.network.bind(address).await.unwrap();
    let server = Server::new(ambient.clock.clone(), ambient.spawner.clone());
    let serving = ambient.spawner.spawn("serve", server.serve(listener, router, shutdown.clone()));
    (shutdown, serving)
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

/// Awaits a future with a timeout. Otherwise, a server that keeps running would hang the test.
async fn soon<F: IntoFuture>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("it is ready within 10 s")
}

async fn text(response: Response<Incoming>) -> String {
    let bytes = to_bytes(Body::new(response.into_body()), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

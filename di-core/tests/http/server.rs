//! axum over any network: the spawner runs one task per connection.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get as on_get;
use axum::serve::ListenerExt;
use di_core::Shutdown;
use di_core::ambient::{Connection, Listener, Network};
use di_core::axum::Server;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use super::{InMemory, ambient, client, get, serve, soon, text};

async fn who(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
    peer.to_string()
}

fn router() -> Router {
    Router::new().route("/", on_get(who))
}

/// Responds when released.
fn gated(gate: &Arc<Semaphore>) -> Router {
    let gate = gate.clone();
    let answer = async move || {
        _ = gate.acquire().await.unwrap();
        "answered"
    };
    Router::new().route("/", on_get(answer))
}

/// Yields until all other tasks are idle.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_handler_can_get_the_address_of_its_client() {
    let ambient = ambient(&Arc::default());
    let _serving = serve(&ambient, "host-1:80", router()).await;
    assert_eq!(text(client(&ambient).request(get("http://host-1/")).await.unwrap()).await, "10.0.0.1:1");
}

#[tokio::test]
async fn axums_own_serve_accepts_any_listener() {
    let ambient = ambient(&Arc::default());
    let listener = ambient.network.bind("host-1:80").await.unwrap();
    let service = router().into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener.tap_io(|_| {}), service);
    assert_eq!(serving.local_addr().unwrap().to_string(), "10.0.0.1:80");
    tokio::spawn(serving.into_future());
    assert_eq!(text(client(&ambient).request(get("http://host-1/")).await.unwrap()).await, "10.0.0.1:1");
}

#[tokio::test]
async fn a_shutdown_waits_for_requests_in_progress() {
    let network = Arc::default();
    let ambient = ambient(&network);
    let gate = Arc::new(Semaphore::new(0));
    let (shutdown, serving) = serve(&ambient, "host-1:80", gated(&gate)).await;
    // One connection has no request, and one waits for its response.
    let mut idle = network.connect("host-1:80").await.unwrap();
    let client = client(&ambient);
    let asking = tokio::spawn(client.request(get("http://host-1/")));
    settle().await;
    shutdown.request();
    let mut rest = Vec::new();
    assert_eq!(soon(idle.read_to_end(&mut rest)).await.unwrap(), 0, "an idle connection is closed");
    settle().await;
    assert!(network.connect("host-1:80").await.is_err(), "the listener is closed");
    assert!(!serving.is_finished());
    gate.add_permits(1);
    assert_eq!(text(asking.await.unwrap().unwrap()).await, "answered");
    soon(serving).await.unwrap();
}

#[tokio::test]
async fn dropping_a_server_ends_its_connections() {
    let network: Arc<InMemory> = Arc::default();
    let ambient = ambient(&network);
    let gate = Arc::new(Semaphore::new(0));
    let (_shutdown, serving) = serve(&ambient, "host-1:80", gated(&gate)).await;
    let mut connection = network.connect("host-1:80").await.unwrap();
    connection.write_all(b"GET / HTTP/1.1\r\nhost: host-1\r\n\r\n").await.unwrap();
    settle().await;
    assert_eq!(Arc::strong_count(&gate), 3, "the handler waits");
    serving.abort();
    let mut answer = Vec::new();
    assert_eq!(soon(connection.read_to_end(&mut answer)).await.unwrap(), 0);
    settle().await;
    assert_eq!(Arc::strong_count(&gate), 1);
}

#[tokio::test]
async fn a_panic_in_a_handler_ends_only_its_own_connection() {
    let network: Arc<InMemory> = Arc::default();
    let ambient = ambient(&network);
    let panicking = on_get(async || {
        std::panic::panic_any("a panic that the test wants");
        #[allow(unreachable_code)]
        ""
    });
    let (shutdown, serving) = serve(&ambient, "host-1:80", router().route("/panic", panicking)).await;
    let client = client(&ambient);
    client.request(get("http://host-1/panic")).await.unwrap_err();
    assert_eq!(text(client.request(get("http://host-1/")).await.unwrap()).await, "10.0.0.1:2");
    shutdown.request();
    soon(serving).await.unwrap();
}

/// A listener that first fails to accept several times.
struct Failing {
    errors: VecDeque<io::ErrorKind>,
    inner: Box<dyn Listener>,
}

impl Listener for Failing {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Connection, SocketAddr)>> {
        match self.errors.pop_front() {
            Some(error) => async move { Err(error.into()) }.boxed(),
            None => self.inner.accept(),
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

#[tokio::test(start_paused = true)]
async fn accept_errors_of_a_connection_are_skipped_and_others_are_retried_after_a_pause() {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Other};

    for (errors, waited) in [(vec![ConnectionAborted, ConnectionReset], 0), (vec![Other, ConnectionReset, Other], 2)] {
        for is_axums_own in [false, true] {
            let ambient = ambient(&Arc::default());
            let inner = ambient.network.bind("host-1:80").await.unwrap();
            let listener: Box<dyn Listener> = Box::new(Failing { errors: errors.clone().into(), inner });
            let server = Server::new(ambient.clock.clone(), ambient.spawner.clone());
            let begun = ambient.clock.now();
            let router = Router::new().route("/", on_get(async || "hello"));
            if is_axums_own {
                tokio::spawn(axum::serve(listener, router).into_future());
            } else {
                tokio::spawn(server.serve(listener, router, Shutdown::new()));
            }
            assert_eq!(text(client(&ambient).request(get("http://host-1/")).await.unwrap()).await, "hello");
            assert_eq!(ambient.clock.now() - begun, Duration::from_secs(waited));
        }
    }
}

//! HTTP server with graceful shutdown, for any network.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use ::axum::body::Body;
use ::axum::extract::{ConnectInfo, Request};
use ::axum::response::Response;
use ::hyper::body::Incoming;
use ::hyper::service::{Service as _, service_fn};
use di_macros::component;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use super::accept::accept;
use crate::ambient::{Clock, Connection, Listener, Spawner};
use crate::hooks::Shutdown;
use crate::integrations::hyper::Executor;

/// Serves axum routers and similar services. Each connection is a task of the spawner. A component; cheap to clone.
///
/// In a simulation, the connections are tasks of the simulation, and the schedule decides their order.
#[derive(Clone)]
pub struct Server {
    clock: Arc<dyn Clock>,
    spawner: Arc<dyn Spawner>,
}

#[component]
impl Server {
    /// Creates a server that spawns its connections on `spawner`.
    pub fn new(clock: Arc<dyn Clock>, spawner: Arc<dyn Spawner>) -> Self {
        Server { clock, spawner }
    }

    /// Serves `service`, such as a `Router`, until `shutdown` is requested. It then stops listening, closes idle
    /// connections, and ends after the requests in progress have been answered.
    ///
    /// Dropping this future closes the connections, and requests in progress are not answered.
    ///
    /// axum's features select the protocols: HTTP/1 always, HTTP/2 with `http2`. Handlers can take the client's address
    /// as a `ConnectInfo<SocketAddr>`. If accepting fails, for example because file descriptors run out, the server
    /// tries again after one second of the clock. With the feature `tracing`, it reports the error.
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use axum::{Router, extract::ConnectInfo, routing::get};
    /// use di_core::Shutdown;
    /// use di_core::ambient::Ambient;
    /// use di_core::axum::Server;
    ///
    /// async fn who(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
    ///     peer.to_string()
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let Ambient { clock, spawner, network, .. } = Ambient::tokio();
    /// let listener = network.bind("127.0.0.1:0").await?;
    /// let router: Router = Router::new().route("/", get(who));
    /// let shutdown = Shutdown::new();
    /// let server = Server::new(clock, spawner.clone());
    /// let serving = spawner.spawn("serve", server.serve(listener, router, shutdown.clone()));
    /// shutdown.request();
    /// serving.await.unwrap();
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn serve<S>(
        &self,
        mut listener: Box<dyn Listener>,
        service: S,
        shutdown: Shutdown,
    ) -> impl Future<Output = ()> + Send + use<S>
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let Server { clock, spawner } = self.clone();
        async move {
            let connections = TaskTracker::new();
            let cut_off = CancellationToken::new();
            let _cut_off_when_dropped = cut_off.clone().drop_guard();
            loop {
                let accepting = accept(&mut *listener, |time| clock.sleep(time));
                let (connection, peer) = tokio::select! {
                    biased;
                    () = shutdown.requested() => break,
                    accepted = accepting => accepted,
                };
                // With child tokens, polls of different connections do not lock the same token.
                let ends = EndTokens { shutdown: shutdown.token().child_token(), cut_off: cut_off.child_token() };
                let serving = serve_connection(connection, peer, service.clone(), spawner.clone(), ends);
                // The task is not awaited, so a panic in a handler fails a simulation.
                drop(spawner.spawn(&format!("serve {peer}"), connections.track_future(serving)));
            }
            drop(listener);
            connections.close();
            connections.wait().await;
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// Tokens that end a connection.
struct EndTokens {
    /// The request in progress is answered first.
    shutdown: CancellationToken,
    /// The connection ends at once.
    cut_off: CancellationToken,
}

async fn serve_connection<S>(
    connection: Connection,
    peer: SocketAddr,
    service: S,
    spawner: Arc<dyn Spawner>,
    EndTokens { shutdown, cut_off }: EndTokens,
) where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let service = TowerToHyperService::new(service);
    let service = service_fn(move |request: ::hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        service.call(request)
    });
    let builder = Builder::new(Executor::new(spawner));
    let mut serving = pin!(builder.serve_connection_with_upgrades(TokioIo::new(connection), service));
    // A connection's error is caused by its client or by the network, so it is not reported.
    tokio::select! {
        biased;
        () = cut_off.cancelled() => return,
        _ = serving.as_mut() => return,
        () = shutdown.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        biased;
        () = cut_off.cancelled() => {}
        _ = serving => {}
    }
}

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

/// Serves routers of axum, and other services like them, each connection in a task of its spawner. A component; cheap to
/// clone.
///
/// In a simulation its tasks are tasks of the simulation, which the schedule runs in any order.
#[derive(Clone)]
pub struct Server {
    clock: Arc<dyn Clock>,
    spawner: Arc<dyn Spawner>,
}

#[component]
impl Server {
    /// A server whose connections are tasks of `spawner`.
    pub fn new(clock: Arc<dyn Clock>, spawner: Arc<dyn Spawner>) -> Self {
        Server { clock, spawner }
    }

    /// Serves `service`, a `Router` for one, to whoever connects, until `shutdown` is requested. Then it listens no more,
    /// closes the connections that are idle, and is ready when the requests under way have been answered.
    ///
    /// Where this future is dropped, the connections end with it, and the requests under way are not answered.
    ///
    /// It speaks what features of axum say: HTTP/1 always, HTTP/2 with `http2`. Handlers may take the address of their
    /// client as a `ConnectInfo<SocketAddr>`. When accepting fails, as for want of file descriptors, it is tried again after
    /// a second of the clock, and reported with the feature `tracing`.
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
                // Children, so that connections, at each of their polls, do not all lock the same token.
                let ends = Ends { shutdown: shutdown.token().child_token(), cut_off: cut_off.child_token() };
                let serving = serve_connection(connection, peer, service.clone(), spawner.clone(), ends);
                // Nobody awaits it, so that a panic of a handler fails a simulation.
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

/// What a connection ends by.
struct Ends {
    /// Its request under way is answered.
    shutdown: CancellationToken,
    /// It ends at once.
    cut_off: CancellationToken,
}

async fn serve_connection<S>(
    connection: Connection,
    peer: SocketAddr,
    service: S,
    spawner: Arc<dyn Spawner>,
    Ends { shutdown, cut_off }: Ends,
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
    // An error of the connection is its client's, or of the way to it: nobody here is to be told.
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

//! hyper's client on top of the ambient services: network, spawner and clock.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::routing::{get as on_get, post};
use di_core::ambient::{Ambient, Connection, Listener, Network, Spawner, TaskControl, TaskEnd, TaskOrigin};
use di_core::hyper::{ConnectError, Connector, Executor};
use di_core::{BoxFuture, Container, provider};
use futures_util::{StreamExt, future, stream};
use hyper_util::client::legacy::Client;

use super::{HttpClient, InMemory, ambient, client, get, serve, soon, text};

fn greeter() -> Router {
    Router::new().route("/", on_get(async || "hello"))
}

#[tokio::test]
async fn the_client_gets_and_posts_over_any_network() {
    let ambient = ambient(&Arc::default());
    let _serving = serve(&ambient, "host-1:7001", greeter().route("/echo", post(async |body: Body| body))).await;
    let client = client(&ambient);
    let response = client.request(get("http://host-1:7001/")).await.unwrap();
    assert_eq!((response.status(), text(response).await.as_str()), (StatusCode::OK, "hello"));

    // Sends more bytes than the network buffers, and receives at the same time.
    let pieces = stream::iter(0..100).map(|number| Ok::<_, std::io::Error>(Bytes::from(format!("piece {number}, "))));
    let sent: String = (0..100).map(|number| format!("piece {number}, ")).collect();
    let request = Request::post("http://host-1:7001/echo").body(Body::from_stream(pieces)).unwrap();
    assert_eq!(text(client.request(request).await.unwrap()).await, sent);
}

#[tokio::test]
async fn the_client_gets_over_tcp() {
    let ambient = Ambient::tokio();
    let listener = ambient.network.bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    let server = di_core::axum::Server::new(ambient.clock.clone(), ambient.spawner.clone());
    let shutdown = di_core::Shutdown::new();
    let serving = tokio::spawn(server.serve(listener, greeter(), shutdown.clone()));
    let client = client(&ambient);
    assert_eq!(text(client.request(get(&uri)).await.unwrap()).await, "hello");
    shutdown.request();
    soon(serving).await.unwrap();
    let error = client.request(get(&uri)).await.unwrap_err();
    assert!(error.source().unwrap().source().unwrap().to_string().contains("refused"), "{error:?}");
}

#[tokio::test]
async fn the_client_reuses_a_connection() {
    let network = Arc::default();
    let ambient = ambient(&network);
    let _serving = serve(&ambient, "host-1:80", greeter()).await;
    let client = client(&ambient);
    for _ in 0..5 {
        assert_eq!(text(client.request(get("http://host-1/")).await.unwrap()).await, "hello");
        // A separate task returns the connection to the pool.
        tokio::task::yield_now().await;
    }
    assert_eq!(network.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_ambient_clock_limits_how_long_an_idle_connection_is_kept() {
    let network = Arc::default();
    let ambient = ambient(&network);
    let _serving = serve(&ambient, "host-1:80", greeter()).await;
    let client = client(&ambient);
    text(client.request(get("http://host-1/")).await.unwrap()).await;
    ambient.clock.sleep(Duration::from_secs(80)).await;
    text(client.request(get("http://host-1/")).await.unwrap()).await;
    assert_eq!(network.connections(), 1);
    ambient.clock.sleep(Duration::from_secs(100)).await;
    text(client.request(get("http://host-1/")).await.unwrap()).await;
    assert_eq!(network.connections(), 2, "hyper keeps a connection for 90 s");
}

#[tokio::test]
async fn concurrent_requests_use_separate_connections() {
    let network = Arc::default();
    let ambient = ambient(&network);
    let _serving = serve(&ambient, "host-1:80", greeter()).await;
    let client = client(&ambient);
    let responses = future::join_all((0..20).map(|_| client.request(get("http://host-1/")))).await;
    for response in responses {
        assert_eq!(text(response.unwrap()).await, "hello");
    }
    assert_eq!(network.connections(), 20);
}

#[tokio::test]
async fn the_error_of_a_refused_connection_states_where_and_why() {
    let client = client(&ambient(&Arc::default()));
    let error = client.request(get("http://host-2:7001/")).await.unwrap_err();
    assert!(error.is_connect());
    let cause = error.source().unwrap();
    assert_eq!(cause.to_string(), "cannot connect to host-2:7001: no listener there");
    assert!(matches!(cause.downcast_ref(), Some(ConnectError::Network { .. })));
}

/// A network that neither connects nor refuses connections.
struct Silent;

impl Network for Silent {
    fn connect(&self, _: &str) -> BoxFuture<std::io::Result<Connection>> {
        Box::pin(future::pending())
    }

    fn bind(&self, _: &str) -> BoxFuture<std::io::Result<Box<dyn Listener>>> {
        Box::pin(future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_attempt_times_out() {
    let Ambient { clock, spawner, .. } = Ambient::tokio();
    let connector = Connector::new(Arc::new(Silent)).connect_timeout(clock.clone(), Duration::from_secs(5));
    let client: HttpClient = Client::builder(Executor::new(spawner)).build(connector);
    let begun = clock.now();
    let error = client.request(get("http://host-1:7001/")).await.unwrap_err();
    assert!(error.is_connect());
    let text = error.source().unwrap().to_string();
    assert_eq!(text, "cannot connect to host-1:7001: no connection within 5s");
    assert_eq!(clock.now() - begun, Duration::from_secs(5));
}

/// Records the names of tasks and spawns them on tokio.
struct Noting {
    spawner: Arc<dyn Spawner>,
    names: Mutex<Vec<String>>,
}

impl Spawner for Noting {
    fn spawn_boxed(&self, task: TaskOrigin<'_>, future: BoxFuture<TaskEnd>) -> Box<dyn TaskControl> {
        self.names.lock().unwrap().push(task.name.to_owned());
        self.spawner.spawn_boxed(task, future)
    }

    fn spawn_blocking_boxed(&self, task: TaskOrigin<'_>, work: Box<dyn FnOnce() + Send>) {
        self.spawner.spawn_blocking_boxed(task, work);
    }
}

#[tokio::test]
async fn client_and_server_spawn_all_tasks_with_the_spawner() {
    let spawner = Arc::new(Noting { spawner: Ambient::tokio().spawner, names: Mutex::default() });
    let ambient = Ambient { spawner: spawner.clone(), ..ambient(&Arc::default()) };
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let others = tasks();
    let _serving = serve(&ambient, "host-1:80", greeter()).await;
    let client = client(&ambient);
    assert_eq!(text(client.request(get("http://host-1/")).await.unwrap()).await, "hello");
    let names = spawner.names.lock().unwrap().clone();
    assert!(names.contains(&"serve 10.0.0.1:1".to_owned()) && names.contains(&"hyper".to_owned()), "{names:?}");
    assert!(tasks() - others <= names.len(), "some are not in {names:?}");
}

#[provider]
fn http_client(connector: Connector, executor: Executor) -> HttpClient {
    Client::builder(executor).build(connector)
}

/// A client and its dependencies, as components.
#[derive(Container)]
struct Wired {
    #[input]
    network: Arc<dyn Network>,
    #[input]
    spawner: Arc<dyn Spawner>,
    #[component]
    connector: Connector,
    #[component]
    executor: Executor,
    #[provide(http_client)]
    client: HttpClient,
}

#[tokio::test]
async fn a_client_can_be_wired_from_components() {
    let network: Arc<InMemory> = Arc::default();
    let ambient = ambient(&network);
    let _serving = serve(&ambient, "host-1:80", greeter()).await;
    let wired = Wired::builder(ambient.network, ambient.spawner).build_sync().unwrap();
    assert_eq!(text(wired.client.request(get("http://host-1/")).await.unwrap()).await, "hello");
}

//! Parameters that come from named fields: a second instance of a component with its own dependencies.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::{Component, Container, Factory, Lazy, Tagged, component, provider};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct DbConfig {
    url: &'static str,
}

trait Db: Send + Sync {
    fn url(&self) -> String;
}

struct Pool {
    url: &'static str,
    log: Log,
}

#[component]
impl Pool {
    async fn new(config: &DbConfig, log: Log) -> Self {
        tokio::task::yield_now().await;
        Pool { url: config.url, log }
    }

    #[stop]
    async fn close(&self) {
        self.log.0.lock().unwrap().push(format!("{} closed", self.url));
    }
}

impl Db for Pool {
    fn url(&self) -> String {
        self.url.into()
    }
}

/// A decorator with a dependency.
struct Prefixed {
    inner: Arc<dyn Db>,
    prefix: String,
}

#[component]
impl Prefixed {
    fn new(#[inner] inner: Arc<dyn Db>, prefix: String) -> Self {
        Prefixed { inner, prefix }
    }
}

impl Db for Prefixed {
    fn url(&self) -> String {
        format!("{}{}", self.prefix, self.inner.url())
    }
}

/// A decorator with a type parameter.
#[derive(Component)]
struct Marked<M: Send + Sync + 'static> {
    #[inner]
    inner: Arc<dyn Db>,
    prefix: String,
    #[default]
    mark: PhantomData<M>,
}

impl<M: Send + Sync + 'static> Db for Marked<M> {
    fn url(&self) -> String {
        format!("{}{}", self.prefix, self.inner.url())
    }
}

#[derive(Component)]
struct Reader {
    config: Arc<DbConfig>,
}

impl Db for Reader {
    fn url(&self) -> String {
        self.config.url.into()
    }
}

#[derive(Component)]
struct Session {
    config: Arc<DbConfig>,
    #[assisted]
    user: u32,
}

#[provider]
fn name(config: &DbConfig, log: Log) -> Arc<str> {
    _ = log;
    config.url.into()
}

#[derive(Container)]
struct Cluster {
    #[input]
    config: Arc<DbConfig>,
    #[input]
    log: Log,
    #[component]
    pool: Arc<Pool>,
}

enum Replica {}
enum Other {}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    log: Log,
    #[input]
    config: Arc<DbConfig>,
    #[input]
    replica_config: Tagged<Replica, Arc<DbConfig>>,
    #[input]
    prefix: String,
    #[input]
    replica_prefix: Tagged<Replica, String>,
    #[component]
    pool: Arc<Pool>,
    #[component(Pool, timeout = "5s", config = replica_config)]
    replica: Tagged<Replica, Arc<Pool>>,
    #[component(Pool, config = replica_config)]
    #[decorate(Prefixed(prefix = replica_prefix), Prefixed)]
    replica_db: Arc<dyn Db>,
    /// Types with commas and arrows, with and without named parameters.
    #[component(Reader)]
    #[decorate(Marked<fn(u8, u8) -> u8>, Marked<fn(u8, Vec<u8>) -> u8>(prefix = replica_prefix))]
    marked: Tagged<Other, Arc<dyn Db>>,
    #[provide(name, config = replica_config)]
    name: Arc<str>,
    #[lazy(Reader, config = replica_config)]
    lazy: Lazy<dyn Db>,
    #[factory(Session, config = replica_config)]
    sessions: Factory<(u32,), Session>,
    #[module(config = replica_config)]
    cluster: Cluster,
    /// Shares the configuration although a field with its tag exists.
    #[component(Pool, config = config)]
    shared: Tagged<Other, Arc<Pool>>,
}

fn builder(log: &Log) -> AppBuilder {
    let config = |url| Arc::new(DbConfig { url });
    App::builder(
        log.clone(),
        config("primary"),
        Tagged::new(config("replica")),
        "a/".to_owned(),
        Tagged::new("b/".into()),
    )
}

#[tokio::test]
async fn a_parameter_comes_from_the_named_field() {
    let log = Log::default();
    let app = builder(&log).start().await.unwrap();
    assert_eq!((app.pool.url, app.replica.url, app.shared.url), ("primary", "replica", "primary"));
    assert_eq!(app.replica_db.url(), "a/b/replica");
    assert_eq!(app.marked.url(), "b/a/primary");
    assert_eq!(&*app.name, "replica");
    assert_eq!(app.lazy.get().await.unwrap().url(), "replica");
    let session = app.sessions.create(7).await.unwrap();
    assert_eq!((session.config.url, session.user), ("replica", 7));
    assert_eq!((app.cluster.config.url, app.cluster.pool.url), ("replica", "replica"));
    app.stop().await.unwrap();
    let mut closed = log.0.lock().unwrap().clone();
    closed.sort();
    assert_eq!(closed, ["primary closed", "primary closed", "replica closed", "replica closed", "replica closed"]);
}

#[test]
fn the_graph_has_the_named_fields_and_the_timeouts() {
    let node = App::GRAPH.node("replica").unwrap();
    let names: Vec<_> = App::GRAPH.dependencies(node).map(|node| node.name()).collect();
    assert_eq!(names, ["replica_config", "log"]);
    assert_eq!(node.timeout(), Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn a_slice_needs_only_the_named_field() {
    let slice =
        App::slice().with_log(Log::default()).with_replica_config(Tagged::new(Arc::new(DbConfig { url: "other" })));
    let replica: Tagged<Replica, Arc<Pool>> = slice.strict().get().await.unwrap();
    assert_eq!(replica.url, "other");
}

struct Slow;

#[component]
impl Slow {
    async fn new() -> Self {
        std::future::pending().await
    }
}

#[provider]
async fn hangs() -> u32 {
    std::future::pending().await
}

#[derive(Container)]
#[allow(dead_code)]
struct Limited {
    #[component(timeout = "2s")]
    slow: Arc<Slow>,
    #[provide(hangs, timeout = "3s")]
    number: u32,
}

/// A timeout of a constructor also applies without a host.
#[tokio::test(start_paused = true)]
async fn a_constructor_that_exceeds_its_timeout_fails_the_build() {
    let error = Limited::builder().build().await.err().unwrap();
    assert_eq!(error.to_string(), "could not build `Limited`: `slow` (Slow) took longer than 2s");
    assert!(format!("{error:?}").ends_with("after 2000 ms; nothing had been built"), "{error:?}");
    let error = Limited::slice().get::<u32>().await.err().unwrap();
    assert_eq!(error.to_string(), "could not build `Limited`: `number` (hangs) took longer than 3s");
}

//! `#[choose(..)]`: one of several components, chosen when the container is built, and `#[if_needed]`.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex};

use di_core::construct::BuildErrorKind;
use di_core::graph::NodeKind;
use di_core::{BuildError, Component, Container, Tagged, component, provider};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Backend {
    Memory,
    Sql { replicas: u8 },
    Remote,
}

/// The events of a test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, event: impl Into<String>) {
        self.0.lock().unwrap().push(event.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

trait Store: Send + Sync {
    fn name(&self) -> String;
}

struct MemoryStore;

#[component]
impl MemoryStore {
    fn new(log: &Log) -> Self {
        log.add("memory");
        MemoryStore
    }
}

impl Store for MemoryStore {
    fn name(&self) -> String {
        "memory".into()
    }
}

struct Settings;

#[component]
impl Settings {
    fn new(log: &Log) -> Self {
        log.add("settings");
        Settings
    }
}

struct Pool {
    log: Log,
}

#[component]
impl Pool {
    async fn new(log: Log, _settings: &Settings) -> Result<Self, io::Error> {
        log.add("pool");
        tokio::task::yield_now().await;
        Ok(Pool { log })
    }

    #[start]
    async fn open(&self) {
        self.log.add("open pool");
    }

    #[stop]
    async fn close(&self) {
        self.log.add("close pool");
    }
}

struct SqlStore {
    log: Log,
}

#[component]
impl SqlStore {
    async fn new(log: Log, _pool: Arc<Pool>) -> Self {
        log.add("sql");
        SqlStore { log }
    }

    #[start]
    async fn migrate(&self) {
        self.log.add("migrate");
    }

    #[stop]
    async fn flush(&self) {
        self.log.add("flush");
    }
}

impl Store for SqlStore {
    fn name(&self) -> String {
        "sql".into()
    }
}

struct RemoteStore {
    address: Arc<str>,
}

#[component]
impl RemoteStore {
    fn new(address: Arc<str>) -> Result<Self, io::Error> {
        if address.is_empty() {
            return Err(io::Error::other("no address"));
        }
        Ok(RemoteStore { address })
    }
}

impl Store for RemoteStore {
    fn name(&self) -> String {
        format!("remote {}", self.address)
    }
}

/// A decorator with a dependency.
struct Logged {
    inner: Arc<dyn Store>,
}

#[component]
impl Logged {
    fn new(#[inner] inner: Arc<dyn Store>, log: &Log) -> Self {
        log.add(format!("logged {}", inner.name()));
        Logged { inner }
    }
}

impl Store for Logged {
    fn name(&self) -> String {
        self.inner.name().to_uppercase()
    }
}

#[derive(Component)]
struct Service {
    store: Arc<dyn Store>,
}

#[derive(Container)]
struct App {
    #[input]
    backend: Backend,
    #[input]
    address: Arc<str>,
    #[input]
    log: Log,
    #[component]
    service: Arc<Service>,
    #[choose(
        backend,
        Backend::Memory => MemoryStore,
        Backend::Sql { replicas: 0 } | Backend::Sql { replicas: 1 } => SqlStore,
        Backend::Sql { .. } => SqlStore,
        Backend::Remote => RemoteStore,
    )]
    #[decorate(Logged)]
    store: Arc<dyn Store>,
    #[component]
    #[if_needed]
    pool: Option<Arc<Pool>>,
    #[component]
    #[if_needed]
    settings: Option<Arc<Settings>>,
}

async fn built(backend: Backend) -> (App, Vec<String>) {
    let log = Log::default();
    let app = App::builder(backend, "there", log.clone()).build().await.unwrap();
    (app, log.take())
}

#[tokio::test]
async fn only_the_chosen_alternative_and_what_it_needs_is_built() {
    let (app, log) = built(Backend::Memory).await;
    assert_eq!((app.service.store.name().as_str(), app.pool.is_some()), ("MEMORY", false));
    assert!(app.settings.is_none());
    assert_eq!(log, ["memory", "logged memory"]);

    let (app, log) = built(Backend::Sql { replicas: 2 }).await;
    assert_eq!((app.service.store.name().as_str(), app.pool.is_some()), ("SQL", true));
    assert!(app.settings.is_some());
    assert_eq!(log, ["settings", "pool", "sql", "logged sql"]);

    let (app, log) = built(Backend::Remote).await;
    assert_eq!((app.store.name(), app.pool.is_some()), ("REMOTE THERE".to_owned(), false));
    assert_eq!(log, ["logged remote there"]);
}

#[tokio::test]
async fn hooks_run_only_for_what_is_built() {
    let log = Log::default();
    let host = App::builder(Backend::Sql { replicas: 0 }, "", log.clone()).start().await.unwrap();
    host.stop().await.unwrap();
    let after_build = log.take().split_off(4);
    assert_eq!(after_build, ["open pool", "migrate", "flush", "close pool"]);

    let host = App::builder(Backend::Memory, "", log.clone()).start().await.unwrap();
    host.stop().await.unwrap();
    assert_eq!(log.take(), ["memory", "logged memory"]);
}

#[tokio::test]
async fn a_test_overrides_the_field_or_forces_an_alternative() {
    let log = Log::default();
    // Neither the alternatives nor what they need is built.
    let app = App::builder(Backend::Sql { replicas: 1 }, "", log.clone()).with_store(Arc::new(MemoryStore));
    let app = app.build().await.unwrap();
    assert_eq!((app.service.store.name(), log.take()), ("memory".to_owned(), vec![]));

    let app = App::builder(Backend::Memory, "", log.clone()).with_backend(Backend::Sql { replicas: 1 });
    let app = app.with_pool(Arc::new(Pool { log: log.clone() })).build().await.unwrap();
    assert_eq!((app.store.name(), log.take()), ("SQL".to_owned(), vec!["sql".to_owned(), "logged sql".to_owned()]));

    let app = App::builder(Backend::Memory, "", log.clone()).wrap_store(|real| Arc::new(Logged { inner: real }));
    assert_eq!(app.build().await.unwrap().store.name(), "MEMORY");
}

#[tokio::test]
async fn a_slice_builds_what_is_chosen() {
    let log = Log::default();
    let slice = || App::slice().with_log(log.clone()).strict();
    let store = slice().with_backend(Backend::Memory).get::<Arc<dyn Store>>().await.unwrap();
    assert_eq!((store.name(), log.take().len()), ("MEMORY".to_owned(), 2));

    // An override that only another alternative needs is allowed.
    let pool = Arc::new(Pool { log: log.clone() });
    let store = slice().with_backend(Backend::Memory).with_pool(pool).get::<Arc<dyn Store>>().await.unwrap();
    assert_eq!(store.name(), "MEMORY");

    let (service, pool) =
        slice().with_backend(Backend::Sql { replicas: 3 }).get::<(Arc<Service>, Arc<Pool>)>().await.unwrap();
    assert_eq!((service.store.name(), Arc::strong_count(&pool)), ("SQL".to_owned(), 1));

    // The input that only the chosen alternative needs is missing.
    let error = slice().with_backend(Backend::Remote).get::<Arc<Service>>().await.err().unwrap();
    let BuildErrorKind::Unsupplied(unsupplied) = error.kind() else { panic!("{error:?}") };
    assert_eq!(unsupplied.input.name(), "address");
    assert!(format!("{error:?}").contains("needed by `store` (RemoteStore)"), "{error:?}");
}

#[test]
fn an_alternative_that_fails_is_named() {
    let log = Log::default();
    let error = Chosen::builder(Backend::Remote, "", Tagged::new("mirror".into()), log).build_sync().err().unwrap();
    assert_eq!(error.to_string(), "could not build `Chosen`: `store` (RemoteStore) failed");
    assert_eq!(error.source().unwrap().to_string(), "no address");
}

#[test]
fn alternatives_have_named_parameters() {
    let chosen = |backend| {
        let chosen = Chosen::builder(backend, "there", Tagged::new("mirror".into()), Log::default()).build_sync();
        let Chosen { store, small, .. } = chosen.unwrap();
        (store.name(), small.address.to_string())
    };
    assert_eq!(chosen(Backend::Memory), ("memory".to_owned(), "there".to_owned()));
    assert_eq!(chosen(Backend::Remote), ("remote there".to_owned(), "mirror".to_owned()));
    assert_eq!(chosen(Backend::Sql { replicas: 1 }), ("remote mirror".to_owned(), "mirror".to_owned()));
}

#[test]
fn the_graph_shows_all_alternatives() {
    let store = App::GRAPH.nodes().iter().filter(|node| node.name() == "store");
    let shown: Vec<_> = store.map(|node| (node.id(), node.kind(), node.is_on_demand(), node.to_string())).collect();
    let alternative = |index: usize, component: &str| {
        (format!("store.{index}"), NodeKind::Component, true, format!("`store` ({component})"))
    };
    let expected = [
        alternative(0, "MemoryStore"),
        alternative(1, "SqlStore"),
        alternative(2, "SqlStore"),
        alternative(3, "RemoteStore"),
        ("store.4".to_owned(), NodeKind::Choice, false, "`store` (chosen by backend)".to_owned()),
        ("store".to_owned(), NodeKind::Decorator, false, "`store` (Logged)".to_owned()),
    ];
    assert_eq!(shown, expected);
    let mermaid = App::GRAPH.to_mermaid();
    assert!(mermaid.contains("store_1 -.-> store_4"), "{mermaid}");
    assert!(mermaid.contains("backend --> store_4"), "{mermaid}");
}

#[derive(Clone, Copy)]
enum Region {
    Near,
    Far,
}

#[provider]
fn region_of(backend: Backend) -> Result<Region, io::Error> {
    match backend {
        Backend::Memory => Ok(Region::Near),
        Backend::Sql { .. } => Ok(Region::Far),
        Backend::Remote => Err(io::Error::other("unknown region")),
    }
}

struct Settled {
    region: Region,
}

struct Near;
struct Far;

trait Link: Send + Sync {
    fn is_far(&self) -> bool;
}

#[component]
impl Near {
    fn new(_store: Arc<dyn Store>) -> Self {
        Near
    }
}

impl Link for Near {
    fn is_far(&self) -> bool {
        false
    }
}

#[component]
impl Far {
    async fn new(_store: Arc<dyn Store>, _pool: Arc<Pool>) -> Self {
        Far
    }
}

impl Link for Far {
    fn is_far(&self) -> bool {
        true
    }
}

/// A choice made by a function of other fields. Its alternatives need another choice, which is built on demand.
#[derive(Container)]
struct Nested {
    #[input]
    backend: Backend,
    #[input]
    log: Log,
    #[provide(region_of)]
    region: Region,
    #[provide(|region: Region| Settled { region })]
    settled: Arc<Settled>,
    #[choose(settled.region, Region::Near => Near, Region::Far => Far)]
    link: Arc<dyn Link>,
    #[choose(backend, Backend::Sql { .. } => SqlStore, _ => MemoryStore)]
    #[if_needed]
    store: Option<Arc<dyn Store>>,
    #[component]
    #[if_needed]
    pool: Option<Arc<Pool>>,
    #[component]
    #[if_needed]
    settings: Option<Arc<Settings>>,
}

#[tokio::test]
async fn a_choice_may_need_another_one() {
    let log = Log::default();
    let nested = Nested::builder(Backend::Memory, log.clone()).build().await.unwrap();
    assert!(!nested.link.is_far());
    assert_eq!(log.take(), ["memory"]);
    let nested = Nested::builder(Backend::Sql { replicas: 0 }, log.clone()).build().await.unwrap();
    assert!(nested.link.is_far());
    assert_eq!(
        (nested.store.unwrap().name(), log.take()),
        ("sql".to_owned(), ["settings", "pool", "sql"].map(String::from).to_vec())
    );
    assert!(nested.pool.is_some() && nested.settings.is_some());
    let _ = (nested.region, nested.settled);

    let link = Arc::new(Near);
    let nested = Nested::builder(Backend::Memory, log.clone()).with_link(link).build().await.unwrap();
    assert!(nested.store.is_none() && log.take().is_empty());

    let error: BuildError = Nested::builder(Backend::Remote, log).build().await.err().unwrap();
    assert_eq!(error.to_string(), "could not build `Nested`: `region` (region_of) failed");
}

#[derive(Clone, Component)]
struct Small {
    address: Arc<str>,
}

/// Sync, with a selector in an `Arc`, a choice that is no `Arc`, and named parameters.
#[derive(Container)]
struct Chosen {
    #[input]
    backend: Arc<Backend>,
    #[input]
    address: Arc<str>,
    #[input]
    mirror: Tagged<Far, Arc<str>>,
    #[input]
    log: Log,
    #[choose(
        backend,
        Backend::Remote => RemoteStore,
        Backend::Sql { .. } => RemoteStore(address = mirror),
        Backend::Memory => MemoryStore,
    )]
    store: Arc<dyn Store>,
    #[choose(backend, Backend::Memory => Small, _ => Small(address = mirror))]
    small: Small,
}

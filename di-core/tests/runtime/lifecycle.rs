//! Hosts: they start components in dependency order, stop them in reverse order, and report every failure.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use di_core::host::{Hook, HookFailureCause};
use di_core::{Component, Container, HostError, Shutdown, Tagged, component, provider};
use tokio::time::{Instant, sleep};

use crate::log::Log;

/// Injected faults, by hook name.
#[derive(Clone, Default)]
struct Faults(Vec<&'static str>);

impl Faults {
    async fn strike(&self, hook: &str) -> Result<(), std::io::Error> {
        let strikes = |fault: &str| self.0.contains(&format!("{hook} {fault}").as_str());
        if strikes("hangs") {
            std::future::pending::<()>().await;
        }
        if strikes("panics") {
            panic!("{hook} panics");
        }
        if strikes("fails") { Err(std::io::Error::other(format!("{hook} fails"))) } else { Ok(()) }
    }
}

struct Database {
    log: Log,
    faults: Faults,
}

#[component]
impl Database {
    fn new(log: Log, faults: Faults) -> Self {
        Database { log, faults }
    }

    #[start]
    async fn connect(&self) -> Result<(), std::io::Error> {
        sleep(Duration::from_millis(5)).await;
        self.faults.strike("connect").await?;
        self.log.add("database started");
        Ok(())
    }

    #[stop(timeout = "2s")]
    async fn close(&self) -> Result<(), std::io::Error> {
        self.log.add("database stops");
        self.faults.strike("close").await
    }
}

struct Cache {
    log: Log,
}

#[component]
impl Cache {
    fn new(log: Log) -> Self {
        Cache { log }
    }

    #[start]
    async fn warm_up(&self) {
        sleep(Duration::from_millis(10)).await;
        self.log.add("cache started");
    }

    /// A component with sync hooks that return nothing.
    #[stop]
    fn clear(&self) {
        self.log.add("cache stops");
    }
}

trait Serve: Send + Sync {}

struct Server {
    log: Log,
    faults: Faults,
}

impl Serve for Server {}

#[component]
impl Server {
    fn new(log: Log, faults: Faults, _database: Arc<Database>, _cache: &Cache) -> Self {
        Server { log, faults }
    }

    #[start]
    async fn bind(&self) -> Result<(), std::io::Error> {
        self.faults.strike("bind").await?;
        self.log.add("server started");
        Ok(())
    }

    #[run(timeout = "1s")]
    async fn serve(&self, shutdown: Shutdown) -> Result<(), std::io::Error> {
        self.log.add("server runs");
        self.faults.strike("serve").await?;
        shutdown.requested().await;
        self.log.add("server drained");
        Ok(())
    }

    #[stop]
    async fn unbind(&self) -> Result<(), std::io::Error> {
        self.log.add("server stops");
        self.faults.strike("unbind").await
    }
}

/// A component with a run hook that returns before shutdown.
struct Migration {
    log: Log,
}

#[component]
impl Migration {
    fn new(log: Log) -> Self {
        Migration { log }
    }

    #[run]
    async fn migrate(&self) {
        self.log.add("migrated");
    }
}

/// A component without hooks, between components with hooks.
#[derive(Component)]
#[allow(dead_code)]
struct Between {
    server: Arc<dyn Serve>,
}

#[derive(Container)]
#[allow(dead_code)]
struct Storage {
    #[input]
    log: Log,
    #[input]
    faults: Faults,
    #[component]
    database: Arc<Database>,
    #[component]
    cache: Arc<Cache>,
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[component]
    between: Arc<Between>,
    #[component(Server)]
    server: Arc<dyn Serve>,
    #[component]
    migration: Arc<Migration>,
    #[module]
    storage: Storage,
    #[import(storage)]
    database: Arc<Database>,
    #[import(storage)]
    cache: Arc<Cache>,
    #[input]
    log: Log,
    #[input]
    faults: Faults,
}

fn builder(log: &Log, faults: &[&'static str]) -> AppBuilder {
    App::builder(log.clone(), Faults(faults.to_vec()))
}

const STARTED: [&str; 3] = ["database started", "cache started", "server started"];

#[tokio::test(start_paused = true)]
async fn start_follows_the_dependencies_and_stop_runs_in_reverse() {
    let (log, begun) = (Log::default(), Instant::now());
    let host = builder(&log, &[]).start().await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_millis(10), "database and cache start concurrently");
    sleep(Duration::from_secs(1)).await;
    host.stop().await.unwrap();
    let entries = log.entries();
    assert_eq!(entries[..3], STARTED);
    assert!(entries[3..5].contains(&"server runs".into()) && entries[3..5].contains(&"migrated".into()), "{entries:?}");
    assert_eq!(entries[5..7], ["server drained", "server stops"]);
    assert!(entries[7..].contains(&"database stops".into()) && entries[7..].contains(&"cache stops".into()));
    assert_eq!(entries.len(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_host_derefs_to_its_container() {
    let host = builder(&Log::default(), &[]).start().await.unwrap();
    assert!(Arc::ptr_eq(&host.database, &host.storage.database));
    assert!(Arc::ptr_eq(&host.container().database, &host.database));
    host.run_until(sleep(Duration::from_secs(5))).await.unwrap();
}

fn failures(error: &HostError) -> Vec<(&'static str, Hook)> {
    error.failures().iter().map(|failure| (failure.node.name(), failure.hook)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_failed_start_stops_the_started_components() {
    let log = Log::default();
    let error = builder(&log, &["bind fails", "close fails"]).start().await.err().unwrap();
    assert_eq!(failures(&error), [("server", Hook::Start), ("database", Hook::Stop)]);
    assert_eq!(
        format!("{error:?}"),
        "`App`: 2 hooks failed\n  #[start] of `server` (Server) failed: bind fails\n  \
         #[stop] of `database` (Database) failed: close fails"
    );
    assert_eq!(error.source().unwrap().downcast_ref::<std::io::Error>().unwrap().to_string(), "bind fails");
    let entries = log.entries();
    assert_eq!(entries[..2], STARTED[..2]);
    assert_eq!(entries.len(), 4, "the two are stopped, the server is not: {entries:?}");
}

#[tokio::test(start_paused = true)]
async fn a_start_hook_that_hangs_or_panics_is_a_failure() {
    let begun = Instant::now();
    let host =
        builder(&Log::default(), &["bind hangs"]).options(|options| options.start_timeout(Duration::from_secs(7)));
    let error = host.start().await.err().unwrap();
    assert_eq!(error.to_string(), "`App`: #[start] of `server` (Server) took longer than 7s");
    assert_eq!(begun.elapsed(), Duration::from_millis(7010));

    let error = builder(&Log::default(), &["connect panics"]).start().await.err().unwrap();
    assert_eq!(error.to_string(), "`App`: #[start] of `database` (Database) panicked: connect panics");
    assert_eq!(error.failures()[0].container, "Storage");
}

#[tokio::test(start_paused = true)]
async fn a_failed_run_task_stops_the_host_in_order_and_is_its_error() {
    for (fault, text) in [("serve fails", "failed: serve fails"), ("serve panics", "panicked: serve panics")] {
        let log = Log::default();
        let host = builder(&log, &[fault]).start().await.unwrap();
        let error = host.run_until(std::future::pending::<()>()).await.unwrap_err();
        assert_eq!(format!("{error:?}"), format!("`App`: #[run] of `server` (Server) {text}"));
        assert!(log.entries().contains(&"database stops".into()));
        assert!(log.entries().contains(&"server stops".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn all_failures_are_reported() {
    let (log, begun) = (Log::default(), Instant::now());
    let host = builder(&log, &["serve hangs", "unbind panics", "close hangs"]).start().await.unwrap();
    let error = host.run_until(sleep(Duration::from_secs(1))).await.unwrap_err();
    assert_eq!(failures(&error), [("server", Hook::Run), ("server", Hook::Stop), ("database", Hook::Stop)]);
    let causes: Vec<_> = error.failures().iter().map(|failure| &failure.cause).collect();
    assert!(matches!(causes[0], HookFailureCause::TimedOut(limit) if *limit == Duration::from_secs(1)));
    assert!(matches!(causes[1], HookFailureCause::Panicked(_)));
    assert!(matches!(causes[2], HookFailureCause::TimedOut(limit) if *limit == Duration::from_secs(2)));
    assert!(log.entries().contains(&"cache stops".into()));
    // 10 ms to start and 1 s to run, then 1 s for the task that hangs, and 2 s for the hook.
    assert_eq!(begun.elapsed(), Duration::from_millis(4010));
}

#[tokio::test(start_paused = true)]
async fn an_overridden_component_runs_no_hooks() {
    let log = Log::default();
    let database = Arc::new(Database { log: log.clone(), faults: Faults::default() });
    let host = builder(&log, &[]).storage(|storage| storage.with_database(database)).start().await.unwrap();
    host.stop().await.unwrap();
    assert!(!log.entries().iter().any(|entry| entry.starts_with("database")));
}

#[tokio::test(start_paused = true)]
async fn a_build_error_is_the_error_of_the_host() {
    struct Failing;

    #[component]
    impl Failing {
        fn new() -> Result<Self, &'static str> {
            Err("no")
        }
    }

    #[derive(Container)]
    #[allow(dead_code)]
    struct Small {
        #[component]
        failing: Arc<Failing>,
    }

    let error = Small::builder().start().await.err().unwrap();
    assert!(matches!(error, HostError::Build(_)));
    assert!(format!("{error:?}").starts_with("could not build `Small`: `failing` (Failing) failed: no"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn dropping_a_host_aborts_its_tasks() {
    let log = Log::default();
    let host = builder(&log, &[]).start().await.unwrap();
    sleep(Duration::from_millis(1)).await;
    drop(host);
    sleep(Duration::from_secs(1)).await;
    assert!(log.entries().contains(&"server runs".into()));
    assert!(!log.entries().iter().any(|entry| entry.contains("stops") || entry.contains("drained")));
}

fn provided_database(log: Log) -> Database {
    Database { log, faults: Faults::default() }
}

#[provider]
fn primary(log: Log) -> Arc<Database> {
    Arc::new(provided_database(log))
}

#[provider]
async fn replica(log: Log) -> Result<Option<Arc<Cache>>, std::io::Error> {
    Ok(Some(Arc::new(Cache { log })))
}

enum Replica {}
enum Hosted {}

#[derive(Container)]
#[container(deny(unused))]
#[allow(dead_code)]
struct Provided {
    #[input]
    log: Log,
    #[provide(primary)]
    primary: Arc<Database>,
    #[provide(replica)]
    replica: Tagged<Replica, Option<Arc<Cache>>>,
    #[provide(|log: Log| Arc::new(Migration { log }))]
    migration: Arc<Migration>,
    #[provide(|log: Log| log.entries().len())]
    count: usize,
    #[input(no_hooks)]
    hosted: Tagged<Hosted, Arc<Database>>,
    #[component]
    pub user: Arc<User>,
}

#[derive(Component)]
#[allow(dead_code)]
struct User {
    count: usize,
    hosted: Tagged<Hosted, Arc<Database>>,
}

#[tokio::test(start_paused = true)]
async fn hooks_of_provided_components_run() {
    let log = Log::default();
    let hosted = Arc::new(provided_database(log.clone()));
    let host = Provided::builder(log.clone(), hosted).start().await.unwrap();
    sleep(Duration::from_secs(1)).await;
    host.stop().await.unwrap();
    let mut entries = log.entries();
    entries.sort();
    assert_eq!(entries, ["cache started", "cache stops", "database started", "database stops", "migrated"]);
}

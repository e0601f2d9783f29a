//! Wiring: each constructor parameter is matched with a field of its type.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use di_core::{Component, Container, component, provider};

trait Clock: Send + Sync {
    fn now(&self) -> u64;
}

#[derive(Component)]
struct FixedClock(#[default(7)] u64);

impl Clock for FixedClock {
    fn now(&self) -> u64 {
        self.0
    }
}

struct Config {
    path: String,
}

trait HealthCheck: Send + Sync {
    fn is_healthy(&self) -> bool;
}

trait Store: HealthCheck {
    fn path(&self) -> String;
}

struct SqliteStore {
    path: String,
    opened_at: u64,
}

#[component]
impl SqliteStore {
    async fn new(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, std::io::Error> {
        tokio::task::yield_now().await;
        Ok(SqliteStore { path: config.path.clone(), opened_at: clock.now() })
    }
}

impl HealthCheck for SqliteStore {
    fn is_healthy(&self) -> bool {
        self.opened_at == 7
    }
}

impl Store for SqliteStore {
    fn path(&self) -> String {
        self.path.clone()
    }
}

struct Cache<T> {
    clock: Arc<dyn Clock>,
    entries: Vec<T>,
}

#[component]
impl<T: Send + Sync + 'static> Cache<T> {
    #[constructor]
    fn empty(clock: Arc<dyn Clock>) -> Self {
        Cache { clock, entries: Vec::new() }
    }
}

struct User;

#[derive(Component)]
struct Quota {
    clock: Arc<dyn Clock>,
    #[default]
    used: AtomicU64,
    #[default(100)]
    limit: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Pool(usize);

#[provider]
fn open_pool(config: &Config) -> Pool {
    Pool(config.path.len())
}

#[provider]
async fn greeting(pool: Pool) -> std::io::Result<Arc<str>> {
    Ok(format!("a pool of {}", pool.0).into())
}

#[derive(Container)]
struct App {
    #[input]
    config: Arc<Config>,
    #[component(FixedClock)]
    clock: Arc<dyn Clock>,
    #[component(SqliteStore)]
    store: Arc<dyn Store>,
    #[alias(store)]
    health: Arc<dyn HealthCheck>,
    #[component]
    users: Arc<Cache<User>>,
    #[component(Cache<u8>)]
    bytes: Arc<Cache<u8>>,
    #[component]
    quota: Arc<Quota>,
    #[provide(open_pool)]
    pool: Pool,
    #[provide(greeting)]
    greeting: Arc<str>,
}

fn config() -> Config {
    Config { path: "catalog.db".into() }
}

#[tokio::test]
async fn every_kind_of_field_works_in_one_container() {
    let app = App::builder(config()).build().await.unwrap();
    assert_eq!(app.config.path, "catalog.db");
    assert_eq!(app.clock.now(), 7);
    assert_eq!(app.store.path(), "catalog.db");
    assert!(app.health.is_healthy());
    assert_eq!((app.users.entries.len(), app.bytes.entries.len()), (0, 0));
    assert_eq!(app.users.clock.now(), app.quota.clock.now());
    assert_eq!((app.quota.used.load(Ordering::Relaxed), app.quota.limit), (0, 100));
    assert_eq!(app.pool, Pool(10));
    assert_eq!(&*app.greeting, "a pool of 10");
}

#[tokio::test]
async fn a_field_has_one_instance() {
    let app = App::builder(config()).build().await.unwrap();
    assert!(Arc::ptr_eq(&app.users.clock, &app.clock));
    assert!(std::ptr::addr_eq(Arc::as_ptr(&app.store), Arc::as_ptr(&app.health)));
}

#[tokio::test]
async fn an_override_replaces_a_component() {
    struct Midnight;
    impl Clock for Midnight {
        fn now(&self) -> u64 {
            0
        }
    }
    let app = App::builder(config()).with_clock(Arc::new(Midnight)).build().await.unwrap();
    assert_eq!(app.quota.clock.now(), 0);
    assert!(!app.health.is_healthy());
}

#[test]
fn a_container_is_as_large_as_its_fields() {
    #[derive(Container)]
    struct Small {
        #[component(FixedClock)]
        clock: Arc<dyn Clock>,
        #[component]
        quota: Arc<Quota>,
    }
    assert_eq!(size_of::<Small>(), size_of::<(Arc<dyn Clock>, Arc<Quota>)>());
    let small = Small::builder().build_sync().unwrap();
    assert_eq!(small.quota.clock.now(), small.clock.now());
}

mod written_in_two_ways {
    use di_core::{Component, Container};

    #[derive(Component)]
    pub(super) struct Disk;

    type SameDisk = Disk;

    #[derive(Container)]
    pub(super) struct App {
        #[component(Disk)]
        pub(super) disk: SameDisk,
    }
}

#[test]
fn a_component_and_its_field_may_write_one_type_in_two_ways() {
    let app = written_in_two_ways::App::builder().build_sync().unwrap();
    let written_in_two_ways::Disk = app.disk;
}

mod borrowed_by_value {
    //! Parameters `&T` of fields that are not `Arc`s.

    use std::collections::BTreeSet;
    use std::sync::Arc;

    use di_core::{Container, Lazy, SyncFactory, Tagged, component, provider};

    pub(super) struct Metrics(pub(super) u32);

    #[derive(Clone)]
    pub(super) struct Limits(pub(super) u32);

    pub(super) enum Tag {}

    #[provider]
    fn metrics(limits: &Limits, names: &BTreeSet<String>) -> Metrics {
        Metrics(limits.0 + names.len() as u32)
    }

    pub(super) struct Sum(pub(super) u32);

    #[component]
    impl Sum {
        fn new(metrics: &Metrics, limits: &Limits, tagged: &Tagged<Tag, u32>, number: &u32, text: &str) -> Self {
            Sum(metrics.0 + limits.0 + **tagged + number + text.len() as u32)
        }
    }

    pub(super) struct Later(pub(super) u32);

    #[component]
    impl Later {
        async fn new(limits: &Limits, text: &str) -> Self {
            tokio::task::yield_now().await;
            Later(limits.0 + text.len() as u32)
        }
    }

    pub(super) struct Created(pub(super) u32);

    #[component]
    impl Created {
        fn new(limits: &Limits) -> Self {
            Created(limits.0)
        }
    }

    #[derive(Container)]
    pub(super) struct App {
        #[input]
        pub(super) limits: Limits,
        #[input]
        pub(super) names: BTreeSet<String>,
        #[input]
        pub(super) text: Arc<str>,
        #[input]
        pub(super) tagged: Tagged<Tag, u32>,
        /// A parameter `&u32` borrows from the `Arc`.
        #[input]
        pub(super) in_arc: Arc<u32>,
        #[input]
        pub(super) by_value: u32,
        #[provide(metrics)]
        pub(super) metrics: Metrics,
        #[component]
        pub(super) sum: Arc<Sum>,
        #[component]
        pub(super) later: Arc<Later>,
        #[factory(Created)]
        pub(super) created: SyncFactory<(), Created>,
        #[lazy(Later)]
        pub(super) lazy: Lazy<Later>,
    }
}

#[tokio::test]
async fn a_parameter_borrows_from_an_arc_or_from_a_field_of_its_type() {
    use borrowed_by_value::{App, Limits};
    use di_core::Tagged;

    let app = App::builder(Limits(10), ["a".to_owned()], "text", Tagged::new(100), 1_000, 5_u32).build().await.unwrap();
    assert_eq!((app.metrics.0, app.limits.0, app.names.len()), (11, 10, 1));
    assert_eq!(app.sum.0, 11 + 10 + 100 + 1_000 + 4, "the field in the `Arc` is preferred");
    assert_eq!((app.later.0, app.created.create().unwrap().0, app.lazy.get().await.unwrap().0), (14, 10, 14));
    let sum: usize = App::GRAPH.nodes().iter().position(|node| node.name() == "sum").unwrap();
    let dependencies: Vec<_> = App::GRAPH.nodes()[sum].dependencies().collect();
    assert_eq!(dependencies, [6, 0, 3, 4, 2]);
    assert_eq!((*app.in_arc, app.by_value, *app.tagged, &*app.text), (1_000, 5, 100, "text"));
}

/// A bus that subscribers register with.
#[derive(Component)]
struct Bus {
    #[default]
    subscribers: std::sync::Mutex<Vec<std::sync::Weak<Subscriber>>>,
}

/// A component that knows its own `Arc`.
struct Subscriber {
    own: std::sync::Weak<Subscriber>,
}

#[component]
impl Subscriber {
    fn new(bus: &Bus) -> Arc<Self> {
        let subscriber = Arc::new_cyclic(|own| Subscriber { own: own.clone() });
        bus.subscribers.lock().unwrap().push(Arc::downgrade(&subscriber));
        subscriber
    }
}

trait Named: Send + Sync {
    fn name(&self) -> &'static str;
}

struct Late;

impl Named for Late {
    fn name(&self) -> &'static str {
        "late"
    }
}

#[component]
impl Late {
    async fn new(_bus: &Bus) -> Result<Arc<Self>, std::io::Error> {
        tokio::task::yield_now().await;
        Ok(Arc::new(Late))
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct Shared {
    #[component]
    bus: Arc<Bus>,
    #[component]
    subscriber: Arc<Subscriber>,
    #[component(Late)]
    late: Arc<dyn Named>,
    #[lazy(Late)]
    lazy: di_core::Lazy<dyn Named>,
}

#[tokio::test]
async fn a_constructor_may_return_an_arc_of_the_component() {
    let shared = Shared::builder().build().await.unwrap();
    let known = shared.bus.subscribers.lock().unwrap()[0].upgrade().unwrap();
    assert!(Arc::ptr_eq(&known, &shared.subscriber));
    assert!(Arc::ptr_eq(&known, &shared.subscriber.own.upgrade().unwrap()));
    assert_eq!((shared.late.name(), shared.lazy.get().await.unwrap().name()), ("late", "late"));
}

//! Slices: only the requested fields and their dependencies are built, without the dependencies of overridden fields.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use di_core::construct::BuildErrorKind;
use di_core::{Component, Container, component};

/// Counts constructions.
#[derive(Default)]
struct Log(AtomicUsize);

impl Log {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Config;

trait Clock: Send + Sync {}

trait Store: Send + Sync {}

struct SystemClock;

#[component]
impl SystemClock {
    fn new(log: &Log) -> Self {
        log.add();
        SystemClock
    }
}

impl Clock for SystemClock {}

struct SqlStore;

#[component]
impl SqlStore {
    async fn new(log: &Log, _config: &Config) -> Self {
        tokio::task::yield_now().await;
        log.add();
        SqlStore
    }
}

impl Store for SqlStore {}

struct Orders {
    store: Arc<dyn Store>,
}

#[component]
impl Orders {
    fn new(log: &Log, store: Arc<dyn Store>, _clock: Arc<dyn Clock>) -> Self {
        log.add();
        Orders { store }
    }
}

#[derive(Component)]
#[allow(dead_code)]
struct Shop {
    orders: Arc<Orders>,
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    log: Arc<Log>,
    #[input]
    config: Arc<Config>,
    #[component(SystemClock)]
    clock: Arc<dyn Clock>,
    #[component(SqlStore)]
    store: Arc<dyn Store>,
    #[component]
    orders: Arc<Orders>,
    #[component]
    shop: Arc<Shop>,
}

struct Mock;
impl Store for Mock {}
impl Clock for Mock {}

#[tokio::test]
async fn a_slice_builds_only_what_is_reachable() {
    let log = Arc::new(Log::default());
    let _: Arc<dyn Clock> = App::slice().with_log(log.clone()).get().await.unwrap();
    assert_eq!(log.count(), 1);

    let log = Arc::new(Log::default());
    let slice = App::slice().with_log(log.clone()).with_config(Arc::new(Config));
    let _: Arc<Orders> = slice.get().await.unwrap();
    assert_eq!(log.count(), 3);
}

#[tokio::test]
async fn an_override_prunes_dependencies_that_only_the_overridden_field_needs() {
    let log = Arc::new(Log::default());
    let store: Arc<dyn Store> = Arc::new(Mock);
    // The config is not built, because only the store needs it.
    let slice = App::slice().with_log(log.clone()).with_store(store.clone());
    let orders: Arc<Orders> = slice.get().await.unwrap();
    assert!(Arc::ptr_eq(&orders.store, &store));
    assert_eq!(log.count(), 2);
}

#[tokio::test]
async fn several_fields_share_one_slice() {
    let log = Arc::new(Log::default());
    let slice = App::slice().with_log(log.clone()).with_store(Arc::new(Mock));
    let (orders, store, clock) = slice.get::<(Arc<Orders>, Arc<dyn Store>, Arc<dyn Clock>)>().await.unwrap();
    assert!(Arc::ptr_eq(&orders.store, &store));
    drop(clock);
    assert_eq!(log.count(), 2);
}

#[tokio::test]
async fn a_missing_input_is_reported_with_its_path_and_both_solutions() {
    let log = Arc::new(Log::default());
    let error = App::slice().with_log(log.clone()).get::<Arc<Shop>>().await.err().unwrap();
    assert_eq!(
        format!("{error:?}"),
        "could not build this slice of `App`: input `config` (Arc<Config>) was not supplied\n  \
         needed by `shop` (Shop) -> `orders` (Orders) -> `store` (SqlStore)\n  \
         supply it with `.with_config(..)`, or override a field between: `.with_orders(..)` or `.with_store(..)`"
    );
    assert_eq!(log.count(), 0, "nothing is built before the inputs are known to be there");

    let error = App::slice().get::<Arc<Config>>().await.err().unwrap();
    assert_eq!(
        format!("{error:?}"),
        "could not build this slice of `App`: input `config` (Arc<Config>) was not supplied\n  \
         supply it with `.with_config(..)`"
    );
}

#[tokio::test]
async fn a_strict_slice_rejects_an_unused_override() {
    let log = Arc::new(Log::default());
    let slice = App::slice().with_log(log.clone()).with_store(Arc::new(Mock)).with_config(Arc::new(Config));
    let error = slice.strict().get::<Arc<Orders>>().await.err().unwrap();
    assert_eq!(
        format!("{error:?}"),
        "could not build this slice of `App`: it is strict, but does not need the overrides of `config`\n  \
         `orders` does not depend on them: remove `.with_config(..)`, or `.strict()`"
    );
    assert_eq!(log.count(), 0);

    let slice = App::slice().with_log(log.clone()).with_store(Arc::new(Mock)).with_clock(Arc::new(Mock));
    assert!(slice.strict().get::<Arc<Orders>>().await.is_ok());
}

#[tokio::test]
async fn requesting_a_field_twice_is_an_error() {
    let slice = App::slice().with_config(Arc::new(Config));
    let error = slice.get::<(Arc<Config>, Arc<Config>)>().await.err().unwrap();
    assert!(matches!(error.kind(), BuildErrorKind::RequestedTwice { container: "App", field: "config" }));
    assert!(error.to_string().contains("`config` is requested twice"), "{error}");
}

#[tokio::test]
async fn an_overridden_field_can_itself_be_requested() {
    let store: Arc<dyn Store> = Arc::new(Mock);
    let got: Arc<dyn Store> = App::slice().with_store(store.clone()).strict().get().await.unwrap();
    assert!(Arc::ptr_eq(&got, &store));
}

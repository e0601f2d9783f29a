//! Modules (containers inside a container) and scopes (containers with another container as an input).

use std::sync::Arc;

use di_core::{Component, Container, component};

trait Config: Send + Sync {
    fn size(&self) -> usize;
}

struct Fixed(usize);

impl Config for Fixed {
    fn size(&self) -> usize {
        self.0
    }
}

trait Pool: Send + Sync {
    fn size(&self) -> usize;
}

struct PgPool(usize);

#[component]
impl PgPool {
    async fn new(config: &dyn Config, name: &str) -> Result<Self, std::io::Error> {
        tokio::task::yield_now().await;
        match config.size() {
            0 => Err(std::io::Error::other(format!("no connections for {name}"))),
            size => Ok(PgPool(size)),
        }
    }
}

impl Pool for PgPool {
    fn size(&self) -> usize {
        self.0
    }
}

struct Catalog {
    pool: Arc<dyn Pool>,
}

#[component]
impl Catalog {
    fn new(pool: Arc<dyn Pool>) -> Self {
        Catalog { pool }
    }
}

/// Storage of the application.
#[derive(Container)]
#[allow(dead_code)]
struct Storage {
    #[input]
    config: Arc<dyn Config>,
    #[input]
    name: Arc<str>,
    #[component(PgPool)]
    pool: Arc<dyn Pool>,
    #[component]
    catalog: Arc<Catalog>,
}

struct Orders {
    catalog: Arc<Catalog>,
}

#[component]
impl Orders {
    fn new(catalog: Arc<Catalog>) -> Self {
        Orders { catalog }
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    config: Arc<dyn Config>,
    #[input]
    name: Arc<str>,
    #[module]
    storage: Storage,
    #[import(storage)]
    catalog: Arc<Catalog>,
    #[component]
    orders: Arc<Orders>,
}

#[tokio::test]
async fn a_module_takes_its_inputs_from_the_fields_around_it() {
    let app = App::builder(Arc::new(Fixed(8)), "main").build().await.unwrap();
    assert_eq!(app.orders.catalog.pool.size(), 8);
    assert!(Arc::ptr_eq(&app.storage.catalog, &app.catalog));
}

#[tokio::test]
async fn fields_of_a_module_are_overridden_through_the_module() {
    let app = App::builder(Arc::new(Fixed(0)), "main");
    let app = app.storage(|storage| storage.with_pool(Arc::new(PgPool(3)))).build().await.unwrap();
    assert_eq!(app.orders.catalog.pool.size(), 3);

    let app = App::builder(Arc::new(Fixed(8)), "main");
    let app = app.storage(|storage| storage.with_config(Arc::new(Fixed(5)))).build().await.unwrap();
    assert_eq!(app.orders.catalog.pool.size(), 5, "including its inputs");
}

#[tokio::test]
async fn a_whole_module_can_be_overridden() {
    let storage = Storage::builder(Arc::new(Fixed(2)), "other").build().await.unwrap();
    let app = App::builder(Arc::new(Fixed(0)), "main").with_storage(storage).build().await.unwrap();
    assert_eq!(app.orders.catalog.pool.size(), 2);
}

#[tokio::test]
async fn a_slice_reaches_into_a_module_unless_the_import_is_overridden() {
    let slice = App::slice().with_config(Arc::new(Fixed(4))).with_name("main".into());
    let orders: Arc<Orders> = slice.get().await.unwrap();
    assert_eq!(orders.catalog.pool.size(), 4);

    let catalog = Arc::new(Catalog { pool: Arc::new(PgPool(1)) });
    let orders: Arc<Orders> = App::slice().with_catalog(catalog).strict().get().await.unwrap();
    assert_eq!(orders.catalog.pool.size(), 1);
}

#[tokio::test]
async fn a_failure_in_a_module_names_both_containers() {
    let text = format!("{:?}", App::builder(Arc::new(Fixed(0)), "main").build().await.err().unwrap());
    let begin = "could not build `App`: `storage` (Storage) failed: could not build `Storage`: `pool` (PgPool) failed: \
                 no connections for main\n";
    assert!(text.starts_with(begin), "{text}");
    assert!(text.contains("\n  in `Storage`, after "), "{text}");
}

#[derive(Container)]
#[allow(dead_code)]
struct SyncPart {
    #[input]
    config: Arc<dyn Config>,
}

#[derive(Container)]
#[allow(dead_code)]
struct SyncWhole {
    #[input]
    config: Arc<dyn Config>,
    #[module]
    part: SyncPart,
}

#[test]
fn a_sync_module_can_be_built_in_a_sync_container() {
    let whole = SyncWhole::builder(Arc::new(Fixed(1))).build_sync().unwrap();
    assert!(Arc::ptr_eq(&whole.config, &whole.part.config));
}

#[derive(Component)]
struct Handler {
    orders: Arc<Orders>,
    user: User,
}

#[derive(Clone, Debug, PartialEq)]
struct User(u32);

/// Scope of a request.
#[derive(Container)]
#[allow(dead_code)]
struct Request {
    #[input]
    app: Arc<App>,
    #[input]
    user: User,
    #[import(app)]
    orders: Arc<Orders>,
    #[component]
    handler: Arc<Handler>,
}

#[tokio::test]
async fn a_scope_shares_what_it_imports() {
    let app = Arc::new(App::builder(Arc::new(Fixed(8)), "main").build().await.unwrap());
    let one = Request::builder(app.clone(), User(1)).build_sync().unwrap();
    let two = Request::builder(app.clone(), User(2)).build_sync().unwrap();
    assert!(Arc::ptr_eq(&one.handler.orders, &two.handler.orders));
    assert_eq!((&one.handler.user, &two.handler.user), (&User(1), &User(2)));
}

mod shared {
    //! A module in an `Arc`: components take the whole module.

    use std::sync::{Arc, Mutex};

    use di_core::{Component, Container, Shutdown, Tagged, component};

    #[derive(Clone, Default)]
    pub(super) struct Log(pub(super) Arc<Mutex<Vec<&'static str>>>);

    impl Log {
        pub(super) fn add(&self, entry: &'static str) {
            self.0.lock().unwrap().push(entry);
        }
    }

    pub(super) struct Pool {
        log: Log,
        pub(super) size: u32,
    }

    #[component]
    impl Pool {
        pub(super) async fn new(log: &Log) -> Self {
            tokio::task::yield_now().await;
            Pool { log: log.clone(), size: 8 }
        }

        #[start]
        async fn start(&self) {
            self.log.add("pool starts");
        }

        #[run]
        async fn run(&self, shutdown: Shutdown) {
            shutdown.requested().await;
        }

        #[stop]
        async fn stop(&self) {
            self.log.add("pool stops");
        }
    }

    impl Pool {
        pub(super) fn fake(log: &Log) -> Self {
            Pool { log: log.clone(), size: 1 }
        }
    }

    #[derive(Container)]
    pub(super) struct App {
        #[input]
        pub(super) log: Log,
        #[component]
        pub(super) pool: Arc<Pool>,
    }

    pub(super) struct Web {
        pub(super) app: Arc<App>,
        log: Log,
    }

    #[component]
    impl Web {
        fn new(app: Arc<App>, log: Log) -> Self {
            Web { app, log }
        }

        #[start]
        async fn start(&self) {
            self.log.add("web starts");
        }

        #[stop]
        async fn stop(&self) {
            self.log.add("web stops");
        }
    }

    #[derive(Component)]
    pub(super) struct Handler {
        pub(super) pool: Arc<Pool>,
        pub(super) other: Tagged<Other, Arc<App>>,
    }

    pub(super) enum Other {}

    #[derive(Container)]
    pub(super) struct Service {
        #[input]
        pub(super) log: Log,
        #[module]
        pub(super) app: Arc<App>,
        #[module]
        pub(super) other: Tagged<Other, Arc<App>>,
        #[import(app)]
        pub(super) pool: Arc<Pool>,
        #[component]
        pub(super) web: Arc<Web>,
        #[component]
        pub(super) handler: Arc<Handler>,
    }
}

#[tokio::test]
async fn a_module_in_an_arc_is_shared_with_components_and_runs_in_the_same_host() {
    use shared::{Handler, Log, Pool, Service, Web};

    let log = Log::default();
    let host = Service::builder(log.clone()).start().await.unwrap();
    assert!(Arc::ptr_eq(&host.web.app, &host.app) && Arc::ptr_eq(&host.pool, &host.app.pool));
    assert!(Arc::ptr_eq(&host.handler.pool, &host.pool) && Arc::ptr_eq(&host.handler.other, &host.other));
    assert!(!Arc::ptr_eq(&host.app, &host.other));
    host.stop().await.unwrap();
    let mut entries = std::mem::take(&mut *log.0.lock().unwrap());
    assert_eq!(entries.iter().position(|entry| *entry == "web starts"), Some(2), "{entries:?}");
    entries.sort_unstable();
    assert_eq!(entries, ["pool starts", "pool starts", "pool stops", "pool stops", "web starts", "web stops"]);

    let fake = Arc::new(Pool::fake(&log));
    let service = Service::builder(log.clone()).app(|app| app.with_pool(fake.clone())).build().await.unwrap();
    assert!(Arc::ptr_eq(&service.web.app.pool, &fake) && service.other.pool.size == 8);

    let web: Arc<Web> = Service::slice().with_log(log.clone()).app(|app| app.with_pool(fake)).get().await.unwrap();
    assert_eq!((web.app.pool.size, Arc::strong_count(&web.app)), (1, 1));
    let handler: Arc<Handler> = Service::slice()
        .with_app(web.app.clone())
        .with_other(di_core::Tagged::new(web.app.clone()))
        .strict()
        .get()
        .await
        .unwrap();
    assert!(Arc::ptr_eq(&handler.pool, &web.app.pool));
    web.app.log.add("done");
}

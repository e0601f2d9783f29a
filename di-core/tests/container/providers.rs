//! Values provided by functions, closures and fields of fields.

use std::sync::Arc;

use di_core::graph::NodeKind;
use di_core::{Component, Container, Tagged, provider};

#[derive(Clone, Debug, PartialEq)]
struct DbConfig {
    url: String,
}

struct HttpConfig {
    port: u16,
    limits: (u32, u64),
}

struct Config {
    db: DbConfig,
    http: HttpConfig,
    names: Arc<[&'static str]>,
}

fn config() -> Config {
    Config {
        db: DbConfig { url: "db".into() },
        http: HttpConfig { port: 80, limits: (3, 4) },
        names: Arc::new(["a", "b"]),
    }
}

enum Replica {}

#[derive(Container)]
struct Sections {
    #[input]
    config: Arc<Config>,
    #[input]
    replica_config: Tagged<Replica, Arc<Config>>,
    #[provide(config.db)]
    db: DbConfig,
    #[provide(config.db)]
    shared_db: Arc<DbConfig>,
    #[provide(replica_config.db)]
    replica: Tagged<Replica, DbConfig>,
    #[provide(replica_config.db)]
    shared_replica: Tagged<Replica, Arc<DbConfig>>,
    #[provide(config.http.port)]
    port: u16,
    #[provide(config.http.limits.1)]
    limit: u64,
    #[provide(config.names)]
    names: Arc<[&'static str]>,
}

#[test]
fn a_field_of_a_field_is_cloned() {
    let mut replica = config();
    replica.db.url = "replica".into();
    let app = Sections::builder(config(), Tagged::new(Arc::new(replica))).build_sync().unwrap();
    assert_eq!((&app.db, &*app.shared_db), (&app.config.db, &app.config.db));
    assert_eq!((&app.replica.url, &app.shared_replica.url), (&app.replica_config.db.url, &"replica".into()));
    assert_eq!((app.port, app.limit), (80, 4));
    assert!(Arc::ptr_eq(&app.names, &app.config.names));
}

trait Store: Send + Sync {
    fn name(&self) -> String;
}

struct Disk(String);

impl Store for Disk {
    fn name(&self) -> String {
        self.0.clone()
    }
}

struct Limiter(u64);

impl Limiter {
    fn from_config(config: &Config) -> Self {
        Limiter(config.http.limits.1)
    }

    fn new(db: DbConfig, store: &Arc<dyn Store>, other: Arc<dyn Store>, port: &u16) -> Result<Self, std::io::Error> {
        match db.url.as_str() {
            "" => Err(std::io::Error::other("no url")),
            url => Ok(Limiter((url.len() + store.name().len() + other.name().len()) as u64 + u64::from(*port))),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Counters(u32);

#[provider]
fn plain_disk(config: &Config) -> Disk {
    Disk(format!("disk of {}", config.db.url))
}

#[derive(Container)]
struct App {
    #[input]
    config: Arc<Config>,
    #[provide(Limiter::from_config)]
    limiter: Limiter,
    #[provide(Limiter::from_config)]
    shared: Arc<Limiter>,
    #[provide(Limiter::from_config)]
    tagged: Tagged<Replica, Arc<Limiter>>,
    #[provide(config.db)]
    db: DbConfig,
    #[provide(config.http.port)]
    port: u16,
    #[provide(|config: &Config| -> Arc<dyn Store> { Arc::new(Disk(config.db.url.clone())) })]
    store: Arc<dyn Store>,
    #[provide(|store: Arc<dyn Store>, port: u16| format!("{}:{port}", store.name()))]
    address: String,
    #[provide(|| 7)]
    seven: u8,
    #[provide(<Counters as Default>::default)]
    counters: Counters,
    #[provide(|db: &DbConfig| if db.url.is_empty() { Err(std::io::Error::other("no url")) } else { Ok(db.url.len()) })]
    length: usize,
    #[provide(Self::sum)]
    sum: u128,
    #[provide(|port: u16| Self::PORT_BASE + u32::from(port))]
    absolute_port: u32,
    /// A provider of the value inside the `Arc`.
    #[provide(plain_disk)]
    disk: Arc<Disk>,
}

impl App {
    const PORT_BASE: u32 = 8_000;

    fn sum(seven: &u8, port: u16) -> u128 {
        u128::from(*seven) + u128::from(port)
    }
}

#[test]
fn associated_functions_and_closures_provide_values() {
    let app = App::builder(config()).build_sync().unwrap();
    assert_eq!((app.limiter.0, app.shared.0, app.tagged.0), (4, 4, 4));
    assert_eq!((app.store.name(), app.address.as_str(), app.seven), ("db".into(), "db:80", 7));
    assert_eq!((app.sum, app.absolute_port), (87, 8_080));
    assert_eq!((&app.counters, app.length, app.disk.name()), (&Counters(0), 2, "disk of db".into()));
    assert_eq!((&app.db, app.port, app.config.http.port), (&app.config.db, 80, 80));
}

#[allow(non_camel_case_types)]
mod raw_name {
    use di_core::Container;

    #[derive(Container)]
    pub(super) struct r#type {
        #[provide(Self::one)]
        pub(super) one: u8,
    }

    impl r#type {
        fn one() -> u8 {
            1
        }
    }
}

#[test]
fn self_is_the_container_also_if_its_name_is_raw() {
    assert_eq!(raw_name::r#type::builder().build_sync().unwrap().one, 1);
}

#[test]
fn the_graph_shows_the_parameters() {
    let nodes = App::GRAPH.nodes();
    let node = |name: &str| nodes.iter().find(|node| node.name() == name).unwrap();
    let needs = |name: &str| node(name).dependencies().map(|index| nodes[index].name()).collect::<Vec<_>>().join(" ");
    assert_eq!(needs("limiter"), "config");
    assert_eq!(needs("db"), "config");
    assert_eq!(needs("address"), "store port");
    assert_eq!(needs("seven"), "");
    assert_eq!(node("limiter").to_string(), "`limiter` (Limiter::from_config)");
    assert_eq!(node("port").to_string(), "`port` (config.http.port)");
    assert_eq!(node("address").component(), "|store: Arc<dyn Store>, port: u16| ..");
    assert!(["limiter", "db", "address"].iter().all(|name| node(name).kind() == NodeKind::Provider));
}

#[test]
fn an_error_of_a_closure_is_a_build_error() {
    let builder = App::builder(config()).with_db(DbConfig { url: String::new() });
    let text = format!("{:?}", builder.build_sync().err().unwrap());
    assert!(text.starts_with("could not build `App`: `length` (|db: &DbConfig| ..) failed: no url"), "{text}");
}

#[derive(Component)]
struct Server {
    limiter: Arc<Limiter>,
}

#[derive(Container)]
struct Fallible {
    #[input]
    db: DbConfig,
    #[input]
    store: Arc<Arc<dyn Store>>,
    #[input]
    other: Arc<dyn Store>,
    #[input]
    port: u16,
    #[provide(Limiter::new)]
    limiter: Arc<Limiter>,
    #[component]
    server: Arc<Server>,
}

#[test]
fn an_associated_function_has_dependencies_of_each_kind_and_may_fail() {
    let disk = || Arc::new(Disk("disk".into()));
    let build =
        |url: &str| Fallible::builder(DbConfig { url: url.into() }, Arc::new(disk()), disk(), 1_u16).build_sync();
    let app = build("url").unwrap();
    assert_eq!((app.server.limiter.0, app.limiter.0), (12, 12));
    assert_eq!(
        (&app.db.url, app.store.name(), app.other.name(), app.port),
        (&"url".into(), "disk".into(), "disk".into(), 1)
    );
    assert!(format!("{:?}", build("").err().unwrap()).contains("`limiter` (Limiter::new) failed: no url"));
}

#[tokio::test]
async fn a_slice_builds_what_a_provider_needs() {
    let (limiter, length) = App::slice().with_config(Arc::new(config())).get::<(Arc<Limiter>, usize)>().await.unwrap();
    assert_eq!((limiter.0, length), (4, 2));
    let length: usize = App::slice().with_db(DbConfig { url: "four".into() }).strict().get().await.unwrap();
    assert_eq!(length, 4);
}

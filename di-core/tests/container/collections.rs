//! Collections of fields, tagged fields of one type, and optional fields.

use std::sync::Arc;

use di_core::{Component, Container, Tagged, component, provider};

trait Check: Send + Sync {
    fn name(&self) -> String;
}

trait Db: Check {}

struct Sql(&'static str);

impl Check for Sql {
    fn name(&self) -> String {
        self.0.into()
    }
}

impl Db for Sql {}

struct Primary;

#[component]
impl Primary {
    fn new() -> Self {
        Primary
    }
}

impl Check for Primary {
    fn name(&self) -> String {
        "primary".into()
    }
}

impl Db for Primary {}

#[derive(Component)]
struct Disk;

impl Check for Disk {
    fn name(&self) -> String {
        "disk".into()
    }
}

enum Replica {}

#[derive(Component)]
struct ReplicaDb;

impl Check for ReplicaDb {
    fn name(&self) -> String {
        "replica".into()
    }
}

impl Db for ReplicaDb {}

struct Health {
    checks: Vec<Arc<dyn Check>>,
    replica: Tagged<Replica, Arc<dyn Db>>,
    metrics: Option<Arc<dyn Check>>,
}

#[component]
impl Health {
    fn new(
        checks: Vec<Arc<dyn Check>>,
        replica: Tagged<Replica, Arc<dyn Db>>,
        metrics: Option<Arc<dyn Check>>,
    ) -> Self {
        Health { checks, replica, metrics }
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[component(Primary)]
    db: Arc<dyn Db>,
    #[component(ReplicaDb)]
    replica: Tagged<Replica, Arc<dyn Db>>,
    #[component]
    disk: Arc<Disk>,
    #[absent]
    metrics: Option<Arc<dyn Check>>,
    #[collect(disk, db, metrics)]
    checks: Vec<Arc<dyn Check>>,
    #[component]
    health: Arc<Health>,
}

fn names(checks: &[Arc<dyn Check>]) -> Vec<String> {
    checks.iter().map(|check| check.name()).collect()
}

#[test]
fn a_collection_keeps_the_listed_order() {
    let app = App::builder().build_sync().unwrap();
    assert_eq!(names(&app.health.checks), ["disk", "primary"]);
    assert_eq!(app.health.replica.name(), "replica");
    assert!(app.health.metrics.is_none());
}

#[test]
fn an_absent_field_can_be_supplied() {
    let app = App::builder().with_metrics(Some(Arc::new(Sql("metrics")))).build_sync().unwrap();
    assert_eq!(names(&app.health.checks), ["disk", "primary", "metrics"]);
    assert_eq!(app.health.metrics.as_ref().unwrap().name(), "metrics");
}

#[test]
fn a_tagged_field_is_overridden_by_a_tagged_value() {
    let app = App::builder().with_replica(Tagged::new(Arc::new(Sql("mock")))).build_sync().unwrap();
    assert_eq!(app.health.replica.name(), "mock");
    assert_eq!(app.db.name(), "primary");
}

#[derive(Container)]
#[allow(dead_code)]
struct Optional {
    #[input]
    given: Option<Arc<dyn Check>>,
    #[component(Disk)]
    tagged: Tagged<Replica, Option<Arc<dyn Check>>>,
    #[component(Disk)]
    by_value: Disk,
}

#[test]
fn an_optional_input_is_an_argument_and_wrappers_nest() {
    let app = Optional::builder(None).build_sync().unwrap();
    assert!(app.given.is_none() && app.tagged.is_some());
    assert!(Optional::builder(Some(Arc::new(Sql("x")))).build_sync().unwrap().given.is_some());
    assert_eq!(app.by_value.name(), "disk");
}

#[provider]
fn tagged_number(is_large: bool) -> Tagged<Replica, u64> {
    Tagged::new(if is_large { 1_000 } else { 1 })
}

#[provider]
async fn perhaps_a_number(is_large: bool) -> Result<Option<u32>, std::io::Error> {
    Ok(is_large.then_some(1_000))
}

#[derive(Container)]
struct Provided {
    #[input]
    is_large: bool,
    #[provide(tagged_number)]
    tagged: Tagged<Replica, u64>,
    #[provide(perhaps_a_number)]
    perhaps: Option<u32>,
}

#[tokio::test]
async fn a_provider_returns_the_wrappers_of_its_field() {
    let large = Provided::builder(true).build().await.unwrap();
    let small = Provided::builder(false).build().await.unwrap();
    assert_eq!((*large.tagged, large.perhaps), (1_000, Some(1_000)));
    assert_eq!((*small.tagged, small.perhaps, small.is_large), (1, None, false));
}

mod plugins {
    //! Two modules with a list of plugins each, and a container that collects all of them.

    use std::collections::{BTreeMap, HashMap};
    use std::sync::Arc;

    use di_core::{Component, Container, Lazy, Tagged};

    pub(super) trait Listed: Send + Sync {
        fn name(&self) -> &'static str;
    }

    pub(super) trait Plugin: Listed {}

    macro_rules! plugin {
        ($($plugin:ident)*) => {$(
            #[derive(Component)]
            pub(super) struct $plugin;

            impl Listed for $plugin {
                fn name(&self) -> &'static str {
                    stringify!($plugin)
                }
            }

            impl Plugin for $plugin {}
        )*};
    }

    plugin!(Redis Memory Disk);

    pub(super) enum Second {}

    #[derive(Container)]
    pub(super) struct Caches {
        #[component]
        pub(super) redis: Arc<Redis>,
        #[component]
        pub(super) memory: Arc<Memory>,
        #[collect(redis, memory)]
        pub(super) plugins: Vec<Arc<dyn Plugin>>,
    }

    #[derive(Container)]
    pub(super) struct Disks {
        #[component]
        pub(super) disk: Arc<Disk>,
        #[collect(disk)]
        pub(super) plugins: Vec<Arc<dyn Plugin>>,
    }

    #[derive(Container)]
    pub(super) struct App {
        #[module]
        pub(super) caches: Caches,
        #[module]
        pub(super) disks: Disks,
        #[import(caches)]
        pub(super) cache_plugins: Vec<Arc<dyn Plugin>>,
        #[import(disks)]
        pub(super) disk_plugins: Tagged<Second, Vec<Arc<dyn Plugin>>>,
        #[absent]
        pub(super) more: Option<Vec<Arc<dyn Plugin>>>,
        #[component]
        pub(super) own: Arc<Disk>,
        #[collect(own, cache_plugins, disk_plugins, more)]
        pub(super) all: Vec<Arc<dyn Listed>>,
        #[collect(cache_plugins)]
        pub(super) lists: Vec<Vec<Arc<dyn Plugin>>>,
    }

    #[derive(Container)]
    pub(super) struct Configured {
        #[component]
        pub(super) redis: Arc<Redis>,
        #[cfg(any())]
        #[component]
        pub(super) unsupported: Arc<Nowhere>,
        #[component]
        pub(super) memory: Arc<Memory>,
        #[component]
        #[cfg(test)]
        pub(super) disk: Arc<Disk>,
        #[collect(redis, #[cfg(any())] unsupported, #[cfg(any())] memory, #[cfg(test)] disk)]
        pub(super) plugins: Vec<Arc<dyn Plugin>>,
    }

    #[derive(Container)]
    pub(super) struct Later {
        #[lazy(Redis)]
        pub(super) redis: Lazy<dyn Plugin>,
        #[lazy(Memory)]
        pub(super) memory: Tagged<Second, Lazy<dyn Plugin>>,
        #[collect(redis, memory)]
        pub(super) plugins: Vec<Lazy<dyn Plugin>>,
    }

    #[derive(Container)]
    pub(super) struct Keyed {
        #[component]
        pub(super) redis: Arc<Redis>,
        #[component(Memory)]
        pub(super) memory: Tagged<Second, Arc<dyn Plugin>>,
        #[absent]
        pub(super) disk: Option<Arc<dyn Plugin>>,
        #[collect("redis" = redis, "memory" = memory, "disk" = disk)]
        pub(super) by_name: BTreeMap<String, Arc<dyn Plugin>>,
        #[collect(1 = redis, 2 = memory, #[cfg(any())] 3 = disk, #[cfg(test)] 3 = redis)]
        pub(super) by_number: HashMap<u8, Arc<dyn Listed>>,
        #[collect("redis" = redis)]
        pub(super) tagged: Tagged<Second, BTreeMap<&'static str, Arc<Redis>>>,
    }
}

#[test]
fn lists_of_modules_are_collected_element_by_element() {
    use plugins::{App, Listed, Redis};

    let app = App::builder().build_sync().unwrap();
    assert_eq!(app.all.iter().map(|plugin| plugin.name()).collect::<Vec<_>>(), ["Disk", "Redis", "Memory", "Disk"]);
    assert_eq!((app.lists.len(), app.cache_plugins.len(), app.disk_plugins.len()), (1, 2, 1));
    assert!(!std::ptr::eq(&*app.own, &*app.disks.disk) && app.more.is_none());
    assert_eq!((app.caches.redis.name(), app.caches.memory.name()), ("Redis", "Memory"));
    assert_eq!((app.caches.plugins.len(), app.disks.plugins.len()), (2, 1));

    let app = App::builder().with_more(Some(vec![Arc::new(Redis), Arc::new(Redis)])).build_sync().unwrap();
    assert_eq!(app.all.len(), 6);
}

#[test]
fn a_member_with_cfg_is_collected_under_its_condition() {
    use plugins::Listed;

    let app = plugins::Configured::builder().build_sync().unwrap();
    assert_eq!(app.plugins.iter().map(|plugin| plugin.name()).collect::<Vec<_>>(), ["Redis", "Disk"]);
    assert_eq!((app.redis.name(), app.memory.name(), app.disk.name()), ("Redis", "Memory", "Disk"));
    let node = plugins::Configured::GRAPH.nodes().last().unwrap();
    assert_eq!(node.dependencies().collect::<Vec<_>>(), [0, 2]);
}

#[tokio::test]
async fn lazy_fields_are_collected_without_constructing_them() {
    let app = plugins::Later::builder().build_sync().unwrap();
    assert!(app.plugins.iter().all(|plugin| plugin.get_if_ready().is_none()));
    let redis = app.plugins[0].get().await.unwrap();
    assert!(Arc::ptr_eq(&redis, &app.redis.get().await.unwrap()) && app.memory.get_if_ready().is_none());
}

#[test]
fn a_map_has_a_key_for_each_field() {
    use plugins::{Disk, Keyed};

    let app = Keyed::builder().build_sync().unwrap();
    let by_name: Vec<_> = app.by_name.iter().map(|(key, plugin)| (key.as_str(), plugin.name())).collect();
    assert_eq!(by_name, [("memory", "Memory"), ("redis", "Redis")]);
    assert_eq!((app.by_number.len(), app.by_number[&2].name(), app.by_number[&3].name()), (3, "Memory", "Redis"));
    assert!(Arc::ptr_eq(&app.tagged["redis"], &app.redis) && app.memory.name() == "Memory" && app.disk.is_none());

    let app = Keyed::builder().with_disk(Some(Arc::new(Disk))).build_sync().unwrap();
    assert_eq!(app.by_name["disk"].name(), "Disk");
}

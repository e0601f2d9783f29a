//! Tagged fields: the attributes that make or read a field by name see the value inside the tag.

use std::sync::Arc;

use di_core::graph::NodeKind;
use di_core::intercept::Interceptor;
use di_core::{Component, Container, Factory, Intercepted, Lazy, Tagged, component, provider};

#[di_core::intercept]
trait Plugin: Send + Sync {
    fn name(&self) -> String;
}

/// A trait that plugins implement, but not a supertrait of `Plugin`.
trait Listed: Send + Sync {
    fn entry(&self) -> String;
}

macro_rules! plugin {
    ($($plugin:ident)*) => {$(
        #[derive(Component)]
        struct $plugin;

        impl Plugin for $plugin {
            fn name(&self) -> String {
                stringify!($plugin).into()
            }
        }

        impl Listed for $plugin {
            fn entry(&self) -> String {
                format!("* {}", stringify!($plugin))
            }
        }
    )*};
}

plugin!(Redis Memory Disk Files);

enum First {}
enum Second {}
enum Third {}
enum Fourth {}

fn names(plugins: &[Arc<dyn Plugin>]) -> Vec<String> {
    plugins.iter().map(|plugin| plugin.name()).collect()
}

#[derive(Container)]
struct Collected {
    #[component(Redis)]
    redis: Tagged<First, Arc<Redis>>,
    #[component(Memory)]
    memory: Tagged<Second, Arc<dyn Plugin>>,
    #[component(Disk)]
    disk: Tagged<Third, Option<Arc<Disk>>>,
    #[absent]
    files: Option<Tagged<Fourth, Arc<Files>>>,
    #[collect(redis, memory, disk, files)]
    plugins: Vec<Arc<dyn Plugin>>,
    #[collect(redis, disk)]
    listed: Tagged<First, Vec<Arc<dyn Listed>>>,
    #[collect(memory)]
    tagged: Vec<Tagged<Second, Arc<dyn Plugin>>>,
    #[absent]
    limit: Tagged<First, Option<u32>>,
}

#[test]
fn a_collection_contains_the_values_of_tagged_fields() {
    let app = Collected::builder().build_sync().unwrap();
    assert_eq!(names(&app.plugins), ["Redis", "Memory", "Disk"]);
    assert_eq!(app.listed.iter().map(|listed| listed.entry()).collect::<Vec<_>>(), ["* Redis", "* Disk"]);
    assert_eq!(app.tagged[0].name(), "Memory");
    assert!(app.disk.is_some() && app.files.is_none() && app.limit.is_none());
    assert_eq!((app.redis.name(), app.memory.name()), ("Redis".into(), "Memory".into()));

    let files = Some(Tagged::new(Arc::new(Files)));
    let app = Collected::builder().with_files(files).with_disk(Tagged::new(None)).build_sync().unwrap();
    assert_eq!(names(&app.plugins), ["Redis", "Memory", "Files"]);
    assert_eq!(app.listed.len(), 1);
}

#[derive(Container)]
struct Aliased {
    #[component]
    redis: Arc<Redis>,
    #[alias(redis)]
    first: Tagged<First, Arc<dyn Plugin>>,
    #[alias(first)]
    plugin: Arc<dyn Plugin>,
    #[alias(first)]
    second: Tagged<Second, Arc<dyn Plugin>>,
    #[component(Memory)]
    memory: Tagged<First, Arc<Memory>>,
    #[alias(memory)]
    listed: Arc<dyn Listed>,
}

#[test]
fn an_alias_adds_removes_and_changes_a_tag() {
    let app = Aliased::builder().build_sync().unwrap();
    for plugin in [&*app.first, &app.plugin, &*app.second] {
        assert!(std::ptr::addr_eq(Arc::as_ptr(plugin), Arc::as_ptr(&app.redis)));
    }
    assert!(std::ptr::addr_eq(Arc::as_ptr(&app.listed), Arc::as_ptr(&app.memory)));
}

/// Plugins, each module has its own collection.
#[derive(Container)]
struct Plugins {
    #[component]
    pub redis: Arc<Redis>,
    #[component(Memory)]
    pub plugin: Arc<dyn Plugin>,
    #[component(Disk)]
    pub tagged: Tagged<First, Arc<dyn Plugin>>,
}

#[derive(Container)]
struct Importing {
    #[module]
    plugins: Tagged<First, Plugins>,
    /// The module has a field of this type.
    #[import(plugins)]
    disk: Tagged<First, Arc<dyn Plugin>>,
    /// The module has a field of this type, without a tag.
    #[import(plugins)]
    memory: Tagged<Second, Arc<dyn Plugin>>,
    #[import(plugins)]
    redis: Arc<Redis>,
}

#[derive(Container)]
struct Scope {
    #[input]
    app: Tagged<Second, Arc<Importing>>,
    #[import(app)]
    disk: Arc<Redis>,
    #[import(app)]
    redis: Tagged<Third, Arc<Redis>>,
}

#[test]
fn an_import_prefers_the_field_with_the_same_tag() {
    let app = Importing::builder().build_sync().unwrap();
    assert_eq!(
        (app.disk.name(), app.memory.name(), app.redis.name()),
        ("Disk".into(), "Memory".into(), "Redis".into())
    );

    let app = Importing::builder().plugins(|plugins| plugins.with_plugin(Arc::new(Files))).build_sync().unwrap();
    assert_eq!(app.memory.name(), "Files");
    assert_eq!(app.plugins.redis.name(), "Redis");

    let scope = Scope::builder(Tagged::new(Arc::new(app))).build_sync().unwrap();
    assert!(Arc::ptr_eq(&scope.disk, &scope.redis) && Arc::ptr_eq(&scope.disk, &scope.app.redis));
}

#[derive(Component)]
struct Loud {
    #[inner]
    inner: Arc<dyn Plugin>,
}

impl Plugin for Loud {
    fn name(&self) -> String {
        self.inner.name().to_uppercase()
    }
}

struct Quiet(Arc<dyn Plugin>);

#[component]
impl Quiet {
    async fn new(#[inner] inner: Arc<dyn Plugin>) -> Result<Self, std::io::Error> {
        tokio::task::yield_now().await;
        Ok(Quiet(inner))
    }

    #[start]
    async fn start(&self) {}
}

impl Plugin for Quiet {
    fn name(&self) -> String {
        format!("({})", self.0.name())
    }
}

#[derive(Component)]
struct Plain;

impl Interceptor for Plain {}

#[derive(Container)]
struct Decorated {
    #[component(Redis)]
    #[decorate(Loud)]
    plain: Arc<dyn Plugin>,
    #[component(Memory)]
    #[decorate(Loud, Quiet, Intercepted<dyn Plugin, Plain>)]
    tagged: Tagged<First, Arc<dyn Plugin>>,
    #[alias(tagged)]
    #[decorate(Loud)]
    alias: Tagged<Second, Arc<dyn Plugin>>,
}

#[tokio::test]
async fn a_decorator_wraps_the_value_of_a_tagged_field() {
    let app = Decorated::builder().build().await.unwrap();
    assert_eq!((app.plain.name(), app.tagged.name()), ("REDIS".into(), "(MEMORY)".into()));
    assert_eq!(app.alias.name(), "(MEMORY)");
}

#[provider]
fn plugin() -> Arc<dyn Plugin> {
    Arc::new(Redis)
}

#[provider]
async fn checked_plugin(plugin: Arc<dyn Plugin>) -> Result<Arc<dyn Plugin>, std::io::Error> {
    if plugin.name().is_empty() { Err(std::io::Error::other("no name")) } else { Ok(plugin) }
}

#[provider]
fn tagged_plugin(plugin: Arc<dyn Plugin>) -> Tagged<Third, Arc<dyn Plugin>> {
    Tagged::new(plugin)
}

#[derive(Container)]
struct Provided {
    #[provide(plugin)]
    plugin: Arc<dyn Plugin>,
    #[provide(plugin)]
    first: Tagged<First, Arc<dyn Plugin>>,
    #[provide(checked_plugin)]
    second: Tagged<Second, Arc<dyn Plugin>>,
    #[provide(tagged_plugin)]
    third: Tagged<Third, Arc<dyn Plugin>>,
}

#[tokio::test]
async fn a_provider_may_leave_out_the_tag() {
    let app = Provided::builder().build().await.unwrap();
    assert!(!Arc::ptr_eq(&app.plugin, &app.first));
    assert!(Arc::ptr_eq(&app.plugin, &app.second) && Arc::ptr_eq(&app.plugin, &app.third));
}

struct Session(u32);

#[component]
impl Session {
    fn new(#[assisted] number: u32) -> Self {
        Session(number)
    }
}

#[derive(Container)]
struct Later {
    #[lazy(Redis)]
    first: Lazy<dyn Plugin>,
    #[lazy(Memory)]
    second: Tagged<Second, Lazy<dyn Plugin>>,
    #[factory(Session)]
    sessions: Tagged<First, Factory<(u32,), Session>>,
}

#[tokio::test]
async fn lazies_and_factories_can_be_tagged() {
    let app = Later::builder().build_sync().unwrap();
    assert_eq!(app.first.get().await.unwrap().name(), "Redis");
    assert_eq!(app.second.get().await.unwrap().name(), "Memory");
    assert_eq!(app.sessions.create(7).await.unwrap().0, 7);
}

#[test]
fn the_graph_shows_tagged_fields_like_others() {
    let node = |name: &str| Decorated::GRAPH.nodes().iter().rfind(|node| node.name() == name).unwrap();
    assert_eq!(
        (node("tagged").kind(), node("tagged").type_name()),
        (NodeKind::Decorator, "Tagged<First, Arc<dyn Plugin>>")
    );
    assert_eq!(Collected::GRAPH.nodes()[4].to_string(), "`plugins` (collects redis, memory, disk, files)");
}

#[derive(Container)]
struct Inputs {
    #[input]
    primary: Arc<str>,
    #[input]
    replica: Tagged<First, Arc<str>>,
    #[input]
    limit: Tagged<First, u64>,
}

#[test]
fn only_inputs_of_one_type_require_the_tag_in_the_call() {
    let app = Inputs::builder("primary", Tagged::new("replica".into()), 5).build_sync().unwrap();
    assert_eq!((&*app.primary, &**app.replica, *app.limit), ("primary", "replica", 5));
}

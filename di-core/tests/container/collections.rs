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

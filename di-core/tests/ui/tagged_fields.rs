//! A tagged field is made from an untagged value, which must have the right type.
use std::sync::Arc;

use di_core::{Component, Container, Tagged, provider};

trait Db: Send + Sync {}

#[derive(Component)]
struct Pool;

#[provider]
fn port() -> u16 {
    80
}

#[derive(Component)]
struct Traced {
    #[inner]
    _inner: Tagged<Replica, Arc<dyn Db>>,
}

impl Db for Traced {}

#[derive(Component)]
struct Sql;

impl Db for Sql {}

enum Replica {}

#[derive(Container)]
struct Storage {
    #[component]
    pool: Arc<Pool>,
}

#[derive(Container)]
struct App {
    #[module]
    storage: Storage,
    #[import(storage)]
    imported: Tagged<Replica, Arc<Sql>>,
    #[provide(port)]
    port: Tagged<Replica, u32>,
    #[component(Sql)]
    #[decorate(Traced)]
    decorated: Tagged<Replica, Arc<dyn Db>>,
}

fn main() {}

use std::sync::Arc;

use di_core::{Component, Container, component};

#[derive(Component)]
struct Memory;

#[derive(Component)]
struct Clock;

struct Sql;

#[component]
impl Sql {
    fn new(_url: &str) -> Self {
        Sql
    }
}

trait Store: Send + Sync {}

impl Store for Memory {}
impl Store for Sql {}

// `Clock` is not a store, and no field supplies the URL of `Sql`.
#[derive(Container)]
struct App {
    #[input]
    backend: u8,
    #[choose(backend, 0 => Memory, 1 => Clock, _ => Sql)]
    store: Arc<dyn Store>,
}

fn main() {}

use std::sync::Arc;

use di_core::{Component, Container};

enum Backend {
    Memory,
    Sql,
}

#[derive(Component)]
struct Memory;

trait Store: Send + Sync {}

impl Store for Memory {}

#[derive(Container)]
struct App {
    #[input]
    backend: Backend,
    #[choose(backend, Backend::Memory => Memory)]
    store: Arc<dyn Store>,
}

fn main() {}

use std::sync::Arc;

use di_core::{Component, Container};

#[derive(Component)]
struct Memory;

#[derive(Component)]
struct Cached {
    metrics: Arc<Metrics>,
}

#[derive(Component)]
struct Metrics {
    store: Arc<dyn Store>,
}

trait Store: Send + Sync {}

impl Store for Memory {}
impl Store for Cached {}

#[derive(Container)]
struct App {
    #[input]
    is_cached: bool,
    #[choose(is_cached, true => Cached, false => Memory)]
    store: Arc<dyn Store>,
    #[component]
    metrics: Arc<Metrics>,
}

fn main() {}

//! An `Option` parameter needs an `Option` field.
use std::sync::Arc;

use di_core::{Component, Container};

trait Metrics: Send + Sync {}

#[derive(Component)]
struct Prometheus;

impl Metrics for Prometheus {}

#[derive(Component)]
struct Server {
    _metrics: Option<Arc<dyn Metrics>>,
}

#[derive(Container)]
struct App {
    #[component(Prometheus)]
    metrics: Arc<dyn Metrics>,
    #[component]
    server: Arc<Server>,
}

fn main() {}

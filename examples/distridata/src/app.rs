use std::sync::Arc;

use di_core::ambient::{Ambient, Clock};
use di_core::{Container, HealthCheck};

use crate::config::Config;
use crate::http::{Http, HttpServer};
use crate::storage::{Coordinate, Storage};

/// The service: its modules, and what each takes from another.
#[derive(Container)]
#[container(deny(unused))]
pub struct App {
    #[input]
    config: Arc<Config>,
    /// Time is had from here and nowhere else, so that a test can put a clock of its own in its place.
    #[module]
    ambient: Ambient,
    #[import(ambient)]
    clock: Arc<dyn Clock>,
    #[module]
    pub storage: Storage,
    #[import(storage)]
    pub coordinator: Arc<dyn Coordinate>,
    #[import(storage)]
    checks: Vec<Arc<dyn HealthCheck>>,
    #[module]
    http: Http,
    #[component]
    pub server: Arc<HttpServer>,
}

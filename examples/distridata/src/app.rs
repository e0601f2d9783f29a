//! Container of the whole service, composed of modules.

use std::sync::Arc;

use di_core::ambient::{Ambient, Clock, Entropy, Network, Spawner};
use di_core::{Container, HealthCheck};

use crate::config::Config;
use crate::http::{Http, HttpServer};
use crate::servers::Servers;
use crate::storage::{Coordinate, HostMetrics, Storage};

/// The service: its modules, and the fields that they import from each other.
#[derive(Container)]
#[container(deny(unused))]
pub struct App {
    #[input]
    config: Arc<Config>,
    /// Time, tasks, randomness and connections, which tests override.
    #[module]
    pub ambient: Ambient,
    #[import(ambient)]
    clock: Arc<dyn Clock>,
    #[import(ambient)]
    spawner: Arc<dyn Spawner>,
    #[import(ambient)]
    entropy: Arc<dyn Entropy>,
    #[import(ambient)]
    network: Arc<dyn Network>,
    #[module]
    pub storage: Storage,
    #[import(storage)]
    pub coordinator: Arc<dyn Coordinate>,
    #[import(storage)]
    host_metrics: Arc<HostMetrics>,
    #[import(storage)]
    checks: Vec<Arc<dyn HealthCheck>>,
    #[module]
    http: Http,
    #[component]
    servers: Arc<Servers>,
    #[component]
    pub server: Arc<HttpServer>,
}

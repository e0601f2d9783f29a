use std::sync::Arc;

use di_core::{Container, HealthCheck, HealthChecks};

use crate::catalogue::{Catalogue, SqliteCatalogue};
use crate::chunker::Chunker;
use crate::config::Config;
use crate::coordinator::{Coordinate, Coordinator};
use crate::host_client::{HostClient, HttpHostClient};
use crate::hosts::{HostsHealth, StorageHosts, storage_hosts};
use crate::replicator::{Replicate, Replicator};
use crate::server::HttpServer;

/// The service: every part of it is a component of this container.
#[derive(Container)]
#[container(deny(unused))]
pub struct App {
    #[input]
    pub config: Arc<Config>,
    /// Hosts in this process, or hosts that run elsewhere.
    #[provide(storage_hosts)]
    pub hosts: Arc<dyn StorageHosts>,
    #[component(SqliteCatalogue)]
    pub catalogue: Arc<dyn Catalogue>,
    #[component]
    chunker: Arc<Chunker>,
    #[component(HttpHostClient)]
    pub host_client: Arc<dyn HostClient>,
    #[component(Replicator)]
    replicator: Arc<dyn Replicate>,
    #[component(Coordinator)]
    pub coordinator: Arc<dyn Coordinate>,
    /// The catalogue, as what can be healthy or not.
    #[alias(catalogue)]
    catalogue_health: Arc<dyn HealthCheck>,
    #[component]
    hosts_health: Arc<HostsHealth>,
    #[collect(catalogue_health, hosts_health)]
    checks: Vec<Arc<dyn HealthCheck>>,
    #[component]
    health: Arc<HealthChecks>,
    #[component]
    pub server: Arc<HttpServer>,
}

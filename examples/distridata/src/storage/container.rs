//! Module with the components that store and read objects.

use std::sync::Arc;

use di_core::ambient::{Clock, Entropy, Network, Spawner};
use di_core::{Container, HealthCheck};

use super::{
    BackgroundTasks, Catalog, Chunker, Coordinate, Coordinator, HostClient, HostMetrics, HostsHealth, HttpHostClient,
    Metered, Replicate, Replicator, Retrying, ShardCleanup, ShardReader, SqliteCatalog, StorageHosts, Uploader,
    storage_hosts,
};
use crate::config::Config;
use crate::http_client::{HttpClient, http_client};

/// Storage of objects, independent of HTTP.
#[derive(Container)]
#[container(deny(unused))]
pub struct Storage {
    #[input]
    config: Arc<Config>,
    #[input]
    clock: Arc<dyn Clock>,
    #[input]
    spawner: Arc<dyn Spawner>,
    #[input]
    entropy: Arc<dyn Entropy>,
    #[input]
    network: Arc<dyn Network>,
    /// Hosts in this process or elsewhere.
    #[provide(storage_hosts)]
    pub hosts: Arc<dyn StorageHosts>,
    #[component(SqliteCatalog)]
    pub catalog: Arc<dyn Catalog>,
    #[component]
    chunker: Arc<Chunker>,
    #[component]
    pub host_metrics: Arc<HostMetrics>,
    #[provide(http_client)]
    http_client: HttpClient,
    /// HTTP client for hosts. Metrics count a call once, regardless of its retries.
    #[component(HttpHostClient)]
    #[decorate(Retrying, Metered)]
    pub host_client: Arc<dyn HostClient>,
    #[component(Replicator)]
    replicator: Arc<dyn Replicate>,
    #[component]
    uploader: Arc<Uploader>,
    #[component]
    reader: Arc<ShardReader>,
    #[component]
    background: Arc<BackgroundTasks>,
    #[component]
    cleanup: Arc<ShardCleanup>,
    #[component(Coordinator)]
    pub coordinator: Arc<dyn Coordinate>,
    /// The catalog, as a health check.
    #[alias(catalog)]
    catalog_health: Arc<dyn HealthCheck>,
    #[component]
    hosts_health: Arc<HostsHealth>,
    #[collect(catalog_health, hosts_health)]
    pub checks: Vec<Arc<dyn HealthCheck>>,
}

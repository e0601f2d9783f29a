use std::sync::Arc;

use di_core::ambient::{Clock, Entropy};
use di_core::{Container, HealthCheck};

use super::{
    Catalogue, Chunker, Coordinate, Coordinator, HostClient, HostMetrics, HostsHealth, HttpHostClient, Metered,
    Replicate, Replicator, Retrying, ShardReader, SqliteCatalogue, StorageHosts, storage_hosts,
};
use crate::config::Config;

/// All that has to do with keeping objects; it knows nothing of who asks for them.
#[derive(Container)]
#[container(deny(unused))]
pub struct Storage {
    #[input]
    config: Arc<Config>,
    #[input]
    clock: Arc<dyn Clock>,
    #[input]
    entropy: Arc<dyn Entropy>,
    /// Hosts in this process, or hosts that run elsewhere.
    #[provide(storage_hosts)]
    pub hosts: Arc<dyn StorageHosts>,
    #[component(SqliteCatalogue)]
    pub catalogue: Arc<dyn Catalogue>,
    #[component]
    chunker: Arc<Chunker>,
    #[component]
    pub host_metrics: Arc<HostMetrics>,
    /// Over HTTP. A call counts once, however often it is repeated.
    #[component(HttpHostClient)]
    #[decorate(Retrying, Metered)]
    pub host_client: Arc<dyn HostClient>,
    #[component(Replicator)]
    replicator: Arc<dyn Replicate>,
    #[component]
    reader: Arc<ShardReader>,
    #[component(Coordinator)]
    pub coordinator: Arc<dyn Coordinate>,
    /// The catalogue, as what can be healthy or not.
    #[alias(catalogue)]
    catalogue_health: Arc<dyn HealthCheck>,
    #[component]
    hosts_health: Arc<HostsHealth>,
    #[collect(catalogue_health, hosts_health)]
    pub checks: Vec<Arc<dyn HealthCheck>>,
}

use std::sync::Arc;

use di_core::Container;

use crate::catalogue::{Catalogue, SqliteCatalogue};
use crate::chunker::Chunker;
use crate::config::Config;
use crate::coordinator::{Coordinate, Coordinator};
use crate::host_client::{HostClient, HttpHostClient};
use crate::hosts::{StorageHosts, storage_hosts};
use crate::replicator::{Replicate, Replicator};
use crate::server::HttpServer;

/// The service: every part of it is a component of this container.
#[derive(Container)]
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
    #[component]
    pub server: Arc<HttpServer>,
}

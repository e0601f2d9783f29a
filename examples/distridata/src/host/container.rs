//! Container of one storage host.

use std::path::PathBuf;
use std::sync::Arc;

use di_core::Container;
use di_core::ambient::{Ambient, Clock, Disk, Network, Spawner};

use super::{DiskShardStore, HostServer, ShardStore, data_disk};
use crate::servers::Servers;

/// Configuration of a storage host.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Directory of the shards.
    pub data_dir: PathBuf,
    /// Address at which the host listens: `host:port`.
    pub listen: String,
}

/// Storage host: a disk, and an HTTP server for its shards.
#[derive(Container)]
pub struct StorageHost {
    #[input]
    config: Arc<HostConfig>,
    #[module]
    pub ambient: Ambient,
    #[import(ambient)]
    clock: Arc<dyn Clock>,
    #[import(ambient)]
    spawner: Arc<dyn Spawner>,
    #[import(ambient)]
    network: Arc<dyn Network>,
    /// The files in the data directory, which tests override.
    #[provide(data_disk)]
    pub disk: Arc<dyn Disk>,
    #[component(DiskShardStore)]
    pub shards: Arc<dyn ShardStore>,
    #[component]
    servers: Arc<Servers>,
    #[component]
    pub server: Arc<HostServer>,
}

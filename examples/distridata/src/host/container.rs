use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use di_core::Container;
use di_core::ambient::{Ambient, Spawner};

use super::{DiskShardStore, HostServer, ShardStore};

/// What a storage host is told from outside.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Where it keeps its shards.
    pub data_dir: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
}

/// A storage host.
#[derive(Container)]
pub struct StorageHost {
    #[input]
    config: Arc<HostConfig>,
    #[module]
    ambient: Ambient,
    #[import(ambient)]
    spawner: Arc<dyn Spawner>,
    #[component(DiskShardStore)]
    shards: Arc<dyn ShardStore>,
    #[component]
    pub server: Arc<HostServer>,
}

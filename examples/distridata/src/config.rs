//! Settings of the service and their defaults.

use std::path::PathBuf;
use std::time::Duration;

/// Configuration of the service.
#[derive(Clone, Debug)]
pub struct Config {
    /// Directory of the catalog, and of the shards of hosts in this process.
    pub data_dir: PathBuf,
    /// Storage hosts.
    pub hosts: HostsConfig,
    /// Number of hosts that keep each shard.
    pub replicas: usize,
    /// Size in bytes of a chunk, the unit of transfer.
    pub chunk_size: usize,
    /// Size in bytes of a shard, the unit of storage. A multiple of the chunk size.
    pub shard_size: usize,
    /// Address at which the coordinator listens: `host:port`.
    pub listen: String,
    /// How long a host may take to accept a chunk, to confirm a shard, or to send the next bytes of a shard.
    pub stall_timeout: Duration,
}

/// Storage hosts to use.
#[derive(Clone, Debug, PartialEq)]
pub enum HostsConfig {
    /// Number of hosts to start in this process, on the loopback interface.
    Local(usize),
    /// Addresses of running hosts, such as `127.0.0.1:7001` or `host-1:7001`.
    Remote(Vec<String>),
}

impl Config {
    /// Returns the defaults: three local hosts, each with every shard.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Config {
            data_dir: data_dir.into(),
            hosts: HostsConfig::Local(3),
            replicas: 3,
            chunk_size: 256 * 1024,
            shard_size: 64 * 1024 * 1024,
            listen: "127.0.0.1:0".to_owned(),
            stall_timeout: Duration::from_secs(30),
        }
    }

    /// Returns the path of the catalog.
    pub fn catalog(&self) -> PathBuf {
        self.data_dir.join("catalog.db")
    }
}

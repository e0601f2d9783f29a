use std::path::PathBuf;
use std::time::Duration;

/// What the service is told from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the catalogue lies, and the shards of hosts in this process.
    pub data_dir: PathBuf,
    /// The storage hosts.
    pub hosts: HostsConfig,
    /// How many hosts keep each shard.
    pub replicas: usize,
    /// Bytes of a chunk, the unit that is in flight at a time.
    pub chunk_size: usize,
    /// Bytes of a shard, the unit that a host keeps. A multiple of the chunk's.
    pub shard_size: usize,
    /// Where the coordinator listens: `host:port`.
    pub listen: String,
    /// How long a host may take to accept a chunk, to confirm a shard, or to go on with one that is read.
    pub stall_timeout: Duration,
}

/// Which storage hosts there are.
#[derive(Clone, Debug, PartialEq)]
pub enum HostsConfig {
    /// So many, started in this process, on loopback.
    Local(usize),
    /// At these addresses, such as `127.0.0.1:7001` or `host-1:7001`.
    Remote(Vec<String>),
}

impl Config {
    /// The defaults for everything but the data directory: three local hosts that each keep every shard.
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

    /// Path of the catalogue.
    pub fn catalogue(&self) -> PathBuf {
        self.data_dir.join("catalogue.db")
    }
}

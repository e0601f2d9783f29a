//! A storage host, which keeps shards on a disk and serves them over HTTP.

mod container;
mod disk;
mod server;

pub use container::{HostConfig, StorageHost};
#[cfg(test)]
pub(crate) use disk::MockShardStore;
pub use disk::{DiskShardStore, ShardStore, StoreError, data_disk};
pub use server::HostServer;

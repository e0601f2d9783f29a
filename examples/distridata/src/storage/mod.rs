//! A storage host: it keeps shards on a disk, and serves them over HTTP.

mod disk;
mod host;
mod server;

#[cfg(test)]
pub(crate) use disk::MockShardStore;
pub use disk::{DiskShardStore, ShardStore, StoreError};
pub use host::{HostConfig, StorageHost};
pub use server::HostServer;

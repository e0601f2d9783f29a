//! Storage of objects, split into shards that storage hosts keep: the container [`Storage`] and its components.

mod background;
mod catalog;
mod chunker;
mod cleanup;
mod container;
mod coordinator;
mod host_client;
mod hosts;
mod reader;
mod replicator;
mod uploader;

pub use background::BackgroundTasks;
#[cfg(test)]
pub(crate) use catalog::MockCatalog;
pub use catalog::{Catalog, CatalogError, SqliteCatalog};
pub use chunker::{Chunk, Chunker, UnevenShard};
pub use cleanup::{Replicas, ShardCleanup, UncommittedShards};
pub use container::{Storage, StorageSlice};
#[cfg(test)]
pub(crate) use coordinator::MockCoordinate;
pub use coordinator::{Coordinate, Coordinator, GetError, PutError};
#[cfg(test)]
pub(crate) use host_client::MockHostClient;
pub use host_client::{HostClient, HostError, HostMetrics, HttpHostClient, Metered, Retrying};
#[cfg(test)]
pub(crate) use hosts::MockStorageHosts;
pub use hosts::{HostAddress, HostsError, HostsHealth, StorageHosts, storage_hosts};
pub use reader::ShardReader;
#[cfg(test)]
pub(crate) use replicator::MockReplicate;
pub use replicator::{Replicate, Replicator};
pub use uploader::Uploader;

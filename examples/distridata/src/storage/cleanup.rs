//! Deletes shards in the background after a failed or dropped put.

use std::sync::Arc;

use di_core::component;
use futures_util::future::join_all;

use super::{BackgroundTasks, HostAddress, HostClient};

/// Deletes shards that do not belong to an object.
pub struct ShardCleanup {
    client: Arc<dyn HostClient>,
    background: Arc<BackgroundTasks>,
}

/// A shard, and the hosts that keep it or might keep it.
#[derive(Clone, Debug)]
pub struct Replicas {
    /// Name of the shard on the hosts.
    pub shard: String,
    pub hosts: Vec<HostAddress>,
}

#[component]
impl ShardCleanup {
    pub fn new(client: Arc<dyn HostClient>, background: Arc<BackgroundTasks>) -> Self {
        ShardCleanup { client, background }
    }

    /// Deletes shards from their hosts in the background, so an unresponsive host does not block the caller.
    /// Failures are logged.
    pub fn delete_in_background(&self, shards: Vec<Replicas>) {
        if shards.is_empty() {
            return;
        }
        let client = self.client.clone();
        self.background.spawn("cleanup", async move {
            let replicas = shards.iter().flat_map(|replicas| replicas.hosts.iter().map(|host| (host, &replicas.shard)));
            join_all(replicas.map(async |(host, shard)| {
                if let Err(error) = client.delete(host, shard).await {
                    tracing::warn!(%shard, %error, "failed to delete a shard; it may remain on the host");
                }
            }))
            .await;
        });
    }

    /// Returns a guard for the shards of an object that is not in the catalog yet.
    pub fn uncommitted(self: &Arc<Self>) -> UncommittedShards {
        UncommittedShards { cleanup: self.clone(), shards: Vec::new() }
    }
}

/// Guard for the shards of an object that is not in the catalog yet. Dropping the guard deletes them in the
/// background, for example after a host failed or the client disconnected.
pub struct UncommittedShards {
    cleanup: Arc<ShardCleanup>,
    shards: Vec<Replicas>,
}

impl UncommittedShards {
    /// Adds a shard. Call this before sending any of it, because the response of a host that stores it may get lost.
    pub fn add(&mut self, replicas: Replicas) {
        self.shards.push(replicas);
    }

    /// Releases the shards without deleting them, because the object is now in the catalog.
    pub fn committed(mut self) {
        self.shards.clear();
    }
}

impl Drop for UncommittedShards {
    fn drop(&mut self) {
        self.cleanup.delete_in_background(std::mem::take(&mut self.shards));
    }
}

use std::sync::Arc;

use di_core::component;
use futures_util::future::join_all;

use super::{Background, HostAddress, HostClient};

/// Deletes shards that no object has.
pub struct Discards {
    client: Arc<dyn HostClient>,
    background: Arc<Background>,
}

/// A shard, and the hosts that keep it, or that may.
#[derive(Clone, Debug)]
pub struct Replicas {
    /// Its name on the hosts.
    pub shard: String,
    pub hosts: Vec<HostAddress>,
}

#[component]
impl Discards {
    pub fn new(client: Arc<dyn HostClient>, background: Arc<Background>) -> Self {
        Discards { client, background }
    }

    /// Deletes shards from their hosts, as far as those let it, in the background: a host that does not answer keeps
    /// nobody waiting.
    pub fn discard(&self, shards: Vec<Replicas>) {
        if shards.is_empty() {
            return;
        }
        let client = self.client.clone();
        self.background.spawn("discard", async move {
            let replicas = shards.iter().flat_map(|replicas| replicas.hosts.iter().map(|host| (host, &replicas.shard)));
            join_all(replicas.map(async |(host, shard)| {
                if let Err(error) = client.delete(host, shard).await {
                    tracing::warn!(%shard, %error, "a shard without an object may be left behind");
                }
            }))
            .await;
        });
    }

    /// Watches over the shards of an object that is not in the catalogue yet.
    pub fn unentered(self: &Arc<Self>) -> Unentered {
        Unentered { discards: self.clone(), shards: Vec::new() }
    }
}

/// The shards of an object that is not in the catalogue yet. Dropped, it has them discarded, however it comes to that: a
/// host may fail, and a client may hang up, so that the put itself is dropped halfway.
pub struct Unentered {
    discards: Arc<Discards>,
    shards: Vec<Replicas>,
}

impl Unentered {
    /// One more, from before any of it is sent: a host may keep it, and its answer not arrive.
    pub fn add(&mut self, replicas: Replicas) {
        self.shards.push(replicas);
    }

    /// The object is in the catalogue: they are its shards from now on.
    pub fn entered(mut self) {
        self.shards.clear();
    }
}

impl Drop for Unentered {
    fn drop(&mut self) {
        self.discards.discard(std::mem::take(&mut self.shards));
    }
}

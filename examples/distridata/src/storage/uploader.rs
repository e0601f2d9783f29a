//! Assigns the chunks of an object to shards, and shards to hosts.

use std::io;
use std::sync::Arc;

use di_core::ambient::Entropy;
use di_core::component;
use futures_util::future::try_join;
use futures_util::stream::{BoxStream, TryStreamExt};
use tokio::sync::mpsc;

use super::{Chunk, Chunker, HostAddress, PutError, Replicas, Replicate, StorageHosts, UncommittedShards};
use crate::config::Config;
use crate::digest::Hasher;
use crate::object::{ByteStream, Object, Piece, Shard};

/// Splits content into shards and replicates each of them.
pub struct Uploader {
    chunker: Arc<Chunker>,
    hosts: Arc<dyn StorageHosts>,
    replicator: Arc<dyn Replicate>,
    entropy: Arc<dyn Entropy>,
    replicas: usize,
}

/// Maximum number of pieces buffered between the chunker and the replicator.
const IN_FLIGHT: usize = 4;

type Chunks = BoxStream<'static, io::Result<Chunk>>;

#[component]
impl Uploader {
    pub fn new(
        config: &Config,
        chunker: Arc<Chunker>,
        hosts: Arc<dyn StorageHosts>,
        replicator: Arc<dyn Replicate>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Uploader { chunker, hosts, replicator, entropy, replicas: config.replicas }
    }

    /// Streams `content` to the hosts, shard by shard, as the object `name`. Adds each shard to `uncommitted` before
    /// sending any of it.
    ///
    /// # Errors
    /// Returns an error if the content fails or is empty, or if a host fails.
    pub async fn upload(
        &self,
        name: &str,
        content: ByteStream,
        uncommitted: &mut UncommittedShards,
    ) -> Result<Object, PutError> {
        let id = self.new_id();
        let (mut hasher, mut shards) = (Hasher::default(), Vec::new());
        let mut chunks = self.chunker.chunks(content);
        let mut next = chunks.try_next().await.map_err(PutError::Content)?;
        while let Some(first) = next {
            let (shard, hosts) = (format!("{id}-{}", first.shard), self.place(first.shard));
            uncommitted.add(Replicas { shard: shard.clone(), hosts: hosts.clone() });
            let (sender, pieces) = mpsc::channel(IN_FLIGHT);
            let replicate = async { Ok(self.replicator.replicate(&shard, &hosts, pieces).await?) };
            let (following, stored) = try_join(feed(first, &mut chunks, &mut hasher, sender), replicate).await?;
            next = following;
            let hosts = hosts.into_iter().map(|host| host.name).collect();
            shards.push(Shard { id: shard, size: stored.size, sha256: stored.sha256, hosts });
        }
        if shards.is_empty() {
            return Err(PutError::Empty);
        }
        let (size, sha256) = hasher.finish();
        Ok(Object { name: name.to_owned(), size, sha256, shards })
    }

    /// Returns the unique prefix of an object's shard names: 128 random bits.
    fn new_id(&self) -> String {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes);
        hex::encode(bytes)
    }

    /// Returns the hosts of a shard: consecutive hosts, starting one host further for each shard. This balances the
    /// load.
    fn place(&self, shard: usize) -> Vec<HostAddress> {
        let hosts = self.hosts.all();
        (0..self.replicas).map(|replica| hosts[(shard + replica) % hosts.len()].clone()).collect()
    }
}

/// Sends the chunks of one shard, and then its end. Returns the first chunk of the next shard. Stops if the receiver
/// is dropped; the replicator then returns the reason.
async fn feed(
    first: Chunk,
    chunks: &mut Chunks,
    hasher: &mut Hasher,
    sender: mpsc::Sender<Piece>,
) -> Result<Option<Chunk>, PutError> {
    let shard = first.shard;
    let mut next = Some(first);
    while let Some(chunk) = next.take_if(|chunk| chunk.shard == shard) {
        hasher.update(&chunk.bytes);
        if sender.send(Piece::Chunk(chunk.bytes)).await.is_err() {
            return Ok(None);
        }
        next = chunks.try_next().await.map_err(PutError::Content)?;
    }
    _ = sender.send(Piece::End).await;
    Ok(next)
}

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use di_core::component;
use futures_util::future::{join_all, try_join};
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Catalogue, CatalogueError, Chunk, Chunker, HostAddress, HostClient, HostError, Replicate, ShardReader, StorageHosts,
};
use crate::config::Config;
use crate::digest::Hasher;
use crate::object::{ByteStream, Object, Piece, Shard};

/// The service: objects in, objects out.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Coordinate: Send + Sync {
    /// Stores `content` on the hosts, and enters it in the catalogue once it is there whole. On a failure nothing is
    /// entered, and the shards that were stored are deleted again.
    async fn put(&self, name: &str, content: ByteStream) -> Result<Object, PutError>;

    /// An object and its content, which is checked as it is read.
    async fn get(&self, name: &str) -> Result<(Object, ByteStream), GetError>;

    /// All objects, by name.
    async fn list(&self) -> Result<Vec<Object>, CatalogueError>;
}

/// Why an object was not stored. The catalogue then is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    #[error("`{0}` is no name for an object: a name has 1 to 255 bytes, and no control characters")]
    BadName(String),
    #[error("there is nothing in it")]
    Empty,
    #[error("it cannot be read: {0}")]
    Content(#[source] io::Error),
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Why an object cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    #[error("there is no object `{0}`")]
    Unknown(String),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Puts the other components to work.
pub struct Coordinator {
    catalogue: Arc<dyn Catalogue>,
    chunker: Arc<Chunker>,
    hosts: Arc<dyn StorageHosts>,
    client: Arc<dyn HostClient>,
    replicator: Arc<dyn Replicate>,
    reader: Arc<ShardReader>,
    replicas: usize,
}

/// Pieces between the chunker and the replicator.
const IN_FLIGHT: usize = 4;

type Chunks = BoxStream<'static, io::Result<Chunk>>;

#[component]
impl Coordinator {
    pub fn new(
        config: &Config,
        catalogue: Arc<dyn Catalogue>,
        chunker: Arc<Chunker>,
        hosts: Arc<dyn StorageHosts>,
        client: Arc<dyn HostClient>,
        replicator: Arc<dyn Replicate>,
        reader: Arc<ShardReader>,
    ) -> Self {
        Coordinator { catalogue, chunker, hosts, client, replicator, reader, replicas: config.replicas }
    }

    /// The hosts of a shard: so many in a row, begun at another host for each shard, so that all are used alike.
    fn place(&self, shard: usize) -> Vec<HostAddress> {
        let hosts = self.hosts.all();
        (0..self.replicas).map(|replica| hosts[(shard + replica) % hosts.len()].clone()).collect()
    }

    /// Streams the content to the hosts, shard by shard. `shards` is what has been stored, also on a failure.
    async fn store(
        &self,
        content: ByteStream,
        shards: &mut Vec<(Shard, Vec<HostAddress>)>,
    ) -> Result<Hasher, PutError> {
        let object = Uuid::new_v4().simple();
        let mut hasher = Hasher::default();
        let mut chunks = self.chunker.chunks(content);
        let mut next = chunks.try_next().await.map_err(PutError::Content)?;
        while let Some(first) = next {
            let (id, hosts) = (format!("{object}-{}", first.shard), self.place(first.shard));
            let (sender, pieces) = mpsc::channel(IN_FLIGHT);
            let replicate = async { Ok(self.replicator.replicate(&id, &hosts, pieces).await?) };
            let (following, stored) = try_join(feed(first, &mut chunks, &mut hasher, sender), replicate).await?;
            next = following;
            let names = hosts.iter().map(|host| host.name.clone()).collect();
            shards.push((Shard { id, size: stored.size, sha256: stored.sha256, hosts: names }, hosts));
        }
        if shards.is_empty() { Err(PutError::Empty) } else { Ok(hasher) }
    }

    /// Deletes shards that no object has, as far as their hosts let it.
    async fn discard(&self, shards: impl IntoIterator<Item = (Shard, Vec<HostAddress>)>) {
        let replicas =
            shards.into_iter().flat_map(|(shard, hosts)| hosts.into_iter().map(move |host| (shard.id.clone(), host)));
        join_all(replicas.map(|(shard, host)| async move {
            if let Err(error) = self.client.delete(&host, &shard).await {
                tracing::warn!(%shard, %error, "a shard without an object is left behind");
            }
        }))
        .await;
    }

    /// The hosts that keep a shard, of those that there are now.
    fn keepers(&self, shard: &Shard) -> Vec<HostAddress> {
        self.hosts.all().into_iter().filter(|host| shard.hosts.contains(&host.name)).collect()
    }
}

/// Hands on the chunks of one shard, and its end. Returns the first chunk of the next shard. If nobody takes them any
/// more, it stops: the replicator tells why.
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

#[async_trait]
impl Coordinate for Coordinator {
    async fn put(&self, name: &str, content: ByteStream) -> Result<Object, PutError> {
        if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
            return Err(PutError::BadName(name.to_owned()));
        }
        let mut shards = Vec::new();
        let stored = async {
            let (size, sha256) = self.store(content, &mut shards).await?.finish();
            let shards = shards.iter().map(|(shard, _)| shard.clone()).collect();
            let object = Object { name: name.to_owned(), size, sha256, shards };
            Ok((self.catalogue.commit(&object).await?, object))
        };
        match stored.await {
            Ok((replaced, object)) => {
                let old = replaced.into_iter().flat_map(|object| object.shards);
                let old = old.map(|shard| {
                    let keepers = self.keepers(&shard);
                    (shard, keepers)
                });
                self.discard(old).await;
                Ok(object)
            }
            Err(error) => {
                self.discard(shards).await;
                Err(error)
            }
        }
    }

    async fn get(&self, name: &str) -> Result<(Object, ByteStream), GetError> {
        let Some(object) = self.catalogue.find(name).await? else { return Err(GetError::Unknown(name.to_owned())) };
        let shards = object.shards.iter().map(|shard| (shard.clone(), self.keepers(shard))).collect::<Vec<_>>();
        let reader = self.reader.clone();
        let content = futures_util::stream::iter(shards).flat_map(move |(shard, hosts)| reader.read(shard, hosts));
        Ok((object, content.boxed()))
    }

    async fn list(&self) -> Result<Vec<Object>, CatalogueError> {
        self.catalogue.list().await
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use bytes::Bytes;
    use di_core::BuildError;
    use futures_util::FutureExt;
    use mockall::predicate::{always, eq};

    use testkit::MockClock;

    use super::*;
    use crate::digest::Digest;
    use crate::object::Stored;
    use crate::storage::{MockCatalogue, MockHostClient, MockReplicate, MockStorageHosts, Storage};

    /// The mocks around a coordinator, each to be told what to expect.
    struct Around {
        catalogue: MockCatalogue,
        hosts: MockStorageHosts,
        client: MockHostClient,
        replicator: MockReplicate,
    }

    impl Around {
        /// Three hosts, and nothing else expected.
        fn new() -> Self {
            let mut hosts = MockStorageHosts::new();
            hosts.expect_all().returning(|| (1..=3).map(host).collect());
            let (catalogue, client) = (MockCatalogue::new(), MockHostClient::new());
            Around { catalogue, hosts, client, replicator: MockReplicate::new() }
        }

        async fn coordinator(self) -> Result<Arc<dyn Coordinate>, BuildError> {
            let config = Config { chunk_size: 2, shard_size: 4, replicas: 2, ..Config::new("/unused") };
            Storage::slice()
                .with_config(Arc::new(config))
                .with_clock(Arc::new(MockClock::new()))
                .with_catalogue(Arc::new(self.catalogue))
                .with_hosts(Arc::new(self.hosts))
                .with_host_client(Arc::new(self.client))
                .with_replicator(Arc::new(self.replicator))
                .strict()
                .get()
                .await
        }
    }

    fn host(number: usize) -> HostAddress {
        HostAddress { name: format!("host-{number}"), address: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)) }
    }

    fn content(pieces: &[&'static str]) -> ByteStream {
        let items = pieces.iter().map(|&bytes| Ok(Bytes::from(bytes)));
        testkit::stream::script().items(items).end().boxed()
    }

    fn names(hosts: &[HostAddress]) -> Vec<&str> {
        hosts.iter().map(|host| host.name.as_str()).collect()
    }

    fn stored(size: u64) -> Stored {
        Stored { size, sha256: Digest::of("whatever the hosts say") }
    }

    #[tokio::test]
    async fn an_object_is_entered_once_all_shards_are_stored() -> Result<(), BuildError> {
        let mut around = Around::new();
        let mut order = mockall::Sequence::new();
        let placed =
            |expected: [&'static str; 2]| move |_: &str, hosts: &[HostAddress], _: &_| names(hosts) == expected;
        let replicate = |around: &mut Around, expected, size, order: &mut _| {
            let expectation = around.replicator.expect_replicate().withf(placed(expected)).times(1).in_sequence(order);
            expectation.returning(move |_, _, _| Ok(stored(size)));
        };
        replicate(&mut around, ["host-1", "host-2"], 4, &mut order);
        replicate(&mut around, ["host-2", "host-3"], 1, &mut order);
        around.catalogue.expect_commit().times(1).in_sequence(&mut order).returning(|object| {
            assert_eq!((object.name.as_str(), object.size, object.sha256), ("name", 5, Digest::of("abcde")));
            assert_eq!(object.shards[1].hosts, ["host-2", "host-3"]);
            Ok(None)
        });
        let object = around.coordinator().await?.put("name", content(&["ab", "cde"])).await.unwrap();
        assert_eq!(object.shards.iter().map(|shard| shard.size).collect::<Vec<_>>(), [4, 1]);
        Ok(())
    }

    #[tokio::test]
    async fn a_host_that_fails_leaves_no_entry_and_no_shard() -> Result<(), BuildError> {
        let mut around = Around::new();
        around.replicator.expect_replicate().times(1).returning(|_, _, _| Ok(stored(4)));
        around.replicator.expect_replicate().returning(|_, hosts, _| {
            Err(HostError::Full { host: hosts[0].clone(), message: "the disk is full".into() })
        });
        // The first shard was stored, so it is deleted from both of its hosts. No commit is expected.
        around.client.expect_delete().with(eq(host(1)), always()).times(1).returning(|_, _| Ok(()));
        around.client.expect_delete().with(eq(host(2)), always()).times(1).returning(|_, _| Ok(()));
        let error = around.coordinator().await?.put("name", content(&["abcde"])).await.unwrap_err();
        assert!(error.to_string().starts_with("host-2 (127.0.0.1:1) has no space left"), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn a_commit_that_fails_leaves_no_shard() -> Result<(), BuildError> {
        let mut around = Around::new();
        around.replicator.expect_replicate().returning(|_, _, _| Ok(stored(3)));
        around
            .catalogue
            .expect_commit()
            .returning(|_| Err(CatalogueError::Version { path: "catalogue.db".into(), found: 7 }));
        around.client.expect_delete().times(2).returning(|_, _| Ok(()));
        let error = around.coordinator().await?.put("name", content(&["abc"])).await.unwrap_err();
        assert!(matches!(error, PutError::Catalogue(_)), "{error:?}");
        Ok(())
    }

    #[tokio::test]
    async fn content_that_breaks_off_is_no_object() -> Result<(), BuildError> {
        let mut around = Around::new();
        around.replicator.expect_replicate().returning(|_, _, mut pieces| {
            // What was sent before the content broke off has no end.
            while let Some(Some(piece)) = pieces.recv().now_or_never() {
                assert_ne!(piece, Piece::End);
            }
            Ok(stored(2))
        });
        let content = testkit::stream::script().item(Ok("abc".into())).error(io::Error::other("unplugged"));
        let error = around.coordinator().await?.put("name", content.boxed()).await.unwrap_err();
        assert_eq!(error.to_string(), "it cannot be read: unplugged");
        Ok(())
    }

    #[tokio::test]
    async fn what_is_empty_or_has_no_name_is_refused() -> Result<(), BuildError> {
        let coordinator = Around::new().coordinator().await?;
        assert!(matches!(coordinator.put("name", content(&[])).await, Err(PutError::Empty)));
        assert!(matches!(coordinator.put("name", content(&["", ""])).await, Err(PutError::Empty)));
        let unread = || futures_util::stream::empty().boxed();
        assert!(matches!(coordinator.put("", unread()).await, Err(PutError::BadName(_))));
        assert!(matches!(coordinator.put("a\nb", unread()).await, Err(PutError::BadName(_))));
        Ok(())
    }

    #[tokio::test]
    async fn the_shards_of_a_replaced_object_are_deleted() -> Result<(), BuildError> {
        let mut around = Around::new();
        around.replicator.expect_replicate().returning(|_, _, _| Ok(stored(3)));
        around.catalogue.expect_commit().returning(|object| {
            let hosts = vec!["host-3".into(), "host-that-is-gone".into()];
            let shards = vec![Shard { id: "old".into(), size: 1, sha256: Digest::of("old"), hosts }];
            Ok(Some(Object { shards, ..object.clone() }))
        });
        around.client.expect_delete().with(eq(host(3)), eq("old")).times(1).returning(|_, _| Ok(()));
        around.coordinator().await?.put("name", content(&["abc"])).await.unwrap();
        Ok(())
    }

    #[tokio::test]
    async fn an_unknown_object_is_named() -> Result<(), BuildError> {
        let mut around = Around::new();
        around.catalogue.expect_find().with(eq("nothing")).returning(|_| Ok(None));
        let error = around.coordinator().await?.get("nothing").await.err().unwrap();
        assert_eq!(error.to_string(), "there is no object `nothing`");
        Ok(())
    }
}

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use di_core::component;
use futures_util::stream::StreamExt;

use super::{
    Background, Catalogue, CatalogueError, Discards, HostAddress, HostError, Replicas, ShardReader, StorageHosts,
    Unentered, Uploader,
};
use crate::object::{ByteStream, Object, Shard};

/// The service: objects in, objects out.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Coordinate: Send + Sync {
    /// Stores `content` on the hosts, and enters it in the catalogue once it is there whole. If it fails or is dropped
    /// before, nothing is entered, and what was stored is discarded in the background. Once it is being entered it is
    /// brought to its end, also if it is dropped.
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
    hosts: Arc<dyn StorageHosts>,
    uploader: Arc<Uploader>,
    reader: Arc<ShardReader>,
    discards: Arc<Discards>,
    background: Arc<Background>,
}

#[component]
impl Coordinator {
    pub fn new(
        catalogue: Arc<dyn Catalogue>,
        hosts: Arc<dyn StorageHosts>,
        uploader: Arc<Uploader>,
        reader: Arc<ShardReader>,
        discards: Arc<Discards>,
        background: Arc<Background>,
    ) -> Self {
        Coordinator { catalogue, hosts, uploader, reader, discards, background }
    }

    /// Enters an object, and discards the one that had its name. In the background, and so to the end: were it dropped
    /// halfway, nobody could tell whether the object is in the catalogue, and its shards are to be kept.
    async fn enter(&self, object: Object, unentered: Unentered) -> Result<Object, PutError> {
        let (catalogue, hosts, discards) = (self.catalogue.clone(), self.hosts.clone(), self.discards.clone());
        let entering = self.background.spawn("enter", async move {
            let replaced = catalogue.commit(&object).await?;
            unentered.entered();
            let old = replaced.into_iter().flat_map(|object| object.shards);
            let old = old.map(|shard| Replicas { hosts: keepers(&*hosts, &shard), shard: shard.id });
            discards.discard(old.collect());
            Ok(object)
        });
        entering.await.expect("entering an object does not panic")
    }
}

/// The hosts that keep a shard, of those that there are now.
fn keepers(hosts: &dyn StorageHosts, shard: &Shard) -> Vec<HostAddress> {
    hosts.all().into_iter().filter(|host| shard.hosts.contains(&host.name)).collect()
}

#[async_trait]
impl Coordinate for Coordinator {
    async fn put(&self, name: &str, content: ByteStream) -> Result<Object, PutError> {
        if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
            return Err(PutError::BadName(name.to_owned()));
        }
        let mut unentered = self.discards.unentered();
        let object = self.uploader.upload(name, content, &mut unentered).await?;
        self.enter(object, unentered).await
    }

    async fn get(&self, name: &str) -> Result<(Object, ByteStream), GetError> {
        let Some(object) = self.catalogue.find(name).await? else { return Err(GetError::Unknown(name.to_owned())) };
        let shards =
            object.shards.iter().map(|shard| (shard.clone(), keepers(&*self.hosts, shard))).collect::<Vec<_>>();
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

    use bytes::Bytes;
    use di_core::BuildError;
    use di_core::ambient::Ambient;
    use futures_util::FutureExt;
    use mockall::predicate::{always, eq};

    use testkit::MockClock;

    use super::*;
    use crate::config::Config;
    use crate::digest::Digest;
    use crate::object::{Piece, Stored};
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

        /// So many deletes are expected of each host.
        fn expect_deletes(&mut self, counts: [usize; 3]) {
            for (number, count) in (1..).zip(counts) {
                let expectation = self.client.expect_delete().with(eq(host(number)), always());
                expectation.times(count).returning(|_, _| Ok(()));
            }
        }

        async fn coordinator(self) -> Result<Arc<dyn Coordinate>, BuildError> {
            let ambient = Ambient::tokio();
            let config = Config { chunk_size: 2, shard_size: 4, replicas: 2, ..Config::new("/unused") };
            Storage::slice()
                .with_config(Arc::new(config))
                .with_clock(Arc::new(MockClock::new()))
                .with_spawner(ambient.spawner)
                .with_entropy(ambient.entropy)
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
        HostAddress { name: format!("host-{number}"), address: "127.0.0.1:1".into() }
    }

    fn content(pieces: &[&'static str]) -> ByteStream {
        let items = pieces.iter().map(|&bytes| Ok(Bytes::from(bytes)));
        testkit::stream::script().items(items).end().boxed()
    }

    fn names(hosts: &[HostAddress]) -> Vec<&str> {
        hosts.iter().map(|host| host.name.as_str()).collect()
    }

    /// Lets the tasks in the background run until none can go on.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
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
        // The first shard was stored, so it is deleted from both of its hosts; and so is the second, since a host may have
        // stored it before the other failed. No commit is expected.
        around.expect_deletes([1, 2, 1]);
        let error = around.coordinator().await?.put("name", content(&["abcde"])).await.unwrap_err();
        assert!(error.to_string().starts_with("host-2 (127.0.0.1:1) has no space left"), "{error}");
        settle().await;
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
        around.expect_deletes([1, 1, 0]);
        let error = around.coordinator().await?.put("name", content(&["abc"])).await.unwrap_err();
        assert!(matches!(error, PutError::Catalogue(_)), "{error:?}");
        settle().await;
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
        around.expect_deletes([1, 1, 0]);
        let content = testkit::stream::script().item(Ok("abc".into())).error(io::Error::other("unplugged"));
        let error = around.coordinator().await?.put("name", content.boxed()).await.unwrap_err();
        assert_eq!(error.to_string(), "it cannot be read: unplugged");
        settle().await;
        Ok(())
    }

    #[tokio::test]
    async fn a_put_that_is_dropped_leaves_no_shard() -> Result<(), BuildError> {
        let mut around = Around::new();
        around.replicator.expect_replicate().returning(|_, _, _| Ok(stored(4)));
        // One shard is stored and the next one begun, as the put is dropped.
        around.expect_deletes([1, 2, 1]);
        let coordinator = around.coordinator().await?;
        let endless = futures_util::stream::iter([Ok(Bytes::from("abcdef"))]).chain(futures_util::stream::pending());
        assert!(coordinator.put("name", endless.boxed()).now_or_never().is_none());
        settle().await;
        Ok(())
    }

    #[tokio::test]
    async fn a_put_that_is_dropped_while_it_is_entered_is_entered_all_the_same() -> Result<(), BuildError> {
        let mut around = Around::new();
        around.replicator.expect_replicate().returning(|_, _, _| Ok(stored(3)));
        around.catalogue.expect_commit().times(1).returning(|_| Ok(None));
        around.expect_deletes([0, 0, 0]);
        let coordinator = around.coordinator().await?;
        // The commit is the first that it waits for.
        assert!(coordinator.put("name", content(&["abc"])).now_or_never().is_none());
        settle().await;
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
        settle().await;
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

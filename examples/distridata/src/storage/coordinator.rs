//! Atomic puts, and verified reads.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use di_core::component;
use futures_util::stream::StreamExt;

use super::{
    BackgroundTasks, Catalog, CatalogError, HostAddress, HostError, Replicas, ShardCleanup, ShardReader, StorageHosts,
    UncommittedShards, Uploader,
};
use crate::object::{ByteStream, Object, Shard};

/// Stores and returns objects.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Coordinate: Send + Sync {
    /// Stores `content` on the hosts, and adds the object to the catalog once everything is stored. If the put fails
    /// or is dropped before that, the catalog is unchanged and the stored shards are deleted in the background. A
    /// commit that has started runs to completion, even if the put is dropped.
    async fn put(&self, name: &str, content: ByteStream) -> Result<Object, PutError>;

    /// Returns an object and its content. The content is verified while it is read.
    async fn get(&self, name: &str) -> Result<(Object, ByteStream), GetError>;

    /// Returns all objects, ordered by name.
    async fn list(&self) -> Result<Vec<Object>, CatalogError>;
}

/// Error returned when an object was not stored. The catalog is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    #[error("`{0}` is not a valid object name: names have 1 to 255 bytes and no control characters")]
    BadName(String),
    #[error("the content is empty")]
    Empty,
    #[error("the content cannot be read: {0}")]
    Content(#[source] io::Error),
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Error returned when an object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    #[error("there is no object `{0}`")]
    Unknown(String),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Coordinates the components that store and read objects.
pub struct Coordinator {
    catalog: Arc<dyn Catalog>,
    hosts: Arc<dyn StorageHosts>,
    uploader: Arc<Uploader>,
    reader: Arc<ShardReader>,
    cleanup: Arc<ShardCleanup>,
    background: Arc<BackgroundTasks>,
}

#[component]
impl Coordinator {
    pub fn new(
        catalog: Arc<dyn Catalog>,
        hosts: Arc<dyn StorageHosts>,
        uploader: Arc<Uploader>,
        reader: Arc<ShardReader>,
        cleanup: Arc<ShardCleanup>,
        background: Arc<BackgroundTasks>,
    ) -> Self {
        Coordinator { catalog, hosts, uploader, reader, cleanup, background }
    }

    /// Adds an object to the catalog, and deletes the shards of the replaced object. Runs in the background, so it
    /// always completes: if it were dropped halfway, the state of the object and its shards would be unknown.
    async fn commit(&self, object: Object, uncommitted: UncommittedShards) -> Result<Object, PutError> {
        let (catalog, hosts, cleanup) = (self.catalog.clone(), self.hosts.clone(), self.cleanup.clone());
        let commit = self.background.spawn("commit", async move {
            let replaced = catalog.commit(&object).await?;
            uncommitted.committed();
            let old = replaced.into_iter().flat_map(|object| object.shards);
            let old = old.map(|shard| Replicas { hosts: current_hosts(&*hosts, &shard), shard: shard.id });
            cleanup.delete_in_background(old.collect());
            Ok(object)
        });
        commit.await.expect("the commit does not panic")
    }
}

/// Returns the configured hosts that keep a shard.
fn current_hosts(hosts: &dyn StorageHosts, shard: &Shard) -> Vec<HostAddress> {
    hosts.all().into_iter().filter(|host| shard.hosts.contains(&host.name)).collect()
}

#[async_trait]
impl Coordinate for Coordinator {
    async fn put(&self, name: &str, content: ByteStream) -> Result<Object, PutError> {
        if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
            return Err(PutError::BadName(name.to_owned()));
        }
        let mut uncommitted = self.cleanup.uncommitted();
        let object = self.uploader.upload(name, content, &mut uncommitted).await?;
        self.commit(object, uncommitted).await
    }

    async fn get(&self, name: &str) -> Result<(Object, ByteStream), GetError> {
        let Some(object) = self.catalog.find(name).await? else { return Err(GetError::Unknown(name.to_owned())) };
        let shards =
            object.shards.iter().map(|shard| (shard.clone(), current_hosts(&*self.hosts, shard))).collect::<Vec<_>>();
        let reader = self.reader.clone();
        let content = futures_util::stream::iter(shards).flat_map(move |(shard, hosts)| reader.read(shard, hosts));
        Ok((object, content.boxed()))
    }

    async fn list(&self) -> Result<Vec<Object>, CatalogError> {
        self.catalog.list().await
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
    use crate::storage::{MockCatalog, MockHostClient, MockReplicate, MockStorageHosts, Storage};

    /// Mocks of the dependencies of a coordinator.
    struct Mocks {
        catalog: MockCatalog,
        hosts: MockStorageHosts,
        client: MockHostClient,
        replicator: MockReplicate,
    }

    impl Mocks {
        /// Creates mocks with three hosts and no further expectations.
        fn new() -> Self {
            let mut hosts = MockStorageHosts::new();
            hosts.expect_all().returning(|| (1..=3).map(host).collect());
            let (catalog, client) = (MockCatalog::new(), MockHostClient::new());
            Mocks { catalog, hosts, client, replicator: MockReplicate::new() }
        }

        /// Expects the given number of deletes on each host.
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
                .with_catalog(Arc::new(self.catalog))
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

    /// Lets background tasks run until all of them wait.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    fn stored(size: u64) -> Stored {
        Stored { size, sha256: Digest::of("any content") }
    }

    #[tokio::test]
    async fn an_object_is_committed_once_all_shards_are_stored() -> Result<(), BuildError> {
        let mut mocks = Mocks::new();
        let mut order = mockall::Sequence::new();
        let placed =
            |expected: [&'static str; 2]| move |_: &str, hosts: &[HostAddress], _: &_| names(hosts) == expected;
        let replicate = |mocks: &mut Mocks, expected, size, order: &mut _| {
            let expectation = mocks.replicator.expect_replicate().withf(placed(expected)).times(1).in_sequence(order);
            expectation.returning(move |_, _, _| Ok(stored(size)));
        };
        replicate(&mut mocks, ["host-1", "host-2"], 4, &mut order);
        replicate(&mut mocks, ["host-2", "host-3"], 1, &mut order);
        mocks.catalog.expect_commit().times(1).in_sequence(&mut order).returning(|object| {
            assert_eq!((object.name.as_str(), object.size, object.sha256), ("name", 5, Digest::of("abcde")));
            assert_eq!(object.shards[1].hosts, ["host-2", "host-3"]);
            Ok(None)
        });
        let object = mocks.coordinator().await?.put("name", content(&["ab", "cde"])).await.unwrap();
        assert_eq!(object.shards.iter().map(|shard| shard.size).collect::<Vec<_>>(), [4, 1]);
        Ok(())
    }

    #[tokio::test]
    async fn a_host_that_fails_leaves_no_entry_and_no_shard() -> Result<(), BuildError> {
        let mut mocks = Mocks::new();
        mocks.replicator.expect_replicate().times(1).returning(|_, _, _| Ok(stored(4)));
        mocks.replicator.expect_replicate().returning(|_, hosts, _| {
            Err(HostError::Full { host: hosts[0].clone(), message: "the disk is full".into() })
        });
        // The first shard was stored, so both of its hosts delete it. They also delete the second one, because one host
        // may have stored it before the other failed. No commit is expected.
        mocks.expect_deletes([1, 2, 1]);
        let error = mocks.coordinator().await?.put("name", content(&["abcde"])).await.unwrap_err();
        assert!(error.to_string().starts_with("host-2 (127.0.0.1:1) has no space left"), "{error}");
        settle().await;
        Ok(())
    }

    #[tokio::test]
    async fn a_commit_that_fails_leaves_no_shard() -> Result<(), BuildError> {
        let mut mocks = Mocks::new();
        mocks.replicator.expect_replicate().returning(|_, _, _| Ok(stored(3)));
        mocks.catalog.expect_commit().returning(|_| Err(CatalogError::Version { path: "catalog.db".into(), found: 7 }));
        mocks.expect_deletes([1, 1, 0]);
        let error = mocks.coordinator().await?.put("name", content(&["abc"])).await.unwrap_err();
        assert!(matches!(error, PutError::Catalog(_)), "{error:?}");
        settle().await;
        Ok(())
    }

    #[tokio::test]
    async fn content_that_ends_with_an_error_is_not_stored() -> Result<(), BuildError> {
        let mut mocks = Mocks::new();
        mocks.replicator.expect_replicate().returning(|_, _, mut pieces| {
            // No end follows the pieces sent before the error.
            while let Some(Some(piece)) = pieces.recv().now_or_never() {
                assert_ne!(piece, Piece::End);
            }
            Ok(stored(2))
        });
        mocks.expect_deletes([1, 1, 0]);
        let content = testkit::stream::script().item(Ok("abc".into())).error(io::Error::other("unplugged"));
        let error = mocks.coordinator().await?.put("name", content.boxed()).await.unwrap_err();
        assert_eq!(error.to_string(), "the content cannot be read: unplugged");
        settle().await;
        Ok(())
    }

    #[tokio::test]
    async fn a_put_that_is_dropped_leaves_no_shard() -> Result<(), BuildError> {
        let mut mocks = Mocks::new();
        mocks.replicator.expect_replicate().returning(|_, _, _| Ok(stored(4)));
        // The put is dropped after one shard is stored and the next one has started.
        mocks.expect_deletes([1, 2, 1]);
        let coordinator = mocks.coordinator().await?;
        let endless = futures_util::stream::iter([Ok(Bytes::from("abcdef"))]).chain(futures_util::stream::pending());
        assert!(coordinator.put("name", endless.boxed()).now_or_never().is_none());
        settle().await;
        Ok(())
    }

    #[tokio::test]
    async fn a_put_that_is_dropped_during_its_commit_is_committed() -> Result<(), BuildError> {
        let mut mocks = Mocks::new();
        mocks.replicator.expect_replicate().returning(|_, _, _| Ok(stored(3)));
        mocks.catalog.expect_commit().times(1).returning(|_| Ok(None));
        mocks.expect_deletes([0, 0, 0]);
        let coordinator = mocks.coordinator().await?;
        // The put waits only for the commit.
        assert!(coordinator.put("name", content(&["abc"])).now_or_never().is_none());
        settle().await;
        Ok(())
    }

    #[tokio::test]
    async fn empty_content_and_invalid_names_are_rejected() -> Result<(), BuildError> {
        let coordinator = Mocks::new().coordinator().await?;
        assert!(matches!(coordinator.put("name", content(&[])).await, Err(PutError::Empty)));
        assert!(matches!(coordinator.put("name", content(&["", ""])).await, Err(PutError::Empty)));
        let unread = || futures_util::stream::empty().boxed();
        assert!(matches!(coordinator.put("", unread()).await, Err(PutError::BadName(_))));
        assert!(matches!(coordinator.put("a\nb", unread()).await, Err(PutError::BadName(_))));
        Ok(())
    }

    #[tokio::test]
    async fn the_shards_of_a_replaced_object_are_deleted() -> Result<(), BuildError> {
        let mut mocks = Mocks::new();
        mocks.replicator.expect_replicate().returning(|_, _, _| Ok(stored(3)));
        mocks.catalog.expect_commit().returning(|object| {
            let hosts = vec!["host-3".into(), "host-that-is-gone".into()];
            let shards = vec![Shard { id: "old".into(), size: 1, sha256: Digest::of("old"), hosts }];
            Ok(Some(Object { shards, ..object.clone() }))
        });
        mocks.client.expect_delete().with(eq(host(3)), eq("old")).times(1).returning(|_, _| Ok(()));
        mocks.coordinator().await?.put("name", content(&["abc"])).await.unwrap();
        settle().await;
        Ok(())
    }

    #[tokio::test]
    async fn the_error_names_an_unknown_object() -> Result<(), BuildError> {
        let mut mocks = Mocks::new();
        mocks.catalog.expect_find().with(eq("nothing")).returning(|_| Ok(None));
        let error = mocks.coordinator().await?.get("nothing").await.err().unwrap();
        assert_eq!(error.to_string(), "there is no object `nothing`");
        Ok(())
    }
}

//! Shards as files: atomic stores, and deletes that may overtake a store.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use di_core::ambient::{Disk, FileDisk, Spawner};
use di_core::{component, provider};
use futures_util::stream::{StreamExt, TryStreamExt, try_unfold};
use tokio::sync::Mutex;

use super::HostConfig;
use crate::digest::Hasher;
use crate::object::{ByteStream, Stored};

/// Keeps shards. Each is stored completely or not at all.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait ShardStore: Send + Sync {
    /// Stores `content` as the shard `id`. If the content is cut off, nothing is kept.
    async fn store(&self, id: &str, content: ByteStream) -> Result<Stored, StoreError>;

    /// Returns the content of a shard, or `None` if there is no such shard.
    async fn open(&self, id: &str) -> Result<Option<ByteStream>, StoreError>;

    /// Deletes a shard. A concurrent store of the same shard fails, and so does one that arrives later. Deleting a
    /// shard that does not exist succeeds.
    async fn delete(&self, id: &str) -> Result<(), StoreError>;
}

/// Error returned when a host cannot store or read a shard.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the content was cut off: {0}")]
    CutOff(#[source] io::Error),
    #[error("the disk is full")]
    Full,
    #[error("the shard has been deleted")]
    Deleted,
    #[error("`{0}` is not a valid shard name")]
    BadName(String),
    #[error("the disk failed: {0}")]
    Disk(#[from] io::Error),
}

/// Keeps shards as files on a disk. A shard gets its name only once it is complete and durable, and is confirmed only
/// once its name is durable as well. A confirmed shard therefore survives a crash.
pub struct DiskShardStore {
    disk: Arc<dyn Disk>,
    deleted: Arc<Mutex<Deleted>>,
    spawner: Arc<dyn Spawner>,
}

/// Directory of complete shards.
const COMPLETE: &str = "shards";

/// Directory of shards that are being stored.
const INCOMING: &str = "incoming";

/// Number of bytes to read at a time.
const READ_SIZE: usize = 256 * 1024;

#[derive(Debug, thiserror::Error)]
#[error("cannot use {} as a data directory: {source}", path.display())]
pub struct DataDirError {
    path: PathBuf,
    source: io::Error,
}

/// Provides the disk of a storage host: the files in its data directory.
#[provider]
pub fn data_disk(config: &HostConfig, spawner: Arc<dyn Spawner>) -> Arc<dyn Disk> {
    Arc::new(FileDisk::new(&config.data_dir, spawner))
}

#[component]
impl DiskShardStore {
    /// Deletes incomplete shards of an earlier run, and checks that the disk can be written.
    pub async fn new(
        config: &HostConfig,
        disk: Arc<dyn Disk>,
        spawner: Arc<dyn Spawner>,
    ) -> Result<Self, DataDirError> {
        let store = DiskShardStore { disk, deleted: Arc::default(), spawner };
        store.prepare().await.map_err(|source| DataDirError { path: config.data_dir.clone(), source })?;
        Ok(store)
    }

    async fn prepare(&self) -> io::Result<()> {
        for id in self.disk.list(INCOMING).await? {
            self.disk.remove(&path(INCOMING, &id)).await?;
        }
        let probe = path(INCOMING, "probe");
        self.disk.write(&probe, &[]).await?;
        self.disk.remove(&probe).await
    }

    /// Runs work in a task of its own, so that it completes even if the caller is dropped.
    async fn detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = io::Result<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.spawner.spawn("disk", work).await.map_err(io::Error::other);
        done.and_then(|done| done).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
            _ => StoreError::Disk(error),
        })
    }

    /// Writes the content of a shard, and gives it its name.
    async fn receive(&self, incoming: &Arc<Incoming>, id: &str, mut content: ByteStream) -> Result<Stored, StoreError> {
        // Creates the file.
        self.detached(incoming.clone().append(Bytes::new())).await?;
        let mut hasher = Hasher::default();
        while let Some(bytes) = content.try_next().await.map_err(StoreError::CutOff)? {
            hasher.update(&bytes);
            self.detached(incoming.clone().append(bytes)).await?;
        }
        let (incoming, id, deleted) = (incoming.clone(), id.to_owned(), self.deleted.clone());
        let complete = async move {
            let synced = incoming.disk.sync(&incoming.path).await;
            // Held until the rename: a concurrent delete is either seen here or deletes the renamed file.
            let deleted = deleted.lock().await;
            if deleted.contains(&id) {
                return Ok(Err(StoreError::Deleted));
            }
            synced?;
            incoming.disk.rename(&incoming.path, &path(COMPLETE, &id)).await?;
            incoming.is_gone.store(true, Ordering::Relaxed);
            // Otherwise, a confirmed shard could be missing after a crash.
            incoming.disk.sync_directory(COMPLETE).await.map(Ok)
        };
        self.detached(complete).await??;
        let (size, sha256) = hasher.finish();
        Ok(Stored { size, sha256 })
    }
}

#[async_trait]
impl ShardStore for DiskShardStore {
    async fn store(&self, id: &str, content: ByteStream) -> Result<Stored, StoreError> {
        check_name(id)?;
        if self.deleted.lock().await.contains(id) {
            return Err(StoreError::Deleted);
        }
        let incoming = Arc::new(Incoming::new(self, id));
        let stored = self.receive(&incoming, id, content).await;
        if stored.is_err() {
            incoming.remove().await;
        }
        stored
    }

    async fn open(&self, id: &str) -> Result<Option<ByteStream>, StoreError> {
        check_name(id)?;
        let path = path(COMPLETE, id);
        match self.disk.read_at(&path, 0, READ_SIZE).await {
            Ok(first) => Ok(Some(read(self.disk.clone(), path, first))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn delete(&self, id: &str) -> Result<(), StoreError> {
        check_name(id)?;
        // After this, a store of this shard cannot complete.
        self.deleted.lock().await.add(id);
        let (disk, paths) = (self.disk.clone(), [path(INCOMING, id), path(COMPLETE, id)]);
        let delete = async move {
            for path in paths {
                match disk.remove(&path).await {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            match disk.sync_directory(COMPLETE).await {
                // Nothing was ever stored.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                synced => synced,
            }
        };
        self.detached(delete).await
    }
}

fn path(directory: &str, id: &str) -> String {
    format!("{directory}/{id}")
}

/// Names of the most recently deleted shards. Each request has its own connection, so a delete may overtake the store
/// that it is meant to undo. Shard names are never reused.
#[derive(Default)]
struct Deleted(VecDeque<String>);

/// Number of names to remember, far more than the deletes that happen while a request is in flight.
const MAX_DELETED: usize = 1024;

impl Deleted {
    fn add(&mut self, id: &str) {
        if self.0.len() == MAX_DELETED {
            self.0.pop_front();
        }
        self.0.push_back(id.to_owned());
    }

    fn contains(&self, id: &str) -> bool {
        self.0.iter().any(|deleted| deleted == id)
    }
}

/// Returns the content of a file, which begins with `first`.
fn read(disk: Arc<dyn Disk>, path: String, first: Vec<u8>) -> ByteStream {
    let pieces = try_unfold((0, Some(first)), move |(start, first)| {
        let (disk, path) = (disk.clone(), path.clone());
        async move {
            let piece = match first {
                Some(first) => first,
                None => disk.read_at(&path, start, READ_SIZE).await?,
            };
            let end = start + piece.len() as u64;
            Ok((!piece.is_empty()).then_some((Bytes::from(piece), (end, None))))
        }
    });
    pieces.boxed()
}

/// A file that is being written. Unless it was renamed or removed, it is removed after a drop, and so on cancellation.
struct Incoming {
    path: String,
    is_gone: AtomicBool,
    disk: Arc<dyn Disk>,
    spawner: Arc<dyn Spawner>,
}

impl Incoming {
    fn new(store: &DiskShardStore, id: &str) -> Self {
        let (disk, spawner) = (store.disk.clone(), store.spawner.clone());
        Incoming { path: path(INCOMING, id), is_gone: AtomicBool::new(false), disk, spawner }
    }

    async fn append(self: Arc<Self>, bytes: Bytes) -> io::Result<()> {
        self.disk.append(&self.path, &bytes).await
    }

    async fn remove(&self) {
        remove(self.disk.clone(), &self.path).await;
        self.is_gone.store(true, Ordering::Relaxed);
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !*self.is_gone.get_mut() {
            let (disk, path) = (self.disk.clone(), std::mem::take(&mut self.path));
            self.spawner.spawn("remove incomplete shard", async move { remove(disk, &path).await });
        }
    }
}

async fn remove(disk: Arc<dyn Disk>, path: &str) {
    if let Err(error) = disk.remove(path).await
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path, %error, "failed to delete an incomplete shard");
    }
}

/// Checks that a name from the network names a file inside the directory.
fn check_name(id: &str) -> Result<(), StoreError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if id.is_empty() || id.len() > 100 || !id.bytes().all(is_plain) {
        return Err(StoreError::BadName(id.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::digest::Digest;
    use crate::host::StorageHost;

    fn config(data_dir: &Path) -> Arc<HostConfig> {
        Arc::new(HostConfig { data_dir: data_dir.into(), listen: "127.0.0.1:0".into() })
    }

    async fn store_in(data_dir: &Path) -> Arc<dyn ShardStore> {
        StorageHost::slice().with_config(config(data_dir)).get().await.unwrap()
    }

    /// Returns the number of files in a directory, which exists once it was needed.
    fn files(directory: PathBuf) -> usize {
        directory.read_dir().map_or(0, Iterator::count)
    }

    #[tokio::test]
    async fn a_shard_is_read_back_as_it_was_stored() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in(dir.path()).await;
        let content = testkit::stream::script().items(["ab", "c"].map(|bytes| Ok(Bytes::from(bytes)))).end();
        let stored = store.store("shard-1", content.boxed()).await.unwrap();
        assert_eq!(stored, Stored { size: 3, sha256: Digest::of("abc") });
        let read: Vec<Bytes> = store.open("shard-1").await.unwrap().unwrap().try_collect().await.unwrap();
        assert_eq!(read.concat(), b"abc");
        store.delete("shard-1").await.unwrap();
        assert!(store.open("shard-1").await.unwrap().is_none());
        store.delete("shard-1").await.unwrap();
    }

    #[tokio::test]
    async fn truncated_content_leaves_no_files() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in(dir.path()).await;
        let content = testkit::stream::script().item(Ok("ab".into())).error(io::Error::other("reset"));
        let error = store.store("shard-1", content.boxed()).await.unwrap_err();
        assert_eq!(error.to_string(), "the content was cut off: reset");
        assert_eq!((files(dir.path().join("shards")), files(dir.path().join("incoming"))), (0, 0));
    }

    #[tokio::test]
    async fn a_shard_deleted_during_its_store_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in(dir.path()).await;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let content = futures_util::stream::once(async { Ok(receiver.await.unwrap()) }).boxed();
        let storing = tokio::spawn({
            let store = store.clone();
            async move { store.store("shard-1", content).await }
        });
        while files(dir.path().join("incoming")) == 0 {
            tokio::task::yield_now().await;
        }
        store.delete("shard-1").await.unwrap();
        sender.send(Bytes::from("abc")).unwrap();
        assert!(storing.await.unwrap().is_err());
        assert!(store.open("shard-1").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_name_cannot_escape_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in(dir.path()).await;
        for name in ["", "../shard", "a/b", ".", "a.b"] {
            assert!(matches!(store.open(name).await, Err(StoreError::BadName(_))), "{name}");
        }
    }

    #[tokio::test]
    async fn the_error_names_a_data_directory_that_cannot_be_created() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "not a directory").unwrap();
        let error = StorageHost::slice().with_config(config(&file)).get::<Arc<dyn ShardStore>>().await.err().unwrap();
        let text = format!("{error:?}");
        assert!(
            text.contains("`shards` (DiskShardStore) failed: cannot use") && text.contains("file as a data"),
            "{text}"
        );
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_has_its_own_error() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in(dir.path()).await;
        // Writes to /dev/full fail as on a full disk.
        std::os::unix::fs::symlink("/dev/full", dir.path().join("incoming/shard-1")).unwrap();
        let content = testkit::stream::script().item(Ok(vec![0_u8; 1024].into()));
        let error = store.store("shard-1", content.boxed()).await.unwrap_err();
        assert!(matches!(error, StoreError::Full), "{error}");
        assert_eq!(files(dir.path().join("shards")), 0);
    }
}

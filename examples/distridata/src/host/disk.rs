//! Shards as files: atomic stores, and deletes that may overtake a store.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use di_core::ambient::Spawner;
use di_core::component;
use futures_util::stream::{StreamExt, TryStreamExt, try_unfold};

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

/// Keeps shards as files in a directory. A shard gets its name only once it is complete.
pub struct DiskShardStore {
    complete: PathBuf,
    incoming: PathBuf,
    deleted: Arc<Mutex<Deleted>>,
    spawner: Arc<dyn Spawner>,
}

/// Number of bytes to read at a time.
const READ_SIZE: usize = 256 * 1024;

#[derive(Debug, thiserror::Error)]
#[error("cannot use {} as a data directory: {source}", path.display())]
pub struct DataDirError {
    path: PathBuf,
    source: io::Error,
}

#[component]
impl DiskShardStore {
    /// Creates the directories, and deletes incomplete shards of an earlier run.
    pub async fn new(config: &HostConfig, spawner: Arc<dyn Spawner>) -> Result<Self, DataDirError> {
        let path = config.data_dir.clone();
        let store = DiskShardStore {
            complete: path.join("shards"),
            incoming: path.join("incoming"),
            deleted: Arc::default(),
            spawner,
        };
        store.prepare().await.map_err(|source| DataDirError { path, source })?;
        Ok(store)
    }

    async fn prepare(&self) -> io::Result<()> {
        let (complete, incoming) = (self.complete.clone(), self.incoming.clone());
        let prepare = move || {
            match fs::remove_dir_all(&incoming) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            fs::create_dir_all(complete)?;
            fs::create_dir_all(incoming)
        };
        on_disk(&self.spawner, prepare).await
    }
}

/// Runs blocking work. It runs to completion even if the caller is dropped, so a guard must own each file that it
/// creates.
async fn on_disk<T: Send + 'static>(spawner: &Arc<dyn Spawner>, work: impl FnOnce() -> T + Send + 'static) -> T {
    spawner.spawn_blocking("disk", work).await.expect("disk work does not panic")
}

#[async_trait]
impl ShardStore for DiskShardStore {
    async fn store(&self, id: &str, mut content: ByteStream) -> Result<Stored, StoreError> {
        check_name(id)?;
        if lock(&self.deleted).contains(id) {
            return Err(StoreError::Deleted);
        }
        let path = self.incoming.join(id);
        let incoming = Arc::new(on_disk(&self.spawner, move || Incoming::create(path)).await.map_err(disk_error)?);
        let mut hasher = Hasher::default();
        while let Some(bytes) = content.try_next().await.map_err(StoreError::CutOff)? {
            hasher.update(&bytes);
            let incoming = incoming.clone();
            on_disk(&self.spawner, move || (&incoming.file).write_all(&bytes)).await.map_err(disk_error)?;
        }
        let (id, to, deleted) = (id.to_owned(), self.complete.join(id), self.deleted.clone());
        let complete = move || {
            incoming.file.sync_all().map_err(disk_error)?;
            // Held until the rename: a concurrent delete is either seen here or deletes the renamed file.
            let deleted = lock(&deleted);
            if deleted.contains(&id) {
                return Err(StoreError::Deleted);
            }
            fs::rename(&incoming.path, to).map_err(disk_error)
        };
        on_disk(&self.spawner, complete).await?;
        let (size, sha256) = hasher.finish();
        Ok(Stored { size, sha256 })
    }

    async fn open(&self, id: &str) -> Result<Option<ByteStream>, StoreError> {
        check_name(id)?;
        let path = self.complete.join(id);
        match on_disk(&self.spawner, move || File::open(path)).await {
            Ok(file) => Ok(Some(read(self.spawner.clone(), file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn delete(&self, id: &str) -> Result<(), StoreError> {
        check_name(id)?;
        // After this, a store of this shard cannot complete.
        lock(&self.deleted).add(id);
        let paths = [self.incoming.join(id), self.complete.join(id)];
        let delete = move || {
            for path in paths {
                match fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                    _ => {}
                }
            }
            Ok(())
        };
        on_disk(&self.spawner, delete).await
    }
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

/// Ignores poisoning: each change is a single step, so a panic cannot leave it half done.
fn lock(deleted: &Mutex<Deleted>) -> MutexGuard<'_, Deleted> {
    deleted.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the content of a file.
fn read(spawner: Arc<dyn Spawner>, file: File) -> ByteStream {
    let pieces = try_unfold(Arc::new(file), move |file| {
        let spawner = spawner.clone();
        async move {
            let reading = file.clone();
            let piece = move || {
                let mut piece = BytesMut::zeroed(READ_SIZE);
                let size = (&*reading).read(&mut piece)?;
                piece.truncate(size);
                Ok::<Bytes, io::Error>(piece.freeze())
            };
            let piece = on_disk(&spawner, piece).await?;
            Ok((!piece.is_empty()).then_some((piece, file)))
        }
    });
    pieces.boxed()
}

/// A file that is being written. Unless it was renamed, it is deleted on drop, and so on cancellation.
struct Incoming {
    path: PathBuf,
    file: File,
}

impl Incoming {
    fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::create(&path)?;
        Ok(Incoming { path, file })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "failed to delete an incomplete shard");
        }
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

fn disk_error(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Disk(error),
    }
}

#[cfg(test)]
mod tests {
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

    fn files(directory: PathBuf) -> usize {
        directory.read_dir().unwrap().count()
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

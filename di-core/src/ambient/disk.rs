//! Files that survive a crash, which a test can replace.

use std::io;

use crate::internal::BoxFuture;

/// A map of files, for data that must survive a crash of the process or of its machine.
///
/// A component takes an `Arc<dyn Disk>`. In production it is a [`FileDisk`](crate::ambient::FileDisk), which keeps real
/// files. testkit's `sim.disk("host")` is a disk that can crash: it loses what was not synced. A disk needs a directory,
/// which has no sensible default, so it is not part of `Ambient`: a provider opens it.
///
/// ```
/// use std::io;
/// use std::path::PathBuf;
/// use std::sync::Arc;
/// use di_core::ambient::{Ambient, Disk, FileDisk, Spawner};
/// use di_core::{Container, component, provider};
///
/// pub struct Settings { disk: Arc<dyn Disk> }
///
/// #[component]
/// impl Settings {
///     pub fn new(disk: Arc<dyn Disk>) -> Self {
///         Settings { disk }
///     }
///
///     /// After this returns, a crash leaves the new text; before, the old text or the new one.
///     pub async fn save(&self, text: &str) -> io::Result<()> {
///         self.disk.write("settings.new", text.as_bytes()).await?;
///         self.disk.sync("settings.new").await?;              // first the content, ..
///         self.disk.rename("settings.new", "settings").await?;
///         self.disk.sync_directory("").await                  // .. then its name
///     }
///
///     pub async fn load(&self) -> io::Result<Vec<u8>> {
///         self.disk.read("settings").await
///     }
/// }
///
/// pub struct Config { data_dir: PathBuf }
///
/// #[provider]
/// fn data_disk(config: &Config, spawner: Arc<dyn Spawner>) -> Arc<dyn Disk> {
///     Arc::new(FileDisk::new(&config.data_dir, spawner))
/// }
///
/// #[derive(Container)]
/// pub struct App {
///     #[input]
///     config: Arc<Config>,
///     #[module]
///     ambient: Ambient,
///     #[import(ambient)]
///     spawner: Arc<dyn Spawner>,
///     #[provide(data_disk)]
///     disk: Arc<dyn Disk>,
///     #[component]
///     settings: Arc<Settings>,
/// }
///
/// # let data_dir = std::env::temp_dir().join(format!("di-core-settings-{}", std::process::id()));
/// # let config = Config { data_dir: data_dir.clone() };
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let app = App::builder(config).build().await?;
/// app.settings.save("color = blue").await?;
/// assert_eq!(app.settings.load().await?, b"color = blue");
/// # Ok::<(), di_core::BoxError>(())
/// # })?;
/// # std::fs::remove_dir_all(data_dir)?;
/// # Ok::<(), di_core::BoxError>(())
/// ```
///
/// # Durability
/// As on POSIX, the content of a file and its name become durable separately. After a crash,
///
/// - content that was not [synced](Disk::sync) may be missing, or only its beginning may be there;
/// - a creation, rename or removal may be undone if its directory was not [synced](Disk::sync_directory) afterwards.
///
/// # Paths
/// A path is relative to the disk: components separated by `/`, such as `shards/7`. The empty path is the directory of
/// the disk itself. Directories are created with the first file in them, and are never removed.
///
/// # Errors
/// All methods return [`InvalidInput`](io::ErrorKind::InvalidInput) for a path that [`path_components`] rejects,
/// [`IsADirectory`](io::ErrorKind::IsADirectory) for a directory in place of a file, and
/// [`NotADirectory`](io::ErrorKind::NotADirectory) for a file in place of a directory, along with the errors of the
/// operating system.
///
/// # Cancellation
/// Dropping a future does not undo its operation: once polled, the operation may still take effect, at any later time.
pub trait Disk: Send + Sync + 'static {
    /// Reads a whole file.
    fn read(&self, path: &str) -> BoxFuture<io::Result<Vec<u8>>>;

    /// Reads up to `size` bytes from byte `start`. Returns fewer only at the end of the file.
    fn read_at(&self, path: &str, start: u64, size: usize) -> BoxFuture<io::Result<Vec<u8>>>;

    /// Replaces the content of a file. Creates the file if it does not exist.
    ///
    /// A crash may leave the old content, no content or a part of the new content. For an atomic replacement, write and
    /// sync a second file, and [rename](Disk::rename) it.
    fn write(&self, path: &str, content: &[u8]) -> BoxFuture<io::Result<()>>;

    /// Adds bytes to the end of a file. Creates the file if it does not exist.
    fn append(&self, path: &str, bytes: &[u8]) -> BoxFuture<io::Result<()>>;

    /// Makes the content of a file durable, but not its name: see [`sync_directory`](Disk::sync_directory).
    fn sync(&self, path: &str) -> BoxFuture<io::Result<()>>;

    /// Renames a file. Replaces the file `to`, if there is one: at each moment, also after a crash, `to` is the old
    /// file or the new one.
    fn rename(&self, from: &str, to: &str) -> BoxFuture<io::Result<()>>;

    /// Removes a file.
    fn remove(&self, path: &str) -> BoxFuture<io::Result<()>>;

    /// Returns the names of the files in a directory, sorted. Subdirectories are left out. A directory that does not
    /// exist is empty.
    fn list(&self, directory: &str) -> BoxFuture<io::Result<Vec<String>>>;

    /// Makes all creations, renames and removals of files in a directory durable, and the directory itself.
    fn sync_directory(&self, directory: &str) -> BoxFuture<io::Result<()>>;
}

/// Splits a path into its components, for implementations of [`Disk`]. The empty path has none.
///
/// # Errors
/// Returns [`InvalidInput`](io::ErrorKind::InvalidInput) if the path could lead out of the disk or is not portable: if a
/// component is empty, `.` or `..`, or contains a backslash, a colon or a NUL character.
pub fn path_components(path: &str) -> io::Result<Vec<&str>> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    path.split('/')
        .map(|component| match component {
            "" | "." | ".." => Err(()),
            _ if component.contains(['\\', ':', '\0']) => Err(()),
            _ => Ok(component),
        })
        .collect::<Result<_, ()>>()
        .map_err(|()| {
            let text = format!(
                "{path:?} is not a valid path: it must be relative to the disk, such as \"shards/7\", without `.`, `..`, \
                 `\\` and `:`"
            );
            io::Error::new(io::ErrorKind::InvalidInput, text)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_leave_the_disk() {
        assert_eq!(path_components("").unwrap(), [""; 0]);
        assert_eq!(path_components("shards/a.b").unwrap(), ["shards", "a.b"]);
        for path in ["/", "/etc/passwd", "a/", "a//b", "..", "a/../../b", "./a", "C:x", "a\\b", "a\0"] {
            let error = path_components(path).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains("is not a valid path"), "{error}");
        }
    }
}

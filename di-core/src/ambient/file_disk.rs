//! The disk of production: real files below a directory.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, path_components};
use crate::internal::BoxFuture;
use crate::task::Spawner;

/// Real files below a directory. Its spawner runs the blocking operations.
///
/// The directory is created with the first file. On Windows, `sync_directory` has no effect, because directories cannot
/// be synced there.
pub struct FileDisk {
    root: PathBuf,
    spawner: Arc<dyn Spawner>,
}

impl FileDisk {
    /// Creates a disk of the files below the directory `root`.
    pub fn new(root: impl Into<PathBuf>, spawner: Arc<dyn Spawner>) -> Self {
        FileDisk { root: root.into(), spawner }
    }

    /// Runs `operation` on the full path of `path`, where it may block.
    fn run<T: Send + 'static>(
        &self,
        path: &str,
        operation: impl FnOnce(PathBuf) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<io::Result<T>> {
        let path = self.full(path);
        let spawner = self.spawner.clone();
        Box::pin(async move {
            let path = path?;
            spawner.spawn_blocking("disk", move || operation(path)).await.map_err(io::Error::other)?
        })
    }

    fn full(&self, path: &str) -> io::Result<PathBuf> {
        let mut full = self.root.clone();
        full.extend(path_components(path)?);
        Ok(full)
    }
}

impl Disk for FileDisk {
    fn read(&self, path: &str) -> BoxFuture<io::Result<Vec<u8>>> {
        self.run(path, |path| {
            let mut bytes = Vec::new();
            open(&path)?.read_to_end(&mut bytes)?;
            Ok(bytes)
        })
    }

    fn read_at(&self, path: &str, start: u64, size: usize) -> BoxFuture<io::Result<Vec<u8>>> {
        self.run(path, move |path| {
            let mut file = open(&path)?;
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.take(size as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
    }

    fn write(&self, path: &str, content: &[u8]) -> BoxFuture<io::Result<()>> {
        let content = content.to_vec();
        self.run(path, move |path| {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            in_directory(&path, || options.open(&path))?.write_all(&content)
        })
    }

    fn append(&self, path: &str, bytes: &[u8]) -> BoxFuture<io::Result<()>> {
        let bytes = bytes.to_vec();
        self.run(path, move |path| {
            in_directory(&path, || OpenOptions::new().append(true).create(true).open(&path))?.write_all(&bytes)
        })
    }

    fn sync(&self, path: &str) -> BoxFuture<io::Result<()>> {
        self.run(path, |path| OpenOptions::new().append(true).open(path)?.sync_all())
    }

    fn rename(&self, from: &str, to: &str) -> BoxFuture<io::Result<()>> {
        let to = self.full(to);
        self.run(from, move |from| {
            let to = to?;
            check_is_file(&from)?;
            if to.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            in_directory(&to, || fs::rename(&from, &to))
        })
    }

    fn remove(&self, path: &str) -> BoxFuture<io::Result<()>> {
        self.run(path, |path| {
            check_is_file(&path)?;
            fs::remove_file(path)
        })
    }

    fn list(&self, directory: &str) -> BoxFuture<io::Result<Vec<String>>> {
        self.run(directory, |directory| {
            let mut names = Vec::new();
            let entries = match directory.read_dir() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                if !entry.file_type()?.is_dir() {
                    names.push(entry.file_name().into_string().map_err(|name| {
                        let text = format!("the name of the file {name:?} in {} is not UTF-8", directory.display());
                        io::Error::new(io::ErrorKind::InvalidData, text)
                    })?);
                }
            }
            names.sort_unstable();
            Ok(names)
        })
    }

    fn sync_directory(&self, directory: &str) -> BoxFuture<io::Result<()>> {
        let root = self.root.clone();
        // A directory is durable once its parent is synced, up to the parent of the root.
        self.run(directory, move |directory| {
            let parents = directory.ancestors().take_while(|parent| parent.starts_with(&root));
            parents.chain(root.parent()).try_for_each(sync_one_directory)
        })
    }
}

/// Opens a file to read it.
fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(file) }
}

/// Runs an operation that creates the file `path`. If the operation fails because the file's directory does not exist,
/// creates the directory and tries again.
fn in_directory<T>(path: &Path, create: impl Fn() -> io::Result<T>) -> io::Result<T> {
    match (create(), path.parent()) {
        (Err(error), Some(directory)) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(directory)?;
            create()
        }
        (created, _) => created,
    }
}

/// Operating systems disagree about the error of an operation on a directory.
fn check_is_file(path: &Path) -> io::Result<()> {
    if path.symlink_metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(()) }
}

fn sync_one_directory(directory: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return directory.read_dir().map(drop);
    }
    // The parent of a relative root has an empty path.
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let directory = File::open(directory)?;
    if !directory.metadata()?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    directory.sync_all()
}

impl fmt::Debug for FileDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileDisk").field("root", &self.root).finish_non_exhaustive()
    }
}

//! The `put` command, for one or more files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use di_core::Shutdown;
use di_core::ambient::Ambient;
use futures_util::StreamExt;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::progress::Progress;
use super::{CommandError, output};
use crate::config::Config;
use crate::interrupt;
use crate::object::Object;
use crate::storage::{Coordinate, Storage};

/// Stores each file under its file name. A failure does not stop the remaining files.
pub async fn put(config: Config, files: &[PathBuf]) -> Result<(), CommandError> {
    let named = with_names(files)?;
    let chunk_size = config.chunk_size;
    let Ambient { clock, spawner, entropy, network } = Ambient::tokio();
    let interrupt = interrupt::on_signal(&spawner);
    let storage = Storage::builder(config, clock, spawner, entropy, network).start().await?;
    let stored = put_all(&*storage.coordinator, &named, chunk_size, &interrupt).await;
    // Waits until shards of failed puts are deleted in the background.
    let stopped = storage.stop().await;
    stored?;
    Ok(stopped?)
}

async fn put_all(
    coordinator: &dyn Coordinate,
    named: &[(&str, &Path)],
    chunk_size: usize,
    interrupt: &Shutdown,
) -> Result<(), CommandError> {
    let mut failures = Vec::new();
    for (name, path) in named {
        match put_one(coordinator, name, path, chunk_size, interrupt).await {
            Ok(object) => output::line(summary(&object))?,
            Err(error) => failures.push(error),
        }
    }
    match failures.len() {
        0 => Ok(()),
        1 if named.len() == 1 => Err(failures.remove(0)),
        _ => Err(CommandError::SomePuts { files: named.len(), failures }),
    }
}

/// Describes a stored object in one line.
pub(super) fn summary(object: &Object) -> String {
    let mut hosts: Vec<_> = object.shards.iter().flat_map(|shard| &shard.hosts).map(String::as_str).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let shards = if object.shards.len() == 1 { "1 shard".into() } else { format!("{} shards", object.shards.len()) };
    format!("{}  {} bytes  {shards} on {}  sha256 {}", object.name, object.size, hosts.join(", "), object.sha256)
}

/// Returns the files in order, each with the name to store it under.
fn with_names(files: &[PathBuf]) -> Result<Vec<(&str, &Path)>, CommandError> {
    let mut taken = BTreeMap::new();
    let mut named = Vec::new();
    for path in files {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| CommandError::NoName(path.clone()))?;
        if let Some(other) = taken.insert(name, path) {
            return Err(CommandError::SameName { name: name.into(), paths: [other.clone(), path.clone()] });
        }
        named.push((name, path.as_path()));
    }
    Ok(named)
}

async fn put_one(
    coordinator: &dyn Coordinate,
    name: &str,
    path: &Path,
    chunk_size: usize,
    interrupt: &Shutdown,
) -> Result<Object, CommandError> {
    let opened = async {
        let file = File::open(path).await?;
        let metadata = file.metadata().await?;
        if metadata.is_dir() { Err(std::io::ErrorKind::IsADirectory.into()) } else { Ok((file, metadata.len())) }
    };
    let (file, size) = opened.await.map_err(|source| CommandError::Read { path: path.into(), source })?;
    let progress = Progress::new(name, size);
    let content = progress.count(ReaderStream::with_capacity(file, chunk_size).boxed());
    let content = interrupt::until_shutdown(content, interrupt);
    coordinator.put(name, content).await.map_err(|source| CommandError::Put { path: path.into(), source })
}

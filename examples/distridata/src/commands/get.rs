//! The `get` command.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::TryStreamExt;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::progress::Progress;
use super::{CommandError, output};
use crate::app::App;
use crate::config::Config;
use crate::digest::Hasher;
use crate::object::{ByteStream, Object};
use crate::storage::Coordinate;

/// Writes an object to standard output, or to a file, which appears only once it is complete and verified.
pub async fn get(config: Config, name: &str, to: Option<&Path>) -> Result<(), CommandError> {
    let coordinator: Arc<dyn Coordinate> = App::slice().with_config(Arc::new(config)).get().await?;
    let (object, content) = coordinator.get(name).await?;
    let progress = Progress::new(name, object.size);
    let content = progress.count(content);
    if to == Some(Path::new("-")) {
        return write(&object, content, tokio::io::stdout(), Path::new("standard output")).await;
    }
    let path = match to {
        Some(path) => path.to_owned(),
        None => PathBuf::from(name.rsplit('/').next().unwrap_or(name)),
    };
    let failed = |source| CommandError::Write { path: path.clone(), source };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfinished = NamedTempFile::new_in(directory).map_err(failed)?;
    let file = unfinished.reopen().map_err(failed)?;
    write(&object, content, File::from_std(file), &path).await?;
    unfinished.persist(&path).map_err(|error| failed(error.error))?;
    output::line(format_args!("{}  {} bytes  sha256 {}", path.display(), object.size, object.sha256))
}

/// Writes the content and verifies its digest.
async fn write(
    object: &Object,
    mut content: ByteStream,
    mut into: impl AsyncWrite + Unpin,
    path: &Path,
) -> Result<(), CommandError> {
    let failed = |source: io::Error| CommandError::Write { path: path.to_owned(), source };
    let unreadable = |source| CommandError::Content { name: object.name.clone(), source };
    let mut hasher = Hasher::default();
    while let Some(bytes) = content.try_next().await.map_err(unreadable)? {
        hasher.update(&bytes);
        into.write_all(&bytes).await.map_err(failed)?;
    }
    into.flush().await.map_err(failed)?;
    let (_, found) = hasher.finish();
    if found == object.sha256 {
        return Ok(());
    }
    Err(CommandError::Damaged { what: object.name.clone(), found, expected: object.sha256 })
}

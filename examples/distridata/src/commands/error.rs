//! Errors of all commands.

use std::io;
use std::path::PathBuf;

use axum::http::StatusCode;
use di_core::{BoxError, BuildError, HostError};

use crate::digest::Digest;
use crate::http_client::root_cause;
use crate::storage::CatalogError;
use crate::storage::{GetError, PutError};

/// Error returned when a command fails.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    // These errors show their causes only in their debug output.
    #[error("{0:?}")]
    Build(#[from] BuildError),
    #[error("{0:?}")]
    Hosting(#[from] HostError),
    #[error(transparent)]
    Get(#[from] GetError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read {name}: {source}")]
    Content { name: String, source: io::Error },
    #[error("{} was not stored: {source}", path.display())]
    Put { path: PathBuf, source: PutError },
    #[error("{} of {files} files were not stored:\n{}", failures.len(), listed(failures))]
    SomePuts { files: usize, failures: Vec<CommandError> },
    #[error("{} and {} would both be stored as `{name}`", paths[0].display(), paths[1].display())]
    SameName { name: String, paths: [PathBuf; 2] },
    #[error("{} has no file name to store it under", .0.display())]
    NoName(PathBuf),
    #[error("{what} is damaged: its digest is {found}, not {expected}")]
    Damaged { what: String, found: Digest, expected: Digest },
    #[error("the request to the coordinator failed: {}", root_cause(&**.0))]
    Http(#[source] BoxError),
    #[error("the coordinator rejected the request with {status}: {message}")]
    Refused { status: StatusCode, message: String },
    #[error(transparent)]
    Host(#[from] crate::storage::HostError),
    #[error("cannot create a temporary directory: {0}")]
    TemporaryDirectory(#[source] io::Error),
}

fn listed(failures: &[CommandError]) -> String {
    failures.iter().map(|failure| format!("  {failure}")).collect::<Vec<_>>().join("\n")
}

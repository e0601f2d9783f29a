//! Trait that the client and its decorators implement.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::HostError;
use crate::object::{ByteStream, Piece, Stored};
use crate::storage::HostAddress;

/// Client for storage hosts.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait HostClient: Send + Sync {
    /// Streams a shard to a host. If the pieces stop before [`Piece::End`], the upload is cut off, and the host keeps
    /// nothing.
    async fn store(&self, host: &HostAddress, shard: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError>;

    /// Streams a shard from a host.
    async fn fetch(&self, host: &HostAddress, shard: &str) -> Result<ByteStream, HostError>;

    /// Deletes a shard from a host, if it exists there.
    async fn delete(&self, host: &HostAddress, shard: &str) -> Result<(), HostError>;
}

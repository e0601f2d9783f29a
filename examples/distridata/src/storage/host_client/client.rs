use async_trait::async_trait;
use tokio::sync::mpsc;

use super::HostError;
use crate::object::{ByteStream, Piece, Stored};
use crate::storage::HostAddress;

/// Talks to storage hosts.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait HostClient: Send + Sync {
    /// Streams a shard to a host. Pieces that cease without [`Piece::End`] cut the upload off, so that the host keeps
    /// nothing.
    async fn store(&self, host: &HostAddress, shard: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError>;

    /// Streams a shard from a host.
    async fn fetch(&self, host: &HostAddress, shard: &str) -> Result<ByteStream, HostError>;

    /// Makes a host forget a shard, if it has it.
    async fn delete(&self, host: &HostAddress, shard: &str) -> Result<(), HostError>;
}

//! Objects and their parts: an object is split into shards, which hosts keep, and a shard is sent in chunks.

use std::io;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// Content in transit, in pieces of any size.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// Stored object, as listed in the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Unique name.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// Digest of the whole content.
    pub sha256: Digest,
    /// Shards, in order.
    pub shards: Vec<Shard>,
}

/// Part of an object, kept whole by each of several hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// Name on the hosts, unique among all shards that were ever written.
    pub id: String,
    /// Size in bytes.
    pub size: u64,
    /// Digest of the shard.
    pub sha256: Digest,
    /// Names of the hosts that keep it.
    pub hosts: Vec<String>,
}

/// Confirmation of a stored shard, from one host or from all hosts alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Size in bytes.
    pub size: u64,
    /// Digest of the content.
    pub sha256: Digest,
}

/// Part of a shard in transit. A shard without [`Piece::End`] is incomplete and is not kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// The next bytes.
    Chunk(Bytes),
    /// The shard is complete.
    End,
}

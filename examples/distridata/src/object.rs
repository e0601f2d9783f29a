//! Objects and their parts. An object is split into shards, which hosts keep; a shard is sent in chunks.

use std::io;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// Content in transit, in pieces of any size.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// Stored object, as listed in the catalog.
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

/// Part of an object. Each of several hosts keeps a copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// Name on the hosts, never reused for another shard.
    pub id: String,
    /// Size in bytes.
    pub size: u64,
    /// Digest of the shard.
    pub sha256: Digest,
    /// Names of the hosts that keep the shard.
    pub hosts: Vec<String>,
}

/// Confirmation of a stored shard, from one host or, if all hosts agree, from all of them.
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

//! What is stored: an object is cut into shards, which hosts keep, and a shard travels in chunks.

use std::io;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// Content on its way, in pieces of any size.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// A stored object, as the catalogue knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Its name, under which there is one object at a time.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Digest of the whole.
    pub sha256: Digest,
    /// Its shards, in order.
    pub shards: Vec<Shard>,
}

/// A part of an object, kept whole by each of some hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// Its name on the hosts, unique among all that were ever written.
    pub id: String,
    /// Its size in bytes.
    pub size: u64,
    /// Digest of the shard.
    pub sha256: Digest,
    /// Names of the hosts that keep it.
    pub hosts: Vec<String>,
}

/// What a host, or all hosts alike, have stored of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Size in bytes.
    pub size: u64,
    /// Digest of the bytes.
    pub sha256: Digest,
}

/// A part of a shard on its way. A shard that is cut off before its end is not one.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// The next bytes.
    Chunk(Bytes),
    /// The shard is complete.
    End,
}

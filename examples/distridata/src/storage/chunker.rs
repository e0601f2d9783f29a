//! Splits a stream of any pieces into chunks of a fixed size.

use std::io;

use bytes::{Bytes, BytesMut};
use di_core::component;
use futures_util::TryStreamExt;
use futures_util::stream::{BoxStream, StreamExt, try_unfold};

use crate::config::Config;
use crate::object::ByteStream;

/// Splits content into chunks and assigns each chunk to a shard.
pub struct Chunker {
    chunk_size: usize,
    chunks_per_shard: usize,
}

/// Chunk of content. All chunks are full except the last one.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// Index of the chunk's shard in the object.
    pub shard: usize,
    /// Content, never empty.
    pub bytes: Bytes,
}

#[derive(Debug, thiserror::Error)]
#[error("the shard size of {shard_size} bytes is not a multiple of the chunk size of {chunk_size} bytes")]
pub struct UnevenShard {
    shard_size: usize,
    chunk_size: usize,
}

#[component]
impl Chunker {
    pub fn new(config: &Config) -> Result<Self, UnevenShard> {
        let &Config { chunk_size, shard_size, .. } = config;
        if chunk_size == 0 || shard_size == 0 || !shard_size.is_multiple_of(chunk_size) {
            return Err(UnevenShard { shard_size, chunk_size });
        }
        Ok(Chunker { chunk_size, chunks_per_shard: shard_size / chunk_size })
    }

    /// Returns the chunks of `content`. The stream ends at the first error.
    pub fn chunks(&self, content: ByteStream) -> BoxStream<'static, io::Result<Chunk>> {
        let &Chunker { chunk_size, chunks_per_shard } = self;
        let splitter = Splitter { content, rest: Bytes::new() };
        let bytes = try_unfold(splitter, move |splitter| splitter.next(chunk_size));
        let numbered = bytes
            .enumerate()
            .map(move |(index, bytes)| bytes.map(|bytes| Chunk { shard: index / chunks_per_shard, bytes }));
        numbered.boxed()
    }
}

/// Content, and the bytes that were read but not yet returned.
struct Splitter {
    content: ByteStream,
    rest: Bytes,
}

impl Splitter {
    /// Returns the next `size` bytes, or the remaining bytes, or `None` at the end.
    async fn next(mut self, size: usize) -> io::Result<Option<(Bytes, Splitter)>> {
        if self.rest.len() < size {
            let mut buffer = BytesMut::from(self.rest);
            while buffer.len() < size
                && let Some(more) = self.content.try_next().await?
            {
                buffer.extend_from_slice(&more);
            }
            self.rest = buffer.freeze();
        }
        let next = self.rest.split_to(size.min(self.rest.len()));
        Ok((!next.is_empty()).then_some((next, self)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use di_core::BuildError;

    use super::*;
    use crate::storage::Storage;

    fn config() -> Arc<Config> {
        Arc::new(Config { chunk_size: 4, shard_size: 8, ..Config::new("unused") })
    }

    fn chunk(shard: usize, bytes: &'static str) -> Chunk {
        Chunk { shard, bytes: bytes.into() }
    }

    #[tokio::test]
    async fn chunks_are_full_however_the_content_is_split() -> Result<(), BuildError> {
        let chunker: Arc<Chunker> = Storage::slice().with_config(config()).get().await?;
        let content =
            testkit::stream::script().items(["ab", "", "cdefghij", "k"].map(|bytes| Ok(Bytes::from(bytes)))).end();
        let chunks: Vec<_> = chunker.chunks(content.boxed()).try_collect().await.unwrap();
        assert_eq!(chunks, [chunk(0, "abcd"), chunk(0, "efgh"), chunk(1, "ijk")]);
        Ok(())
    }

    #[tokio::test]
    async fn an_error_in_the_content_ends_the_chunks() -> Result<(), BuildError> {
        let chunker: Arc<Chunker> = Storage::slice().with_config(config()).get().await?;
        let content = testkit::stream::script().item(Ok("abcdef".into())).error(io::Error::other("cut off"));
        let mut chunks = chunker.chunks(content.boxed());
        assert_eq!(chunks.try_next().await.unwrap(), Some(chunk(0, "abcd")));
        assert_eq!(chunks.try_next().await.unwrap_err().to_string(), "cut off");
        Ok(())
    }

    #[tokio::test]
    async fn a_shard_size_that_is_not_a_multiple_of_the_chunk_size_is_rejected() {
        let config = Config { chunk_size: 3, shard_size: 8, ..Config::new("unused") };
        let error = Storage::slice().with_config(Arc::new(config)).get::<Arc<Chunker>>().await.err().unwrap();
        let text = format!("{error:?}");
        assert!(text.contains("is not a multiple of the chunk size"), "{text}");
    }
}

//! An `async_trait` method for each byte: each call is an allocation.
//!
//! Barbara's checksum reads a source byte by byte, by a trait, so that a test can put another source in its place. A profile of
//! production shows `malloc` and `free`, and hardly any checksum.
//!
//! An `async fn` of a `#[async_trait]` returns a `Pin<Box<dyn Future>>`, made anew by each call. That is nothing beside a disk or
//! a network, and much beside a byte that is there already.
//!
//! What finds it: a measurement of the same thing done in other ways, in one run. What mends it: fewer calls, each for more, by
//! the same trait; this is nearly always enough. Where it must be a call for each byte, a `poll` method has no box, and is
//! hand-written, with all that this brings.

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use async_trait::async_trait;
use futures_util::FutureExt;

use crate::{Chapter, Source as File, Verdict};

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "slow_async_trait",
    pitfall: "a checksum spends its time in `malloc`: an `async_trait` call for each byte is a box for each byte",
    mend: "Call it for a chunk and not for a byte. Only where that cannot be: a `poll` method, by hand.",
    source: File { file: file!(), text: include_str!("slow_async_trait.rs") },
    uncompiled: None,
    wrong: || Verdict::wrong(measured(&[0, 1, 2])),
    right: || Verdict::right(measured(&[2, 1, 0])),
};

mod wrong {
    use super::*;

    #[async_trait]
    pub(super) trait Source: Send {
        async fn next_byte(&mut self) -> Option<u8>; // a box for each
    }

    pub(super) async fn checksum(source: &mut dyn Source) -> u32 {
        let mut sum = 0_u32;
        while let Some(byte) = source.next_byte().await {
            sum = sum.wrapping_mul(31).wrapping_add(byte.into());
        }
        sum
    }
}

mod right {
    use super::*;

    #[async_trait]
    pub(super) trait Source: Send {
        async fn next_chunk(&mut self) -> Option<&[u8]>;
    }

    pub(super) async fn checksum(source: &mut dyn Source) -> u32 {
        let mut sum = 0_u32;
        while let Some(chunk) = source.next_chunk().await {
            for &byte in chunk {
                sum = sum.wrapping_mul(31).wrapping_add(byte.into());
            }
        }
        sum
    }
}

/// The same by hand.
trait PollSource: Send {
    fn poll_byte(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u8>>;
}

async fn polled_checksum(source: &mut (dyn PollSource + Unpin)) -> u32 {
    let mut sum = 0_u32;
    while let Some(byte) = std::future::poll_fn(|context| Pin::new(&mut *source).poll_byte(context)).await {
        sum = sum.wrapping_mul(31).wrapping_add(byte.into());
    }
    sum
}

static FILE: [u8; 100_000] = [7; 100_000];

const CHUNK: usize = 4_096;

/// What is left of the file.
struct Left(&'static [u8]);

impl Left {
    fn byte(&mut self) -> Option<u8> {
        let (byte, left) = self.0.split_first()?;
        self.0 = left;
        Some(*byte)
    }

    fn chunk(&mut self) -> Option<&'static [u8]> {
        let (chunk, left) = self.0.split_at(CHUNK.min(self.0.len()));
        self.0 = left;
        (!chunk.is_empty()).then_some(chunk)
    }
}

#[async_trait]
impl wrong::Source for Left {
    async fn next_byte(&mut self) -> Option<u8> {
        self.byte()
    }
}

#[async_trait]
impl right::Source for Left {
    async fn next_chunk(&mut self) -> Option<&[u8]> {
        self.chunk()
    }
}

impl PollSource for Left {
    fn poll_byte(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<u8>> {
        Poll::Ready(self.byte())
    }
}

/// How a checksum is made, and what of.
type Way = (&'static str, fn() -> Option<u32>);

/// The ways to read it.
const WAYS: [Way; 3] = [
    ("`async_trait`, a call for each byte", || wrong::checksum(&mut Left(&FILE)).now_or_never()),
    ("`poll` by hand, a call for each byte", || polled_checksum(&mut Left(&FILE)).now_or_never()),
    ("`async_trait`, a call for each chunk", || right::checksum(&mut Left(&FILE)).now_or_never()),
];

/// How long these ways take, beside the last of them.
fn measured(ways: &[usize]) -> String {
    // In turn, and the fastest of each: whatever else runs on this machine only adds.
    let mut fastest = [f64::MAX; WAYS.len()];
    for _round in 0..7 {
        for &way in ways {
            let begun = Instant::now();
            black_box(WAYS[way].1());
            fastest[way] = fastest[way].min(begun.elapsed().as_secs_f64() * 1e9 / FILE.len() as f64);
        }
    }
    let line = |&way: &usize| {
        let time = fastest[way];
        let ratio = time / fastest[2];
        format!("{:<38} {time:>6.1} ns a byte, {ratio:>5.2} times as long as by chunks\n", WAYS[way].0)
    };
    let without_optimizations = if cfg!(debug_assertions) { "without optimizations; `--release` has them\n" } else { "" };
    ways.iter().map(line).chain([without_optimizations.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_come_to_the_same() {
        let sums = WAYS.map(|(_, sum)| sum().expect("nothing is waited for"));
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
    }

    #[test]
    fn each_call_is_a_box() {
        use wrong::Source;
        let mut left = Left(&FILE);
        let boxed: Pin<Box<dyn Future<Output = Option<u8>> + Send + '_>> = left.next_byte();
        assert!(size_of_val(&*boxed) > 0, "there is something in it, which is allocated");
    }
}

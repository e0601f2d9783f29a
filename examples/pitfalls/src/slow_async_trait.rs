//! An `async_trait` method that is called for each byte: each call allocates.
//!
//! Barbara's checksum reads a source byte by byte, through a trait, which a test can implement. A profile of the
//! service shows mostly `malloc` and `free`, and hardly any checksum.
//!
//! An `async fn` in an `#[async_trait]` returns a `Pin<Box<dyn Future>>`, which each call allocates. That is nothing
//! compared to a disk or network access, and a lot compared to a byte that is already in memory.
//!
//! Detection: a benchmark that compares several variants in one run.
//!
//! Fix: make fewer calls that each do more, through the same trait. This is nearly always enough. If each byte needs
//! its own call, a `poll` method avoids the box, but it must be written by hand, with all the pitfalls of doing so.

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use async_trait::async_trait;
use futures_util::FutureExt;

use crate::{Chapter, Report, Source as File};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "slow_async_trait",
    pitfall: "a checksum spends its time in `malloc`: an `async_trait` call per byte is an allocation per byte",
    fix: "Call it once per chunk, not once per byte. Only if that is not possible, write a `poll` method by hand.",
    source: File { file: file!(), text: include_str!("slow_async_trait.rs") },
    uncompiled: None,
    run_wrong: || Report::failed(measure(&[0, 1, 2])),
    run_fixed: || Report::passed(measure(&[2, 1, 0])),
};

mod wrong {
    use super::*;

    #[async_trait]
    pub(super) trait Source: Send {
        async fn next_byte(&mut self) -> Option<u8>; // allocates a box per byte
    }

    pub(super) async fn checksum(source: &mut dyn Source) -> u32 {
        let mut sum = 0_u32;
        while let Some(byte) = source.next_byte().await {
            sum = sum.wrapping_mul(31).wrapping_add(byte.into());
        }
        sum
    }
}

mod fixed {
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

/// The same trait with a hand-written `poll` method.
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

/// Part of the file that has not been read.
struct Remaining(&'static [u8]);

impl Remaining {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn chunk(&mut self) -> Option<&'static [u8]> {
        let (chunk, rest) = self.0.split_at(CHUNK.min(self.0.len()));
        self.0 = rest;
        (!chunk.is_empty()).then_some(chunk)
    }
}

#[async_trait]
impl wrong::Source for Remaining {
    async fn next_byte(&mut self) -> Option<u8> {
        self.byte()
    }
}

#[async_trait]
impl fixed::Source for Remaining {
    async fn next_chunk(&mut self) -> Option<&[u8]> {
        self.chunk()
    }
}

impl PollSource for Remaining {
    fn poll_byte(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<u8>> {
        Poll::Ready(self.byte())
    }
}

/// Label of a variant, and the function that computes the checksum with it.
type Variant = (&'static str, fn() -> Option<u32>);

/// Variants that are compared.
const VARIANTS: [Variant; 3] = [
    ("`async_trait`, one call per byte", || wrong::checksum(&mut Remaining(&FILE)).now_or_never()),
    ("hand-written `poll`, one call per byte", || polled_checksum(&mut Remaining(&FILE)).now_or_never()),
    ("`async_trait`, one call per chunk", || fixed::checksum(&mut Remaining(&FILE)).now_or_never()),
];

/// Measures the variants, and compares each with the last of `VARIANTS`.
fn measure(variants: &[usize]) -> String {
    // The variants take turns, and the fastest round of each counts: other load on the machine only adds time.
    let mut fastest = [f64::MAX; VARIANTS.len()];
    for _round in 0..7 {
        for &variant in variants {
            let start = Instant::now();
            black_box(VARIANTS[variant].1());
            fastest[variant] = fastest[variant].min(start.elapsed().as_secs_f64() * 1e9 / FILE.len() as f64);
        }
    }
    let line = |&variant: &usize| {
        let time = fastest[variant];
        let ratio = time / fastest[2];
        format!("{:<38} {time:>6.1} ns per byte, {ratio:>5.2} times as long as per chunk\n", VARIANTS[variant].0)
    };
    let without_optimizations = if cfg!(debug_assertions) {
        "without optimizations: run with `--release` for representative numbers\n"
    } else {
        ""
    };
    variants.iter().map(line).chain([without_optimizations.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_variants_compute_the_same_checksum() {
        let sums = VARIANTS.map(|(_, sum)| sum().expect("the source is always ready"));
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
    }

    #[test]
    fn each_call_allocates_a_box() {
        use wrong::Source;
        let mut rest = Remaining(&FILE);
        let boxed: Pin<Box<dyn Future<Output = Option<u8>> + Send + '_>> = rest.next_byte();
        assert!(size_of_val(&*boxed) > 0, "a box with content is allocated");
    }
}

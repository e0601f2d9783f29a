//! Pitfalls of async Rust, one per module, after the async working group's story "Status quo of an AWS engineer".
//!
//! Alan comes from Java and writes distridata, which replicates objects to storage hosts. Barbara has written Rust for
//! years and helps. Each chapter has the code as first written, a test that finds the bug, and the fix.
//! `tests/snapshots` holds the reports of the failing runs; `cargo run -p pitfalls -- deadlock` produces one live.

mod chapter;
pub mod cli;
pub mod render;
mod report;
mod source;

pub use chapter::Chapter;
pub use report::{Report, SCHEDULES};
pub use source::{Excerpt, Source};

/// Declares the chapters, in reading order.
macro_rules! chapters {
    ($($name:ident,)*) => {
        $(pub mod $name;)*

        /// All chapters, in reading order.
        pub const CHAPTERS: &[Chapter] = &[$($name::CHAPTER,)*];
    };
}

chapters! {
    deadlock,
    missed_waker,
    starving_buffer,
    cancellation,
    hanging_test,
    flaky_test,
    hand_written_stream,
    errors_in_streams,
    sequential_loop,
    borrow_across_await,
    generics,
    simworld,
    large_futures,
    slow_async_trait,
    deploy,
}

//! The pitfalls of the async working group's story "Status quo of an AWS engineer", one a module.
//!
//! Alan comes from Java and writes distridata, which replicates objects to storage hosts; Barbara has written Rust for years,
//! and helps him. Each chapter has the code as it was written, the test that finds what is wrong, and what mends it. The
//! report of the failing run is in `tests/snapshots`, and `cargo run -p pitfalls -- deadlock` makes it live.

mod chapter;
pub mod cli;
mod source;
pub mod telling;
mod verdict;

pub use chapter::Chapter;
pub use source::{Excerpt, Source};
pub use verdict::{SCHEDULES, Verdict};

/// A line is the name of a module, in the order in which they are told.
macro_rules! chapters {
    ($($name:ident,)*) => {
        $(pub mod $name;)*

        /// All chapters, in the order in which they are told.
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
    loop_not_parallel,
    borrow_across_await,
    generics,
    simworld,
    large_futures,
    slow_async_trait,
    deploy,
}

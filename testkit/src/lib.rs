//! Deterministic tests of async Rust services. [`guide`] begins with a first test.
//!
//! - [`#[testkit::test]`](macro@test): a test that runs under many schedules, on virtual time. A test that fails, fails
//!   again; a hang is a report.
//! - [`Sim`]: the simulation that it runs in. [`Explorer`]: the same as a value.
//! - [`MockClock`]: a clock that is moved by hand, for any runtime.
//! - [`fault::on`]: a real component whose calls fail, are late, and are written down.
//! - [`io::duplex`]: a connection in memory, with what a real one has. [`chaos()`]: short reads, spurious `Pending`, delays
//!   and errors around any stream, sink, reader or writer.
//! - [`net`]: hosts by name and TCP between them, with latency, loss and partitions.
//! - [`cancel::at_every_await`]: what a future leaves behind that is dropped, at each of its awaits in turn.
//! - [`laws`](mod@laws): what hand-written futures, streams, sinks, readers and writers must do.
//! - [`linearizability`]: whether a component that several use at once does as one that does one operation after the other.
//! - [`graph::assert_golden`]: the wiring of a container, kept in the repository.
//! - [`stream::script`], [`sink::script`], [`io::script`]: the other end by script, which reports what did not happen.
//!   [`stream::channel`]: a stream that the test pushes into.
//! - [`Gate`]: a place where what is tested waits until the test lets it go on.
//!
//! Mocks of traits are [mockall](https://docs.rs/mockall)'s, with [`mock`] for answers that take their time; a slice of a
//! container (`di-core`) puts them in their places.
//!
//! # A test
//!
//! ```test_harness
//! use std::sync::Arc;
//! use tokio::sync::Mutex;
//! use testkit::Sim;
//!
//! #[testkit::test]
//! # #[should_panic(expected = "preempted `deposit`")]
//! async fn no_deposit_is_lost(sim: Sim) {
//!     let account = Arc::new(Mutex::new(0));
//!     let deposits: Vec<_> = (0..2)
//!         .map(|_| {
//!             let account = account.clone();
//!             sim.spawn("deposit", async move {
//!                 let balance = *account.lock().await;
//!                 *account.lock().await = balance + 1; // somebody may come between
//!             })
//!         })
//!         .collect();
//!     for deposit in deposits {
//!         deposit.await.unwrap();
//!     }
//!     assert_eq!(*account.lock().await, 2);
//! }
//! ```
//!
//! It fails, and says which choices it takes:
//!
//! ```text
//! panic: task 0 `main` panicked at src/account.rs:20:5: assertion `left == right` failed
//!   left: 1
//!  right: 2
//!   schedule 5 of 200; 11 choices shrunk to 1:
//!     step 2  preempted `deposit` at account.rs:12
//!   coverage  5 of 5 schedules were distinct
//!   replay    TESTKIT_REPLAY='v1:f88bb8a8;p1.0.0=1' cargo test no_deposit_is_lost
//! ```
//!
//! # Inputs
//!
//! A parameter that is marked `#[scheduler(..)]` is an input, which proptest makes. Input and schedule are made small together:
//!
//! ```test_harness
//! use std::sync::Arc;
//! use proptest::collection::vec;
//! use testkit::Sim;
//! use tokio::sync::Mutex;
//!
//! #[testkit::test]
//! # #[should_panic(expected = "simplified:\n    deposits = [\n        1,\n        1,\n    ]\n")]
//! async fn no_deposit_is_lost(sim: Sim, #[strategy(vec(1..100_u32, 1..20))] deposits: Vec<u32>) {
//!     let account = Arc::new(Mutex::new(0));
//!     let expected: u32 = deposits.iter().sum();
//!     let deposits: Vec<_> = deposits
//!         .into_iter()
//!         .map(|deposit| {
//!             let account = account.clone();
//!             sim.spawn("deposit", async move {
//!                 let balance = *account.lock().await;
//!                 *account.lock().await = balance + deposit;
//!             })
//!         })
//!         .collect();
//!     for deposit in deposits {
//!         deposit.await.unwrap();
//!     }
//!     assert_eq!(*account.lock().await, expected);
//! }
//! ```
//!
//! ```text
//! panic: task 0 `main` panicked at src/account.rs:23:5: assertion `left == right` failed
//!   left: 1
//!  right: 2
//!   input 1 of 64, simplified:
//!     deposits = [
//!         1,
//!         1,
//!     ]
//!   schedule 3 of 25; 9 choices shrunk to 1:
//!     step 2  preempted `deposit` at account.rs:15
//!   replay    TESTKIT_REPLAY='v1:b382a305;p1.0.0=1;input=e220a8397b1dcdaf.41008' cargo test no_deposit_is_lost
//! ```
//!
//! What fails is kept where proptest keeps it, beside the source, and comes first the next time. How inputs and schedules are
//! divided up says [`Property`].
//!
//! # Features
//!
//! - `tracing`: `SimTime`, which gives events of tracing the virtual time and the task; `TimelineLayer`, which puts them into
//!   timelines.
//! - `interpose` (Linux and macOS): std's `Instant::now` and `SystemTime::now`, the order of its hash maps, and the operating
//!   system's randomness are the simulation's inside of one, and real on all other threads. What macOS needs is written and
//!   compiles, but nobody has run it on a Mac yet.
//!
//! # What runs inside
//!
//! Unmodified code of `tokio::time`, `tokio::sync`, `futures` and `tokio_stream`. Tasks spawned by [`Sim::spawn`], by a
//! `Spawner` or by `di_core::task` run one at a time, in any order; those of `tokio::spawn` itself in the order of their
//! wakes. A task is preempted between its awaits, and, as tokio itself may do, at an operation of tokio that would complete.
//! Time passes when nothing else can: an hour takes microseconds.
#![deny(missing_docs)]

extern crate self as testkit;

#[cfg(all(feature = "interpose", not(any(target_os = "linux", target_os = "macos"))))]
compile_error!("the feature `interpose` of testkit is there on Linux and macOS only");

mod checks;
mod executor;
mod explorer;
mod failure;
mod fakes;
pub mod guide;
mod harness;
mod internal;
#[cfg(all(feature = "interpose", any(target_os = "linux", target_os = "macos")))]
mod interpose;
mod property;
mod report;
mod schedule;
mod scheduler;
mod sim;
mod trace;
#[cfg(feature = "tracing")]
pub mod tracing;

pub use checks::{cancel, graph, laws, linearizability};
pub use di_macros::test;
pub use explorer::Explorer;
pub use failure::{Choice, Coverage, Failure, FailureKind, Outcome};
pub use fakes::chaos::chaos;
pub use fakes::clock::MockClock;
pub use fakes::gate::Gate;
pub use fakes::{chaos, fault, io, mock, net, sink, stream};
pub use property::Property;
pub use schedule::Schedule;
pub use scheduler::Scheduler;
pub use sim::Sim;

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// Types that methods of this crate take and return, and that few tests name.
pub mod types {
    pub use crate::explorer::IntoTestResult;
    pub use crate::report::Timeline;
    pub use crate::schedule::ScheduleError;
    pub use crate::trace::{TaskSnapshot, TaskState};
}

/// What `#[testkit::test]` expands to. Not part of the public API: it may change in any release.
#[doc(hidden)]
pub mod codegen {
    pub use crate::harness::{run_property, run_test, strategy_of};
}

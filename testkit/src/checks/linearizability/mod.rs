//! Linearizability: whether concurrent calls to a component behave as if they were made one after another.
//!
//! A model defines the effect and the response of each operation. It is a proptest state machine that also returns
//! responses.
//!
//! The check generates small programs, each a list of operations for every client. The clients call the real component
//! concurrently, under many schedules. For each run, the check looks for an order of the operations in which the model
//! returns the same responses. The order must respect time: an operation that returned before another was called comes
//! first (Herlihy and Wing 1990, "Linearizability: a correctness condition for concurrent objects").
//!
//! ```test_harness
//! use std::sync::Arc;
//!
//! use proptest::prelude::*;
//! use testkit::linearizability::{self, Model, ReferenceStateMachine};
//! use tokio::sync::Mutex;
//!
//! /// Takes this many pieces. Returns whether there were enough.
//! #[derive(Clone, Debug)]
//! struct Take(u32);
//!
//! /// The model. Its state is the number of pieces left.
//! struct Stock;
//!
//! impl ReferenceStateMachine for Stock {
//!     type State = u32;
//!     type Transition = Take;
//!
//!     fn init_state() -> BoxedStrategy<u32> {
//!         (0_u32..10).boxed()
//!     }
//!
//!     fn transitions(_: &u32) -> BoxedStrategy<Take> {
//!         (1_u32..5).prop_map(Take).boxed()
//!     }
//!
//!     fn apply(left: u32, Take(pieces): &Take) -> u32 {
//!         left.checked_sub(*pieces).unwrap_or(left)
//!     }
//! }
//!
//! impl Model for Stock {
//!     type Response = bool;
//!
//!     fn respond(left: &u32, Take(pieces): &Take) -> bool {
//!         left >= pieces
//!     }
//! }
//!
//! /// The component.
//! struct Warehouse {
//!     left: Mutex<u32>,
//! }
//!
//! impl Warehouse {
//!     async fn take(&self, pieces: u32) -> bool {
//!         let left = *self.left.lock().await;
//!         if left < pieces {
//!             return false;
//!         }
//!         *self.left.lock().await = left - pieces; // bug: another task may run in between
//!         true
//!     }
//! }
//!
//! #[test]
//! # #[should_panic(expected = "no order of the 2 operations explains the responses")]
//! fn nothing_is_sold_twice() {
//!     linearizability::check::<Stock>()
//!         .clients(2)
//! #       .config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })
//!         .assert(
//!             |_, left| async move { Arc::new(Warehouse { left: Mutex::new(left) }) },
//!             |warehouse, Take(pieces)| async move { warehouse.take(pieces).await },
//!         );
//! }
//! ```
//!
//! The check fails and shows the smallest failing program that it found, with one line for each client and time running
//! to the right:
//!
//! ```text
//! not linearizable: no order of the 2 operations explains the responses
//!   initially  2
//!   client 1   |-- Take(2) -> true --|
//!   client 2     |-- Take(1) -> true --|
//!   in order   Take(2) -> true: the state is 0
//!   next       Take(1) of client 2 returned true; the model returns false
//!   schedule 11 of 20; 12 choices shrunk to 1:
//!     step 4  preempted `client 1` at warehouse.rs:46
//!   coverage  11 of 11 schedules were distinct
//!   program   5 of 256; 6 operations shrunk to 2:
//!             Program::new(2).client([Take(2)]).client([Take(1)])
//!   replay    TESTKIT_REPLAY='v1:4e396b76;p1.1.0=1' cargo test, with this program passed to `only`
//! ```
//!
//! Proptest saves failing programs, so the next run starts with this one. It can also become a regression test:
//! `linearizability::check().only(Program::new(2).client([Take(2)]).client([Take(1)])).assert(..)`.
//!
//! Operations interleave wherever the simulation can switch tasks: at awaits and at tokio operations. An operation
//! without an await is one step. To check atomics shared between threads, use loom or shuttle.
//!
//! An operation can be cancelled, time out, or fail without revealing whether it took effect. Its answer is then
//! [`Answer::Unknown`]. [`Check::timeout`] produces this answer for operations that take too long. The following code
//! produces it for operations that are dropped at any await:
//!
//! ```text
//! |store, operation| async move {
//!     let calling = Sim::current().cancel_anywhere(store.call(operation));
//!     calling.await.map_or(Answer::Unknown, Answer::Returned)
//! }
//! ```
//!
//! [`History`] checks operations that were recorded elsewhere.

mod check;
mod history;
mod model;
mod not_linearizable;
mod order;
mod outcome;
mod program;
mod report;
mod run;
mod search;
mod strategy;
mod timeline;

pub use check::Check;
pub use history::{Call, History};
pub use model::{Answer, Model};
pub use not_linearizable::NotLinearizable;
pub use outcome::{Failure, Outcome};
pub use program::Program;
pub use proptest_state_machine::ReferenceStateMachine;

/// Creates a check of a component against a model. By default, it runs up to 256 programs for 3 clients, each under 20
/// schedules.
pub fn check<M: Model>() -> Check<M> {
    Check::new()
}

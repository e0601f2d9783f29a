//! Linearizability: whether a component that several use at once does as one that does one operation after the other.
//!
//! A model says what each operation does and returns; it is proptest's state machine, with a response. The check makes small
//! programs, an operation list for each of several clients, has the clients call the real component at once, under many
//! schedules, and looks for an order of the operations in which the model returns the same. It is one that takes the time
//! into account: what has returned comes before what is called later (Herlihy and Wing 1990, "Linearizability: a correctness
//! condition for concurrent objects").
//!
//! ```test_harness
//! use std::sync::Arc;
//!
//! use proptest::prelude::*;
//! use testkit::linear::{self, Model, ReferenceStateMachine};
//! use tokio::sync::Mutex;
//!
//! /// Takes so many pieces, and tells whether there were enough.
//! #[derive(Clone, Debug)]
//! struct Take(u32);
//!
//! /// The model: the state is how many there are.
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
//!         *self.left.lock().await = left - pieces; // somebody may come between
//!         true
//!     }
//! }
//!
//! #[test]
//! # #[should_panic(expected = "no order of these 2 operations gives what they returned")]
//! fn nothing_is_sold_twice() {
//!     linear::check::<Stock>()
//!         .clients(2)
//! #       .config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })
//!         .assert(
//!             |_, left| async move { Arc::new(Warehouse { left: Mutex::new(left) }) },
//!             |warehouse, Take(pieces)| async move { warehouse.take(pieces).await },
//!         );
//! }
//! ```
//!
//! It fails, and shows the smallest program that was found to, with a line for each client, and time going to the right:
//!
//! ```text
//! not linearizable: no order of these 2 operations gives what they returned
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
//!   replay    TESTKIT_REPLAY='v1:4e396b76;p1.1.0=1' cargo test, once the check has this program by `only`
//! ```
//!
//! The next run has it first, since proptest keeps what has failed. What is behind a mistake may as well be a test of its
//! own: `linear::check().only(Program::new(2).client([Take(2)]).client([Take(1)])).assert(..)`.
//!
//! What may come between is what the simulation lets come between: other tasks, at awaits and at operations of tokio. An
//! operation without an await is one step. For what several threads do to atomics, use loom or shuttle.
//!
//! An operation that is cancelled, times out, or fails without telling whether it has had its effect, is answered by
//! [`Answer::Unknown`]. [`Check::timeout`] does so for what takes too long, and this for what is dropped at any await:
//!
//! ```text
//! |store, operation| async move {
//!     let calling = Sim::current().cancel_anywhere(store.call(operation));
//!     calling.await.map_or(Answer::Unknown, Answer::Returned)
//! }
//! ```
//!
//! [`History`] checks what was recorded elsewhere.

mod check;
mod history;
mod model;
mod order;
mod outcome;
mod program;
mod refused;
mod report;
mod run;
mod search;
mod strategy;
mod timeline;

pub use check::Check;
pub use history::{Call, History};
pub use model::{Answer, Model};
pub use outcome::{Failure, Outcome};
pub use program::Program;
pub use proptest_state_machine::ReferenceStateMachine;
pub use refused::NotLinearizable;

/// Begins to check a component against a model: up to 256 programs for 3 clients, each under 20 schedules.
pub fn check<M: Model>() -> Check<M> {
    Check::new()
}

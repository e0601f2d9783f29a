//! Tasks where no constructor is at hand: tokio's shapes, so that changing an import is all it takes.
//!
//! In production these are tokio's tasks, at the price of reading one thread-local. Inside a simulation of `testkit` they
//! are the simulation's, so that it decides which of them runs when. What has a constructor takes an
//! [`Arc<dyn Spawner>`](crate::ambient::Spawner) instead, and can be given another one.
//!
//! ```
//! use di_core::task::{self, JoinSet};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let answer = task::spawn(async { 6 * 7 });
//! assert_eq!(answer.await?, 42);
//!
//! let mut squares = JoinSet::new();
//! for number in 1..=3 {
//!     squares.spawn(async move { number * number });
//! }
//! let mut sum = 0;
//! while let Some(square) = squares.join_next().await {
//!     sum += square?;
//! }
//! assert_eq!(sum, 14);
//! # Ok::<(), task::JoinError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod join;
#[cfg(feature = "tokio")]
mod join_set;
mod parcel;
#[cfg(feature = "tokio")]
mod spawn;

pub use join::{AbortHandle, Join, JoinError, JoinHandle};
#[cfg(feature = "tokio")]
pub use join_set::JoinSet;
pub(crate) use parcel::Parcel;
#[cfg(feature = "tokio")]
pub use spawn::{Entered, enter, spawn, spawn_blocking};
#[cfg(feature = "tokio")]
pub use tokio::task::yield_now;

//! Tasks for code into which no `Spawner` can be injected, with tokio's API: only the import changes.
//!
//! In production these are tokio's tasks, at the cost of reading one thread-local. In a simulation of `testkit` they
//! are tasks of the simulation, which decides when each of them runs. Components take an [`Arc<dyn Spawner>`](Spawner)
//! instead, which a test can replace.
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

mod abort_handle;
#[cfg(feature = "tokio")]
pub(crate) mod generated;
mod join;
mod join_error;
mod join_handle;
#[cfg(feature = "tokio")]
mod join_set;
mod result_slot;
#[cfg(feature = "tokio")]
mod select;
#[cfg(feature = "tokio")]
mod spawn;
mod spawner;
mod task_control;
mod task_origin;

pub use abort_handle::AbortHandle;
pub use join::Join;
pub use join_error::JoinError;
pub use join_handle::JoinHandle;
#[cfg(feature = "tokio")]
pub use join_set::JoinSet;
#[cfg(feature = "tokio")]
pub use select::set_select_start;
#[cfg(feature = "tokio")]
pub use spawn::{Entered, enter, spawn, spawn_blocking};
#[cfg(feature = "tokio")]
pub(crate) use spawn::{spawn_named, try_spawn_named};
pub use spawner::Spawner;
pub use task_control::{TaskControl, TaskEnd};
pub use task_origin::TaskOrigin;
#[cfg(feature = "tokio")]
pub use tokio::task::yield_now;

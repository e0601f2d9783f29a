//! Tasks that the code under test spawns with `tokio::spawn`. `cargo testkit` compiles tokio with hooks, which pass
//! these tasks to the simulation. In an ordinary tokio, they are raw tasks.

#[cfg(testkit_tokio_hooks)]
mod hooked;
#[cfg(testkit_tokio_hooks)]
mod locks;
#[cfg(not(testkit_tokio_hooks))]
mod raw;

#[cfg(testkit_tokio_hooks)]
pub(crate) use hooked::{Entered, TokioTasks};
#[cfg(not(testkit_tokio_hooks))]
pub(crate) use raw::{Entered, TokioTasks};

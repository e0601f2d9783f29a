//! Ambient services as components: time, tasks, randomness, network and files.
//!
//! A constructor takes a service like any other dependency. The container gets the services from `Ambient`:
//!
//! | parameter | in production | field of `Ambient` |
//! |---|---|---|
//! | `Arc<dyn Clock>`: [`Clock`] | `TokioClock` | `clock` |
//! | `Arc<dyn Spawner>`: [`Spawner`] | `TokioSpawner` | `spawner` |
//! | `Arc<dyn Entropy>`: [`Entropy`] | `OsEntropy` | `entropy` |
//! | `Arc<dyn Network>`: `Network` | `TokioNetwork` | `network` |
//! | `Arc<dyn Disk>`: [`Disk`] | [`FileDisk`] | not part of it: a provider opens the disk in a directory |
//!
//! A test overrides a service like any other field, with `App::slice().with_clock(..)`, or in the module, with
//! `App::builder(..).ambient(|ambient| ambient.with_clock(..))`. `testkit::MockClock` is a clock that the test
//! advances.

mod clock;
mod disk;
mod entropy;
mod file_disk;
#[cfg(feature = "tokio")]
mod network;
#[cfg(feature = "tokio")]
mod tokio;

#[doc(inline)]
pub use crate::task::{JoinError, JoinHandle, Spawner, TaskControl, TaskEnd, TaskOrigin};
pub use clock::{Clock, Elapsed, Interval};
pub use disk::{Disk, path_components};
pub use entropy::{Entropy, EntropyRng};
pub use file_disk::FileDisk;
#[cfg(feature = "tokio")]
pub use network::{Connection, IoStream, Listener, Network};
#[cfg(feature = "tokio")]
pub use tokio::{Ambient, OsEntropy, TokioClock, TokioNetwork, TokioSpawner};

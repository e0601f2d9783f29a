//! Ambient services: what a service usually grabs from thin air, as components.

mod clock;
mod entropy;
#[cfg(feature = "tokio")]
mod network;
mod spawner;
#[cfg(feature = "tokio")]
mod tokio;

pub use crate::task::{JoinError, JoinHandle};
pub use clock::{Clock, Elapsed, Interval};
pub use entropy::{Entropy, EntropyRng};
#[cfg(feature = "tokio")]
pub use network::{Connection, IoStream, Listener, Network};
pub use spawner::{Spawner, TaskControl, TaskEnd, TaskOrigin};
#[cfg(feature = "tokio")]
pub use tokio::{Ambient, OsEntropy, TokioClock, TokioNetwork, TokioSpawner};

//! The method of [`Sim`] for its disks.

use super::SimDisk;
use crate::sim::Sim;

impl Sim {
    /// Returns the disk of the host `host`, which is empty at the start of the run. A component takes it as an
    /// `Arc<dyn Disk>`: `.with_disk(Arc::new(sim.disk("db")))`. The [module `disk`](crate::disk) describes its behavior.
    pub fn disk(&self, host: &str) -> SimDisk {
        SimDisk::of(*self, host)
    }
}

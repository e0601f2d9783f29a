//! The method of [`Sim`] for its disks, and the names of hosts.

use super::SimDisk;
use super::drive::Drives;
use crate::executor::World;
use crate::fakes::net::Host;
use crate::sim::Sim;

impl Sim {
    /// Returns the disk of a host, which is empty at the start of the run. The host is a [`Host`] or the name of one. A
    /// component takes the disk as an `Arc<dyn Disk>`: `.with_disk(Arc::new(sim.disk("db")))`. The
    /// [module `disk`](crate::disk) describes its behavior.
    pub fn disk(&self, host: impl HostName) -> SimDisk {
        SimDisk::of(*self, &host.host_name())
    }
}

/// A host or its name.
pub trait HostName {
    /// Returns the name of the host.
    fn host_name(&self) -> String;
}

impl HostName for &str {
    fn host_name(&self) -> String {
        (*self).to_owned()
    }
}

impl HostName for &String {
    fn host_name(&self) -> String {
        (*self).clone()
    }
}

impl HostName for Host {
    fn host_name(&self) -> String {
        self.name()
    }
}

impl HostName for &Host {
    fn host_name(&self) -> String {
        self.name()
    }
}

/// Crashes the disk of a host, if it has one.
pub(crate) fn crash(world: &World, host: &str) {
    if let Some(drives) = world.fakes.extension::<Drives>() {
        drives.crash(host);
    }
}

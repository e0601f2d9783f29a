//! Methods of [`Sim`] for its network and its ambient services.

use std::sync::Arc;

use di_core::ambient::{Ambient, Network};

use super::host::MAIN;
use super::{Host, Net};
use crate::sim::Sim;

impl Sim {
    /// Returns the network of the host `main`, the only host unless [`Sim::net`] adds others. It never accesses a real
    /// network.
    pub fn network(&self) -> Arc<dyn Network> {
        self.net().host(MAIN).network()
    }

    /// Returns the network of this simulation: hosts by name, latency, loss, partitions.
    pub fn net(&self) -> Net {
        Net::new(*self)
    }

    /// Returns the host `name` of the network, creating it on first use: [`net().host(name)`](Net::host).
    ///
    /// # Panics
    /// Panics if `name` is empty or contains `:`, or if there are more than 65,534 hosts.
    pub fn host(&self, name: &str) -> Host {
        self.net().host(name)
    }

    /// Returns all ambient services, to replace those of production:
    /// `App::builder(..).with_ambient(sim.ambient())`.
    pub fn ambient(&self) -> Ambient {
        Ambient { clock: self.clock(), spawner: self.spawner(), entropy: self.entropy(), network: self.network() }
    }
}

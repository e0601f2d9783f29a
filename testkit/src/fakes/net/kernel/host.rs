//! Hosts: their names and addresses.

use std::net::{IpAddr, Ipv4Addr};

use super::Kernel;

/// A host of the network.
pub(in crate::fakes::net) struct HostState {
    pub(in crate::fakes::net) name: String,
    /// Whether the host runs. One that does not neither sends nor receives.
    pub(in crate::fakes::net) is_up: bool,
    /// The next port that is tried for a socket without one.
    pub(super) next_port: u16,
}

/// First port for sockets without one, as on Linux.
pub(super) const FIRST_EPHEMERAL_PORT: u16 = 32_768;

/// Last port for sockets without one, as on Linux.
pub(super) const LAST_EPHEMERAL_PORT: u16 = 60_999;

/// Maximum number of hosts: their numbers are part of their addresses.
const MAX_HOSTS: usize = 65_534;

impl Kernel {
    /// Returns the number of the host `name`, adding the host if it is new.
    ///
    /// # Panics
    /// Panics if there are too many hosts.
    pub(in crate::fakes::net) fn host(&mut self, name: &str) -> usize {
        if let Some(number) = self.find_host(name) {
            return number;
        }
        assert!(self.hosts.len() < MAX_HOSTS, "a simulation has at most {MAX_HOSTS} hosts");
        self.hosts.push(HostState { name: name.to_owned(), is_up: true, next_port: FIRST_EPHEMERAL_PORT });
        self.hosts.len() - 1
    }

    /// Returns the number of the host `name`, if there is one.
    pub(in crate::fakes::net) fn find_host(&self, name: &str) -> Option<usize> {
        self.hosts.iter().position(|host| host.name == name)
    }

    /// Removes all sockets of a host, which is down from now on. If it `resets`, the other ends learn of it at once;
    /// otherwise only when they send something after its restart.
    pub(in crate::fakes::net) fn crash(&mut self, number: usize, resets: bool) {
        let sockets: Vec<_> = self.sockets_of(number).map(|(id, _)| id).collect();
        for &id in &sockets {
            if resets && self.link_of(id).is_some_and(|link| !link.is_loopback()) {
                self.reset_peer_of(id);
            }
        }
        for id in sockets {
            self.remove(id);
        }
        self.time_waits.forget(number);
        self.hosts[number].is_up = false;
    }

    /// Returns the address of a host.
    pub(in crate::fakes::net) fn address(number: usize) -> IpAddr {
        let [high, low] = (number as u16 + 1).to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(10, 0, high, low))
    }

    /// Returns the number of the host that has an address, loopback excluded.
    pub(in crate::fakes::net) fn host_at(&self, address: IpAddr) -> Option<usize> {
        let IpAddr::V4(address) = address else { return None };
        let [10, 0, high, low] = address.octets() else { return None };
        let number = usize::from(u16::from_be_bytes([high, low])).checked_sub(1)?;
        (number < self.hosts.len()).then_some(number)
    }

    /// Returns the name of the host at `address` as seen from `from`, or the address itself if no host has it.
    pub(in crate::fakes::net) fn name_at(&self, from: usize, address: IpAddr) -> String {
        let number = if address.is_loopback() { Some(from) } else { self.host_at(address) };
        number.map_or_else(|| address.to_string(), |number| self.hosts[number].name.clone())
    }
}

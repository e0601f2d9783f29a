//! State of a simulated network: hosts, links, and packets in flight.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::Waker;

use tokio::time::Instant;
use turmoil_net::{EnterGuard, HostId, KernelConfig, Net, Packet};

use super::flow::Flow;
use super::link::LinkRules;
use crate::sim::Decider;

/// Number of hosts that can be added after the first use of the network.
const SPARE_HOSTS: usize = 16;

/// One side of a connection: its local address and its peer's.
pub(super) type Side = (SocketAddr, SocketAddr);

/// The hosts, and the packets in flight between them.
pub(super) struct Wire {
    /// Host names, indexed by host number.
    pub(super) names: Vec<String>,
    /// Identifiers of all hosts, and of spare ones without a name yet. Empty before the first use of the network.
    pub(super) ids: Vec<HostId>,
    pub(super) guard: Option<EnterGuard>,
    pub(super) deciders: Deciders,
    pub(super) default: LinkRules,
    pub(super) links: BTreeMap<(usize, usize), LinkRules>,
    /// Time at which a cut of a link by the schedule ends.
    pub(super) cut_until: BTreeMap<(usize, usize), Instant>,
    /// Time at which a link has sent all earlier packets.
    pub(super) busy_until: BTreeMap<(usize, usize), Instant>,
    /// The flows by sender and receiver.
    pub(super) flows: BTreeMap<Side, Flow>,
    /// First packet of each flow that is not held up, ordered by arrival.
    pub(super) heads: BTreeSet<(Instant, u64, Side)>,
    /// Number of packets sent so far.
    pub(super) packets: u64,
    /// Whether sockets may have sent packets that are not collected yet.
    pub(super) is_dirty: bool,
    /// Waker of the delivery task.
    pub(super) waker: Option<Waker>,
    pub(super) egress: Vec<Packet>,
    /// The sides of connections that gave up.
    pub(super) timed_out: BTreeSet<Side>,
    /// Connection requests that were given up: the host number and the destination.
    pub(super) timed_out_requests: Vec<(usize, SocketAddr)>,
}

/// Decisions of the schedule about packets.
pub(super) struct Deciders {
    /// The latency of a packet.
    pub(super) latency: Decider,
    /// The next of the arrived packets to deliver.
    pub(super) order: Decider,
    /// The fate of a packet: delivered, lost, or a fault.
    pub(super) fate: Decider,
}

impl Deciders {
    #[track_caller]
    pub(super) fn new() -> Self {
        let decider = || Decider::new("a network");
        Deciders { latency: decider(), order: decider(), fate: decider() }
    }
}

impl Wire {
    pub(super) fn new(deciders: Deciders) -> Self {
        Wire {
            names: Vec::new(),
            ids: Vec::new(),
            guard: None,
            deciders,
            default: LinkRules::default(),
            links: BTreeMap::new(),
            cut_until: BTreeMap::new(),
            busy_until: BTreeMap::new(),
            flows: BTreeMap::new(),
            heads: BTreeSet::new(),
            packets: 0,
            is_dirty: false,
            waker: None,
            egress: Vec::new(),
            timed_out: BTreeSet::new(),
            timed_out_requests: Vec::new(),
        }
    }

    /// Returns the number of the host `name`, adding the host if it is new.
    ///
    /// # Panics
    /// If there are too many hosts.
    pub(super) fn host(&mut self, name: &str) -> usize {
        if let Some(number) = self.names.iter().position(|known| known == name) {
            return number;
        }
        assert!(
            self.guard.is_none() || self.names.len() < self.ids.len(),
            "there are {} hosts already: name further hosts with `net.host(..)` before the first connection",
            self.names.len()
        );
        self.names.push(name.to_owned());
        self.names.len() - 1
    }

    /// Returns the address of a host.
    pub(super) fn address(number: usize) -> IpAddr {
        let [high, low] = (number as u16 + 1).to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(10, 0, high, low))
    }

    pub(super) fn host_at(&self, address: IpAddr) -> usize {
        match address {
            IpAddr::V4(address) => {
                let [_, _, high, low] = address.octets();
                usize::from(u16::from_be_bytes([high, low])).saturating_sub(1)
            }
            IpAddr::V6(_) => usize::MAX,
        }
    }

    /// Returns the name of the host at `address`, or the address itself if no host has it.
    pub(super) fn name_at(&self, address: IpAddr) -> String {
        let number = self.host_at(address);
        match self.names.get(number) {
            Some(name) if Wire::address(number) == address => name.clone(),
            _ => address.to_string(),
        }
    }

    /// Makes the following socket operations happen at a host.
    pub(super) fn enter(&mut self, host: usize) {
        let Wire { names, ids, guard, .. } = self;
        let guard = guard.get_or_insert_with(|| {
            // The kernel must not retransmit by itself: it counts passes and not time. Its buffer takes everything that
            // is delivered.
            let config = KernelConfig::default().retx_threshold(u32::MAX).recv_buf_cap(usize::MAX / 2);
            let mut net = Net::with_config(config);
            *ids = (0..names.len() + SPARE_HOSTS).map(|number| net.add_host(Wire::address(number))).collect();
            net.enter()
        });
        guard.set_current(ids[host]);
    }

    /// Returns whether there may be sockets to close.
    pub(super) fn is_in_use(&self) -> bool {
        self.guard.is_some()
    }

    /// Records that a socket may have sent packets.
    pub(super) fn mark_sent(&mut self) {
        self.is_dirty = true;
        self.wake();
    }

    pub(super) fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Returns the rules for packets from one host to another.
    pub(super) fn rules(&self, from: usize, to: usize) -> &LinkRules {
        self.links.get(&(from, to)).unwrap_or(&self.default)
    }

    /// Changes the rules between two hosts in both directions, or those of all links if `between` is `None`.
    pub(super) fn change(&mut self, between: Option<(usize, usize)>, change: impl Fn(&mut LinkRules)) {
        match between {
            Some((first, second)) => {
                for link in [(first, second), (second, first)] {
                    change(self.links.entry(link).or_insert_with(|| self.default.clone()));
                }
            }
            None => {
                change(&mut self.default);
                self.links.values_mut().for_each(change);
            }
        }
    }

    /// Records that a side has read `count` bytes.
    pub(super) fn record_read(&mut self, (local, peer): Side, count: usize) {
        self.update_flow((peer, local), |flow| flow.record_read(count));
    }

    /// Records that a side no longer reads.
    pub(super) fn close_reader(&mut self, (local, peer): Side) {
        self.update_flow((peer, local), Flow::close);
    }

    fn update_flow(&mut self, side: Side, update: impl FnOnce(&mut Flow) -> bool) {
        if self.flows.get_mut(&side).is_some_and(update) {
            self.schedule_first(side);
            self.wake();
        }
    }

    /// Returns whether this side gave up the connection.
    pub(super) fn has_timed_out(&self, side: Side) -> bool {
        self.timed_out.contains(&side)
    }

    /// Removes a connection request that was given up. Returns whether there was one.
    pub(super) fn take_timed_out_request(&mut self, host: usize, peer: SocketAddr) -> bool {
        let found = self.timed_out_requests.iter().position(|request| *request == (host, peer));
        found.map(|at| self.timed_out_requests.swap_remove(at)).is_some()
    }
}

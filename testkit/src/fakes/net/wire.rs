//! State of a simulated network: hosts, links, and packets in flight.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::Waker;

use tokio::time::Instant;
use turmoil_net::{EnterGuard, HostId, KernelConfig, Net, Packet};

use super::flow::Flow;
use super::link::{LinkId, LinkRules};
use crate::sim::Decider;

/// Number of hosts that can be added after the first use of the network.
const SPARE_HOSTS: usize = 16;

/// One side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Side {
    pub(super) local: SocketAddr,
    pub(super) peer: SocketAddr,
}

impl Side {
    /// Returns the other side of the connection.
    pub(super) fn other(self) -> Self {
        Side { local: self.peer, peer: self.local }
    }
}

/// First packet of a flow. Ordered by arrival, then by packet number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FirstPacket {
    pub(super) arrives: Instant,
    pub(super) number: u64,
    /// The sending side, which identifies the flow.
    pub(super) sender: Side,
}

/// Connection request of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConnectRequest {
    pub(super) host: usize,
    pub(super) peer: SocketAddr,
}

/// The hosts, and the packets in flight between them.
pub(super) struct Wire {
    /// Host names, indexed by host number.
    pub(super) names: Vec<String>,
    /// Identifiers of all hosts, and of spare ones without a name yet. Empty before the first use of the network.
    pub(super) ids: Vec<HostId>,
    pub(super) guard: Option<EnterGuard>,
    pub(super) deciders: Deciders,
    pub(super) default: LinkRules,
    pub(super) links: BTreeMap<LinkId, LinkRules>,
    /// Time at which a cut of a link by the schedule ends.
    pub(super) cut_until: BTreeMap<LinkId, Instant>,
    /// Time at which a link has sent all earlier packets.
    pub(super) busy_until: BTreeMap<LinkId, Instant>,
    /// The flows by sending side.
    pub(super) flows: BTreeMap<Side, Flow>,
    /// First packet of each flow, unless the flow waits for its receiver to read.
    pub(super) first_packets: BTreeSet<FirstPacket>,
    /// Number of packets sent so far.
    pub(super) packets: u64,
    /// Whether sockets may have sent packets that are not collected yet.
    pub(super) is_dirty: bool,
    /// Waker of the delivery task.
    pub(super) waker: Option<Waker>,
    pub(super) egress: Vec<Packet>,
    /// Sides on which a connection has timed out.
    pub(super) timed_out: BTreeSet<Side>,
    /// Connection requests that have timed out.
    pub(super) timed_out_requests: Vec<ConnectRequest>,
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
            first_packets: BTreeSet::new(),
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
    /// Panics if there are too many hosts.
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
            // The kernel must not retransmit by itself, because it counts passes instead of time. Its buffer is large
            // enough for everything that is delivered.
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

    /// Returns the rules of a link.
    pub(super) fn rules(&self, link: LinkId) -> &LinkRules {
        self.links.get(&link).unwrap_or(&self.default)
    }

    /// Changes the rules of a link in both directions, or those of all links if `link` is `None`.
    pub(super) fn change(&mut self, link: Option<LinkId>, change: impl Fn(&mut LinkRules)) {
        match link {
            Some(link) => {
                for link in [link, link.reverse()] {
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
    pub(super) fn record_read(&mut self, side: Side, count: usize) {
        self.update_flow(side.other(), |flow| flow.record_read(count));
    }

    /// Records that a side no longer reads.
    pub(super) fn close_reader(&mut self, side: Side) {
        self.update_flow(side.other(), Flow::close);
    }

    fn update_flow(&mut self, sender: Side, update: impl FnOnce(&mut Flow) -> bool) {
        if self.flows.get_mut(&sender).is_some_and(update) {
            self.schedule_first(sender);
            self.wake();
        }
    }

    /// Returns whether the connection has timed out on this side.
    pub(super) fn has_timed_out(&self, side: Side) -> bool {
        self.timed_out.contains(&side)
    }

    /// Removes a connection request that has timed out. Returns whether there was one.
    pub(super) fn take_timed_out_request(&mut self, request: ConnectRequest) -> bool {
        let found = self.timed_out_requests.iter().position(|timed_out| *timed_out == request);
        found.map(|at| self.timed_out_requests.swap_remove(at)).is_some()
    }
}

//! The state of a simulated network: hosts, links, and the packets under way between them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::Waker;

use tokio::time::Instant;
use turmoil_net::{EnterGuard, HostId, KernelConfig, Net, Packet};

use super::flow::Flow;
use super::link::LinkRules;
use crate::sim::Decider;

/// How many hosts there may be beside those that are named before the first use.
const SPARE: usize = 16;

/// A socket's side of a connection: where it is, and with whom it is connected.
pub(super) type Side = (SocketAddr, SocketAddr);

/// The hosts, and what goes between them.
pub(super) struct Wire {
    /// Names of hosts, whose numbers are their places.
    pub(super) names: Vec<String>,
    /// Of all hosts, and of more that have no name yet; once the network is in use.
    pub(super) ids: Vec<HostId>,
    pub(super) guard: Option<EnterGuard>,
    pub(super) deciders: Deciders,
    pub(super) default: LinkRules,
    pub(super) links: BTreeMap<(usize, usize), LinkRules>,
    /// Until when a link is cut by the schedule.
    pub(super) cut_until: BTreeMap<(usize, usize), Instant>,
    /// Until when a link is busy with what was sent before.
    pub(super) busy_until: BTreeMap<(usize, usize), Instant>,
    /// By sender and receiver.
    pub(super) flows: BTreeMap<Side, Flow>,
    /// When the first packet of a flow arrives, for each that has one and is not held up.
    pub(super) heads: BTreeSet<(Instant, u64, Side)>,
    /// How many packets there have been.
    pub(super) packets: u64,
    /// Whether sockets may have sent something.
    pub(super) is_dirty: bool,
    /// Of the task that delivers.
    pub(super) waker: Option<Waker>,
    pub(super) egress: Vec<Packet>,
    /// Connections that were given up, by the side that did.
    pub(super) timed_out: BTreeSet<Side>,
    /// Requests for connections that were given up: the host, and where it wanted to.
    pub(super) timed_out_requests: Vec<(usize, SocketAddr)>,
}

/// What the schedule decides of a packet.
pub(super) struct Deciders {
    /// How long it takes.
    pub(super) latency: Decider,
    /// Whether it is the next that is delivered.
    pub(super) order: Decider,
    /// What becomes of it.
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

    /// Number of the host of that name, which is added if there is none.
    ///
    /// # Panics
    /// If there are too many.
    pub(super) fn host(&mut self, name: &str) -> usize {
        if let Some(number) = self.names.iter().position(|known| known == name) {
            return number;
        }
        assert!(
            self.guard.is_none() || self.names.len() < self.ids.len(),
            "there are {} hosts already: name those behind them by `net.host(..)` before the first connection",
            self.names.len()
        );
        self.names.push(name.to_owned());
        self.names.len() - 1
    }

    /// The address of a host.
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

    /// Name of the host that has an address, and the address itself where none has.
    pub(super) fn name_at(&self, address: IpAddr) -> String {
        let number = self.host_at(address);
        match self.names.get(number) {
            Some(name) if Wire::address(number) == address => name.clone(),
            _ => address.to_string(),
        }
    }

    /// Has what follows happen at a host.
    pub(super) fn enter(&mut self, host: usize) {
        let Wire { names, ids, guard, .. } = self;
        let guard = guard.get_or_insert_with(|| {
            // It never sends again by itself, as it counts passes and not time, and has room for all that is delivered.
            let config = KernelConfig::default().retx_threshold(u32::MAX).recv_buf_cap(usize::MAX / 2);
            let mut net = Net::with_config(config);
            *ids = (0..names.len() + SPARE).map(|number| net.add_host(Wire::address(number))).collect();
            net.enter()
        });
        guard.set_current(ids[host]);
    }

    /// Whether there are any sockets to be closed.
    pub(super) fn is_in_use(&self) -> bool {
        self.guard.is_some()
    }

    /// A socket may have sent something.
    pub(super) fn has_sent(&mut self) {
        self.is_dirty = true;
        self.wake();
    }

    pub(super) fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// The rules from one host to another.
    pub(super) fn rules(&self, from: usize, to: usize) -> &LinkRules {
        self.links.get(&(from, to)).unwrap_or(&self.default)
    }

    /// Changes the rules between two hosts, in both directions; or, where none are named, of all links.
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

    /// So many bytes were read at a side.
    pub(super) fn has_read(&mut self, (local, peer): Side, count: usize) {
        self.goes_on((peer, local), |flow| flow.has_read(count));
    }

    /// Nobody reads at a side any more.
    pub(super) fn is_closed(&mut self, (local, peer): Side) {
        self.goes_on((peer, local), Flow::close);
    }

    fn goes_on(&mut self, side: Side, changes: impl FnOnce(&mut Flow) -> bool) {
        if self.flows.get_mut(&side).is_some_and(changes) {
            self.line_up(side);
            self.wake();
        }
    }

    /// Whether the connection was given up by this side.
    pub(super) fn has_timed_out(&self, side: Side) -> bool {
        self.timed_out.contains(&side)
    }

    /// Whether a request for a connection was given up.
    pub(super) fn takes_timed_out_request(&mut self, host: usize, peer: SocketAddr) -> bool {
        let found = self.timed_out_requests.iter().position(|request| *request == (host, peer));
        found.map(|at| self.timed_out_requests.swap_remove(at)).is_some()
    }
}

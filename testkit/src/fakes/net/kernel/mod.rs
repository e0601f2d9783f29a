//! The simulated kernel: the hosts of a run, their sockets, and the packets between them.
//!
//! Calls never wait. What becomes ready is collected, and announced to tasks and to `epoll` once the call has returned.

#![cfg_attr(
    not(all(feature = "interpose", target_os = "linux", target_pointer_width = "64")),
    allow(dead_code, reason = "only system calls use UDP and `epoll`")
)]

mod bind;
mod delivery;
mod errno;
#[cfg(all(feature = "interpose", target_os = "linux", target_pointer_width = "64"))]
mod facts;
mod host;
mod link;
mod packet;
mod readiness;
mod rows;
mod socket;
mod tcp;
mod time_wait;
mod timers;
mod udp;
#[cfg(all(feature = "interpose", target_os = "linux", target_pointer_width = "64"))]
mod unix;
mod wire;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Waker;

use tokio::time::Instant;

pub(super) use delivery::Delivery;
pub(super) use errno::Errno;
pub(super) use link::{LinkId, LinkRules};
pub(super) use readiness::Readiness;
pub(super) use socket::{Protocol, SocketId};
pub(super) use tcp::Directions;
#[cfg(all(feature = "interpose", target_os = "linux", target_pointer_width = "64"))]
pub(super) use unix::UnixNames;

use crate::sim::Decider;
use bind::PortKey;
use host::HostState;
use packet::{Arrival, Stray};
use socket::{Socket, Tcp};
use time_wait::TimeWaits;
use timers::Timer;

/// Shared by the users of the kernel: components of a simulated network, and system calls.
pub(super) type SharedKernel = Rc<RefCell<Kernel>>;

/// The kernel of a run, which all hosts share.
pub(super) struct Kernel {
    pub(super) hosts: Vec<HostState>,
    /// Sockets by number.
    sockets: Vec<Option<Box<Socket>>>,
    bound: BTreeMap<PortKey, Vec<SocketId>>,
    time_waits: TimeWaits,
    deciders: Deciders,
    default: LinkRules,
    links: BTreeMap<LinkId, LinkRules>,
    /// Time at which a cut of a link by the schedule ends.
    cut_until: BTreeMap<LinkId, Instant>,
    /// Time at which a link has sent all earlier packets.
    busy_until: BTreeMap<LinkId, Instant>,
    /// Packets that can arrive next: the first of each flow, and those that belong to none.
    arrivals: BTreeSet<Arrival>,
    strays: BTreeMap<u64, Stray>,
    timers: BTreeMap<(Instant, u64), Timer>,
    /// Number of packets sent so far between different hosts.
    packets: u64,
    /// Number of timers set so far.
    timer_count: u64,
    /// Waker of the task that delivers packets.
    network_waker: Option<Waker>,
    wakers: Vec<Waker>,
    touched: Vec<(i32, Readiness)>,
}

/// Decisions of the schedule about packets.
pub(super) struct Deciders {
    /// The latency of a packet.
    latency: Decider,
    /// The next of the arrived packets to deliver.
    order: Decider,
    /// The fate of a packet: delivered, lost, or a fault.
    fate: Decider,
}

impl Deciders {
    #[track_caller]
    pub(super) fn new() -> Self {
        let decider = || Decider::new("a network");
        Deciders { latency: decider(), order: decider(), fate: decider() }
    }
}

/// The tasks and files that a call of the kernel made ready. Announced when the kernel is no longer borrowed.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) wakers: Vec<Waker>,
    /// Numbers of the files of sockets, and what happened at them.
    pub(super) touched: Vec<(i32, Readiness)>,
}

impl Kernel {
    pub(super) fn new(deciders: Deciders) -> Self {
        Kernel {
            hosts: Vec::new(),
            sockets: Vec::new(),
            bound: BTreeMap::new(),
            time_waits: TimeWaits::default(),
            deciders,
            default: LinkRules::default(),
            links: BTreeMap::new(),
            cut_until: BTreeMap::new(),
            busy_until: BTreeMap::new(),
            arrivals: BTreeSet::new(),
            strays: BTreeMap::new(),
            timers: BTreeMap::new(),
            packets: 0,
            timer_count: 0,
            network_waker: None,
            wakers: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// Takes what was made ready since the last call.
    pub(super) fn take_effects(&mut self) -> Option<Effects> {
        if self.wakers.is_empty() && self.touched.is_empty() {
            return None;
        }
        Some(Effects { wakers: std::mem::take(&mut self.wakers), touched: std::mem::take(&mut self.touched) })
    }

    /// Opens a socket of a host.
    pub(super) fn open(&mut self, host: usize, protocol: Protocol) -> SocketId {
        self.insert(Socket::new(host, protocol))
    }

    fn insert(&mut self, socket: Socket) -> SocketId {
        self.sockets.push(Some(Box::new(socket)));
        SocketId(self.sockets.len() as u32 - 1)
    }

    fn socket(&self, id: SocketId) -> Option<&Socket> {
        self.sockets.get(id.0 as usize)?.as_deref()
    }

    fn socket_mut(&mut self, id: SocketId) -> Option<&mut Socket> {
        self.sockets.get_mut(id.0 as usize)?.as_deref_mut()
    }

    fn tcp_mut(&mut self, id: SocketId) -> Option<&mut Tcp> {
        self.socket_mut(id)?.tcp_mut()
    }

    /// Returns a socket that the application has not closed.
    fn open_socket(&mut self, id: SocketId) -> Result<&mut Socket, Errno> {
        self.socket_mut(id).filter(|socket| !socket.is_closed).ok_or(Errno::BadDescriptor)
    }

    /// Returns all sockets of a host, closed ones with a living connection included.
    fn sockets_of(&self, host: usize) -> impl Iterator<Item = (SocketId, &Socket)> {
        let numbered = self.sockets.iter().zip(0..);
        numbered.filter_map(move |(socket, id)| {
            socket.as_deref().filter(|socket| socket.host == host).map(|socket| (SocketId(id), socket))
        })
    }

    /// Removes a socket, and what it sent.
    fn remove(&mut self, id: SocketId) {
        self.clear_flow(id);
        self.release_port(id);
        self.sockets[id.0 as usize] = None;
    }

    /// Records that these conditions may have become true at a socket.
    fn touch(&mut self, id: SocketId, ready: Readiness) {
        let Some(socket) = self.sockets.get_mut(id.0 as usize).and_then(Option::as_deref_mut) else { return };
        if let Some(file) = socket.file {
            self.touched.push((file, ready));
            return;
        }
        let ends = Readiness::ERROR.and(Readiness::HANG_UP);
        if ready.has_any(Readiness::IN.and(Readiness::PEER_HANG_UP).and(ends)) {
            self.wakers.extend(socket.read_waker.take());
        }
        if ready.has_any(Readiness::OUT.and(ends)) {
            self.wakers.extend(socket.write_waker.take());
        }
    }

    /// Keeps the waker of a task that waits until the socket can be read or written.
    pub(super) fn set_waker(&mut self, id: SocketId, interest: Readiness, waker: &Waker) {
        let Some(socket) = self.socket_mut(id) else { return };
        let kept = if interest == Readiness::IN { &mut socket.read_waker } else { &mut socket.write_waker };
        match kept {
            Some(kept) => kept.clone_from(waker),
            None => *kept = Some(waker.clone()),
        }
    }

    /// Returns and clears the pending error of a socket.
    pub(super) fn take_error(&mut self, id: SocketId) -> Option<Errno> {
        self.socket_mut(id)?.error.take()
    }

    pub(super) fn local_address(&self, id: SocketId) -> Option<SocketAddr> {
        self.socket(id)?.local
    }

    /// Returns the address of the peer, or an error if the socket is not connected.
    pub(super) fn peer_address(&self, id: SocketId) -> Result<SocketAddr, Errno> {
        let socket = self.socket(id).ok_or(Errno::BadDescriptor)?;
        let is_connected = socket.tcp().is_none_or(|tcp| matches!(tcp.state, socket::State::Connected));
        socket.remote.filter(|remote| is_connected && remote.port() != 0).ok_or(Errno::NotConnected)
    }

    /// Returns the addresses of a connection, even if it is over.
    pub(super) fn addresses(&self, id: SocketId) -> Option<(SocketAddr, SocketAddr)> {
        let socket = self.socket(id)?;
        Some((socket.local?, socket.remote?))
    }

    /// Sets whether a socket may be bound to an address that another one still uses.
    pub(super) fn set_reuses_address(&mut self, id: SocketId, reuses: bool) {
        if let Some(socket) = self.socket_mut(id) {
            socket.reuses_address = reuses;
        }
    }

    /// Wakes the task that delivers packets.
    fn wake_network(&mut self) {
        self.wakers.extend(self.network_waker.take());
    }
}

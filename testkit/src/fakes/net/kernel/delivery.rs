//! Delivery of packets: which one is next, whether it is lost, and what it does to its receiver.

use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use super::link::{
    LinkId, MAX_HANDSHAKE_RETRANSMISSIONS, MAX_RETRANSMISSIONS, handshake_timeout, retransmission_timeout,
};
use super::packet::{Arrival, Carrier, Content, InFlight, Segment, Stray};
use super::socket::{Kind, Socket, SocketId, State, Tcp};
use super::{Errno, Kernel, Protocol, Readiness};
use crate::executor::World;
use crate::internal::duration_text;
use crate::trace::Event;

/// Maximum number of arrived packets among which the schedule chooses the next delivery.
const MAX_ORDER_CHOICES: usize = 8;

/// Fate of a packet at its arrival time.
#[derive(Clone, Copy)]
enum Fate {
    Arrives,
    Lost,
    Duplicated,
    Reset,
    Cut(Duration),
}

/// Result of an attempt to deliver a packet.
pub(in crate::fakes::net) enum Delivery {
    /// A packet was handled.
    Done,
    /// No packet has arrived yet. The next one arrives at this time.
    NextAt(Instant),
    /// No packets are in flight.
    Idle,
}

/// Result of the delivery of a segment.
enum Delivered {
    Done,
    /// The receiver has no room.
    Full,
    /// The receiver dropped the segment, so it is sent again.
    Dropped,
}

impl Kernel {
    /// Delivers one arrived packet, chosen by the schedule. If no packet has arrived yet, keeps the waker and wakes it
    /// when more packets are sent.
    pub(in crate::fakes::net) fn deliver_one(&mut self, waker: &Waker) -> Delivery {
        let now = Instant::now();
        self.fire_timers(now);
        let due = self.arrivals.iter().take_while(|packet| packet.at <= now).take(MAX_ORDER_CHOICES);
        let due: Vec<_> = due.copied().collect();
        if due.is_empty() {
            self.network_waker = Some(waker.clone());
            let arrival = self.arrivals.first().map(|packet| packet.at);
            let timer = self.timers.first_key_value().map(|(&(at, _), _)| at);
            return arrival.into_iter().chain(timer).min().map_or(Delivery::Idle, Delivery::NextAt);
        }
        let first = due[0];
        let overtaken = self.count_overtaken(first);
        let chosen = self.deciders.order.decide_at(first.number as usize, overtaken, due.len(), |at| {
            format!("{} overtook {}", self.describe(due[at]), self.describe(first))
        });
        let chosen = due[chosen];
        self.arrivals.remove(&chosen);
        match chosen.carrier {
            Carrier::Flow(from) => {
                self.handle_segment(from, now);
                self.schedule_first(from);
            }
            Carrier::Stray => self.handle_stray(chosen.number, now),
        }
        Delivery::Done
    }

    /// Counts one more packet that was offered as an alternative to this one. Returns how many there were before.
    fn count_overtaken(&mut self, arrival: Arrival) -> u32 {
        let overtaken = match arrival.carrier {
            Carrier::Flow(from) => {
                self.flow_mut(from).and_then(|flow| flow.queue.front_mut()).map(|first| &mut first.overtaken)
            }
            Carrier::Stray => self.strays.get_mut(&arrival.number).map(|stray| &mut stray.overtaken),
        };
        overtaken.map_or(0, |overtaken| std::mem::replace(overtaken, *overtaken + 1))
    }

    /// Describes a packet for the report.
    fn describe(&self, arrival: Arrival) -> String {
        let link = match arrival.carrier {
            Carrier::Flow(from) => self.link_of(from),
            Carrier::Stray => {
                self.strays.get(&arrival.number).map(|stray| LinkId { from: stray.from_host, to: stray.to_host })
            }
        };
        let link = link.map_or_else(String::new, |link| self.describe_link(link));
        format!("packet {} {link}", arrival.number)
    }

    /// Handles the first segment of a flow at its arrival time: it is delivered or lost, or the connection times out.
    fn handle_segment(&mut self, from: SocketId, now: Instant) {
        let Some(link) = self.link_of(from) else { return };
        let Some(first) = self.flow_mut(from).and_then(|flow| flow.queue.front()) else { return };
        let (number, lost) = (first.number, first.lost);
        match first.segment {
            Segment::Ack if lost > MAX_HANDSHAKE_RETRANSMISSIONS => {
                self.clear_flow(from);
                if let Some(peer) = self.socket(from).and_then(|socket| socket.tcp()?.peer) {
                    self.remove(peer);
                }
                return;
            }
            Segment::SynAck if lost > MAX_HANDSHAKE_RETRANSMISSIONS => return self.remove(from),
            // A connection request has a timer of its own.
            Segment::Syn => {}
            _ if lost > MAX_RETRANSMISSIONS => return self.end_connection(from, Errno::TimedOut),
            _ => {}
        }
        let fate = self.fate(link, number, lost, true, false);
        if self.is_cut(link) {
            return self.lose(from, now);
        }
        match fate {
            Fate::Lost => self.lose(from, now),
            Fate::Cut(time) => {
                self.cut(link, now + time);
                self.lose(from, now);
            }
            Fate::Reset => self.reset_connection(from),
            Fate::Arrives | Fate::Duplicated => {
                record_arrival(number);
                if let Delivered::Dropped = self.deliver_first(from) {
                    self.lose(from, now);
                }
            }
        }
    }

    fn handle_stray(&mut self, number: u64, now: Instant) {
        let Some(Stray { from_host, to_host, content, .. }) = self.strays.remove(&number) else { return };
        let link = LinkId { from: from_host, to: to_host };
        let is_datagram = matches!(content, Content::Datagram(_));
        let fate = self.fate(link, number, 0, false, is_datagram);
        if self.is_cut(link) {
            return;
        }
        match fate {
            Fate::Lost => {}
            Fate::Cut(time) => self.cut(link, now + time),
            Fate::Duplicated => {
                record_arrival(number);
                self.send_stray(from_host, to_host, content.clone());
                self.deliver_content(to_host, content);
            }
            Fate::Arrives | Fate::Reset => {
                record_arrival(number);
                self.deliver_content(to_host, content);
            }
        }
    }

    fn cut(&mut self, link: LinkId, until: Instant) {
        for link in [link, link.reverse()] {
            self.cut_until.insert(link, until);
        }
    }

    fn fate(&self, link: LinkId, number: u64, lost: u32, is_segment: bool, is_datagram: bool) -> Fate {
        if link.is_loopback() {
            return Fate::Arrives;
        }
        let rules = self.rules(link);
        let mut fates = vec![Fate::Arrives];
        fates.extend(rules.may_lose.then_some(Fate::Lost));
        fates.extend((rules.may_reset && is_segment).then_some(Fate::Reset));
        fates.extend(rules.may_cut.map(Fate::Cut));
        fates.extend((rules.may_duplicate && is_datagram).then_some(Fate::Duplicated));
        if fates.len() == 1 {
            return Fate::Arrives;
        }
        let (from, to) = (&self.hosts[link.from].name, &self.hosts[link.to].name);
        fates[self.deciders.fate.decide_at(number as usize, lost, fates.len(), |fate| match fates[fate] {
            Fate::Arrives => format!("packet {number} from `{from}` to `{to}` arrived"),
            Fate::Lost => format!("packet {number} from `{from}` to `{to}` was lost"),
            Fate::Duplicated => format!("packet {number} from `{from}` to `{to}` arrived twice"),
            Fate::Reset => format!("the connection of packet {number} from `{from}` to `{to}` was reset"),
            Fate::Cut(time) => {
                format!(
                    "`{from}` and `{to}` were cut off from each other for {} at packet {number}",
                    duration_text(time)
                )
            }
        })]
    }

    /// Loses the first segment of a flow. It is sent again, with growing delays.
    fn lose(&mut self, from: SocketId, now: Instant) {
        let Some(flow) = self.flow_mut(from) else { return };
        let Some(first) = flow.queue.front_mut() else { return };
        first.arrives = match first.segment {
            // A reset is never sent again.
            Segment::Reset => return self.remove(from),
            Segment::Syn | Segment::SynAck | Segment::Ack => now + handshake_timeout(first.lost),
            Segment::Data(_) | Segment::Fin => now + retransmission_timeout(first.lost),
        };
        first.lost += 1;
        // A later segment acknowledges as well.
        if matches!(first.segment, Segment::Ack) && flow.queue.len() > 1 {
            flow.queue.pop_front();
        }
    }

    /// Delivers the segments of a flow on the loopback interface.
    pub(super) fn deliver_local(&mut self, from: SocketId) {
        while self.flow_mut(from).is_some_and(|flow| !flow.queue.is_empty()) {
            match self.deliver_first(from) {
                Delivered::Done => {}
                Delivered::Full => return,
                Delivered::Dropped => {
                    self.lose(from, Instant::now());
                    return self.schedule_first(from);
                }
            }
        }
    }

    /// Delivers the first segment of a flow to its receiver.
    fn deliver_first(&mut self, from: SocketId) -> Delivered {
        let peer = self.socket(from).and_then(|socket| socket.tcp()?.peer);
        let Some(first) = self.flow_mut(from).and_then(|flow| flow.queue.front()) else { return Delivered::Done };
        if first.is_syn() {
            return self.deliver_syn(from);
        }
        if let (Segment::Data(bytes), Some(peer)) = (&first.segment, peer) {
            let size = bytes.len();
            if self.socket(peer).is_some_and(|peer| !has_room(peer, size)) {
                if let Some(flow) = self.flow_mut(from) {
                    flow.is_full = true;
                }
                return Delivered::Full;
            }
        }
        let first = self.flow_mut(from).and_then(|flow| flow.queue.pop_front());
        if let Some(InFlight { segment, .. }) = first {
            self.deliver_segment(from, peer, segment);
        }
        Delivered::Done
    }

    fn deliver_segment(&mut self, from: SocketId, peer: Option<SocketId>, segment: Segment) {
        let Some(to) = peer.filter(|&peer| self.socket(peer).is_some()) else { return self.answer_with_reset(from) };
        self.establish(to);
        let Some(socket) = self.socket_mut(to) else { return self.answer_with_reset(from) };
        let is_closed = socket.is_closed;
        let Some(tcp) = socket.tcp_mut() else { return };
        let is_dead = matches!(tcp.state, State::Dead);
        match segment {
            Segment::Syn | Segment::Ack => {}
            Segment::SynAck if is_closed || is_dead => self.answer_with_reset(from),
            Segment::SynAck => {
                tcp.state = State::Connected;
                self.send_segment(to, Segment::Ack);
                self.touch(to, Readiness::ALL);
            }
            // Data that the application has said it will not read, after its own end.
            Segment::Data(_) if is_closed || is_dead || (tcp.is_read_shut && tcp.is_send_shut) => {
                self.answer_with_reset(from);
                if is_closed {
                    self.remove(to);
                } else if !is_dead {
                    self.end_connection(to, Errno::ConnectionReset);
                }
            }
            Segment::Data(bytes) => {
                tcp.inbox.extend(&bytes);
                self.confirm(from, bytes.len());
                self.touch(to, Readiness::IN);
            }
            Segment::Fin => {
                tcp.has_fin = true;
                self.touch(to, Readiness::ALL);
                let has_ended_first = self.socket(from).and_then(Socket::tcp).is_some_and(|tcp| tcp.has_fin);
                if has_ended_first {
                    self.add_time_wait(to);
                }
                for (end, other) in [(to, from), (from, to)] {
                    self.remove_if_over(end);
                    self.end_if_over(end, other);
                }
            }
            Segment::Reset => {
                self.receive_reset(to);
                self.remove(from);
            }
        }
    }

    /// Handles a connection request.
    fn deliver_syn(&mut self, from: SocketId) -> Delivered {
        let Some(link) = self.link_of(from) else { return Delivered::Done };
        let Some((local, remote)) = self.socket(from).and_then(|socket| Some((socket.remote?, socket.local?))) else {
            return Delivered::Done;
        };
        let Some(listener) = self.receiver(link.to, Protocol::Tcp, local, Socket::is_listening) else {
            self.clear_flow(from);
            self.answer_with_reset(from);
            return Delivered::Done;
        };
        let Some(listening) = self.socket(listener) else { return Delivered::Done };
        if let Some(State::Listening(queue)) = listening.tcp().map(|tcp| &tcp.state)
            && queue.accepted.len() > queue.backlog
        {
            return Delivered::Dropped;
        }
        let mut tcp = Tcp::new(State::Handshake { listener });
        tcp.peer = Some(from);
        let mut child = Socket::new(link.to, Protocol::Tcp);
        (child.remote, child.is_v6, child.is_v6_only) = (Some(remote), listening.is_v6, listening.is_v6_only);
        child.is_address_fixed = listening.is_address_fixed;
        (child.reuses_address, child.reuses_port) = (listening.reuses_address, listening.reuses_port);
        (child.send_capacity, child.receive_capacity) = (listening.send_capacity, listening.receive_capacity);
        child.kind = Kind::Tcp(tcp);
        let child = self.insert(child);
        self.set_local(child, local);
        if let Some(tcp) = self.tcp_mut(from) {
            tcp.flow.queue.pop_front();
            tcp.peer = Some(child);
        }
        self.send_segment(child, Segment::SynAck);
        Delivered::Done
    }

    /// Completes the handshake of a connection that a host has answered.
    fn establish(&mut self, id: SocketId) {
        let Some(tcp) = self.tcp_mut(id) else { return };
        let State::Handshake { listener } = tcp.state else { return };
        tcp.state = State::Connected;
        if !self.offer(listener, id) {
            self.reset_peer_of(id);
            self.remove(id);
        }
    }

    /// Answers a segment of a connection that its receiver does not know.
    fn answer_with_reset(&mut self, sender: SocketId) {
        if let Some(link) = self.link_of(sender) {
            self.send_stray(link.to, link.from, Content::Reset { to: sender });
        }
    }

    pub(super) fn deliver_content(&mut self, to_host: usize, content: Content) {
        match content {
            Content::Datagram(datagram) => self.arrive_datagram(to_host, datagram),
            Content::Reset { to } => {
                self.clear_flow(to);
                self.receive_reset(to);
            }
            Content::PortUnreachable { to } => {
                if let Some(socket) = self.socket_mut(to) {
                    socket.error = Some(Errno::ConnectionRefused);
                    self.touch(to, Readiness::ERROR);
                }
            }
        }
    }
}

/// Records the arrival of a packet for the timeline.
fn record_arrival(packet: u64) {
    World::with(|world| world.record(|| Event::Arrived { packet }));
}

/// Returns whether a receiver has room for this many bytes more.
fn has_room(socket: &Socket, size: usize) -> bool {
    let is_over = socket.is_closed;
    let unread = socket.tcp().map_or(0, |tcp| tcp.inbox.len());
    is_over || unread == 0 || unread + size <= socket.receive_capacity
}

//! Delivery of packets: when each one arrives, and whether it is lost.

use std::net::SocketAddr;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;
use turmoil_net::{Packet, TcpFlags, TcpSegment, Transport};

use super::flow::{Flow, InFlight};
use super::link::{LinkId, LinkRules, has_timed_out, retransmission_timeout};
use super::wire::{ConnectRequest, FirstPacket, Side, Wire};
use crate::internal::duration_text;

/// Maximum number of arrived packets among which the schedule chooses the next delivery.
const MAX_ORDER_CHOICES: usize = 8;

/// Number of steps into which the range of possible latencies is divided.
const JITTER_STEPS: usize = 4;

/// Fate of a packet at its arrival time.
#[derive(Clone, Copy)]
enum Fate {
    Arrives,
    Lost,
    Reset,
    Cut(Duration),
}

/// Result of an attempt to deliver a packet.
pub(super) enum Delivery {
    /// A packet was handled.
    Done,
    /// No packet has arrived yet. The next one arrives at this time.
    NextAt(Instant),
    /// No packets are in flight.
    Idle,
}

impl Wire {
    /// Collects the packets that the sockets have sent.
    fn collect(&mut self) {
        if !std::mem::take(&mut self.is_dirty) {
            return;
        }
        let Some(guard) = &self.guard else { return };
        let mut egress = std::mem::take(&mut self.egress);
        guard.egress_all(&mut egress);
        for packet in egress.drain(..) {
            self.send(packet);
        }
        self.egress = egress;
    }

    fn send(&mut self, packet: Packet) {
        let number = self.packets;
        self.packets += 1;
        let link = LinkId { from: self.host_at(packet.src), to: self.host_at(packet.dst) };
        let Transport::Tcp(segment) = &packet.payload else { return };
        let sender = Side {
            local: SocketAddr::new(packet.src, segment.src_port),
            peer: SocketAddr::new(packet.dst, segment.dst_port),
        };
        let now = Instant::now();
        let LinkRules { min_latency, max_latency, bandwidth, .. } = *self.rules(link);
        let mut sent = now;
        if let Some(bandwidth) = bandwidth {
            let time = Duration::from_nanos(u64::from(packet.size()) * 1_000_000_000 / bandwidth);
            let busy = self.busy_until.entry(link).or_insert(now);
            *busy = (*busy).max(now) + time;
            sent = *busy;
        }
        let mut latency = min_latency;
        if max_latency > min_latency {
            let part = (max_latency - min_latency) / JITTER_STEPS as u32;
            let (from, to) = (self.name_at(packet.src), self.name_at(packet.dst));
            let steps = self.deciders.latency.decide_at(number as usize, 0, JITTER_STEPS + 1, |steps| {
                let time = duration_text(min_latency + part * steps as u32);
                format!("packet {number} from `{from}` to `{to}` took {time}")
            });
            latency += part * steps as u32;
        }
        let flow = self.flows.entry(sender).or_insert_with(Flow::new);
        flow.queue.push_back(InFlight { number, packet, arrives: sent + latency, lost: 0, overtaken: 0 });
        if let Some(first) = flow.drop_superseded() {
            self.first_packets.remove(&FirstPacket { arrives: first.arrives, number: first.number, sender });
        }
        if flow.queue.len() == 1 {
            self.schedule_first(sender);
        }
    }

    /// Schedules the first packet of a flow for delivery at its arrival time.
    pub(super) fn schedule_first(&mut self, sender: Side) {
        let Some(flow) = self.flows.get(&sender) else { return };
        if let Some(first) = flow.queue.front().filter(|_| !flow.is_full) {
            self.first_packets.insert(FirstPacket { arrives: first.arrives, number: first.number, sender });
        }
    }

    /// Delivers one arrived packet, chosen by the schedule. If no packet has arrived yet, keeps the waker and wakes it
    /// when more packets are sent.
    pub(super) fn deliver_one(&mut self, waker: &Waker) -> Delivery {
        self.collect();
        let now = Instant::now();
        let due = self.first_packets.iter().take_while(|packet| packet.arrives <= now).take(MAX_ORDER_CHOICES);
        let due: Vec<_> = due.copied().collect();
        if due.is_empty() {
            self.waker = Some(waker.clone());
            return self.first_packets.first().map_or(Delivery::Idle, |packet| Delivery::NextAt(packet.arrives));
        }
        let first = due[0];
        let overtaken = self.first_in_flight(first.sender).map_or(0, |packet| {
            packet.overtaken += 1;
            packet.overtaken - 1
        });
        let chosen = self.deciders.order.decide_at(first.number as usize, overtaken, due.len(), |at| {
            format!("{} overtook {}", self.describe(due[at]), self.describe(first))
        });
        let chosen = due[chosen];
        self.first_packets.remove(&chosen);
        self.handle_arrival(chosen.sender, now);
        self.schedule_first(chosen.sender);
        Delivery::Done
    }

    /// Describes a packet for the report.
    fn describe(&self, packet: FirstPacket) -> String {
        let FirstPacket { number, sender, .. } = packet;
        format!("packet {number} from `{}` to `{}`", self.name_at(sender.local.ip()), self.name_at(sender.peer.ip()))
    }

    /// Handles the first packet of a flow at its arrival time: it is delivered or lost, or the connection times out.
    fn handle_arrival(&mut self, sender: Side, now: Instant) {
        let link = self.link_of(sender);
        let Some(first) = self.first_in_flight(sender) else { return };
        let number = first.number;
        if has_timed_out(first.lost, first.is_syn()) {
            // If only ACKs were lost, the other side retransmits and finally times out.
            let timed_out = if first.expects_no_ack() { sender.other() } else { sender };
            return self.time_out(timed_out, sender);
        }
        let lost = first.lost;
        let fate = self.fate(link, number, lost);
        let is_cut = self.rules(link).is_cut || self.cut_until.get(&link).is_some_and(|until| *until > now);
        match fate {
            _ if is_cut => self.lose(sender, now),
            Fate::Lost => self.lose(sender, now),
            Fate::Cut(time) => {
                for link in [link, link.reverse()] {
                    self.cut_until.insert(link, now + time);
                }
                self.lose(sender, now);
            }
            Fate::Reset => self.reset(sender),
            Fate::Arrives => self.deliver(sender),
        }
    }

    /// Returns the link over which a side sends.
    fn link_of(&self, sender: Side) -> LinkId {
        LinkId { from: self.host_at(sender.local.ip()), to: self.host_at(sender.peer.ip()) }
    }

    fn first_in_flight(&mut self, sender: Side) -> Option<&mut InFlight> {
        self.flows.get_mut(&sender)?.queue.front_mut()
    }

    fn fate(&self, link: LinkId, number: u64, lost: u32) -> Fate {
        let rules = self.rules(link);
        let mut fates = vec![Fate::Arrives];
        fates.extend(rules.may_lose.then_some(Fate::Lost));
        fates.extend(rules.may_reset.then_some(Fate::Reset));
        fates.extend(rules.may_cut.map(Fate::Cut));
        if fates.len() == 1 {
            return Fate::Arrives;
        }
        let (from, to) = (&self.names[link.from], &self.names[link.to]);
        fates[self.deciders.fate.decide_at(number as usize, lost, fates.len(), |fate| match fates[fate] {
            Fate::Arrives => format!("packet {number} from `{from}` to `{to}` arrived"),
            Fate::Lost => format!("packet {number} from `{from}` to `{to}` was lost"),
            Fate::Reset => format!("the connection of packet {number} from `{from}` to `{to}` was reset"),
            Fate::Cut(time) => {
                format!(
                    "`{from}` and `{to}` were cut off from each other for {} at packet {number}",
                    duration_text(time)
                )
            }
        })]
    }

    /// Loses a packet. TCP sends it again, with growing delays.
    fn lose(&mut self, sender: Side, now: Instant) {
        let Some(first) = self.first_in_flight(sender) else { return };
        // A RST is never retransmitted.
        if first.flags().rst {
            self.pop(sender);
            return;
        }
        first.arrives = now + retransmission_timeout(first.lost, first.is_syn());
        first.lost += 1;
        if let Some(flow) = self.flows.get_mut(&sender) {
            flow.drop_superseded();
        }
    }

    /// Times out the connection on `side`, after too many losses of packets from `sender`.
    fn time_out(&mut self, side: Side, sender: Side) {
        match self.first_in_flight(sender).is_some_and(|first| first.is_syn()) {
            true => {
                let request = ConnectRequest { host: self.host_at(side.local.ip()), peer: side.peer };
                self.timed_out_requests.push(request);
            }
            false => _ = self.timed_out.insert(side),
        }
        self.drop_in_flight(sender);
        self.inject_reset(side);
    }

    /// Resets a connection on both sides.
    fn reset(&mut self, side: Side) {
        self.drop_in_flight(side);
        self.drop_in_flight(side.other());
        self.inject_reset(side);
        self.inject_reset(side.other());
    }

    /// Resets all connections between two hosts, or all connections of one host.
    pub(super) fn reset_between(&mut self, first: usize, second: Option<usize>) {
        self.collect();
        let matches_hosts = |side: &&Side| {
            let LinkId { from, to } = self.link_of(**side);
            match second {
                Some(second) => (from, to) == (first, second) || (to, from) == (first, second),
                None => from == first || to == first,
            }
        };
        let sides: Vec<_> = self.flows.keys().filter(matches_hosts).copied().collect();
        for side in sides {
            self.reset(side);
        }
    }

    /// Drops all packets in flight from a side.
    fn drop_in_flight(&mut self, sender: Side) {
        if let Some(flow) = self.flows.get_mut(&sender) {
            if let Some(first) = flow.queue.front() {
                self.first_packets.remove(&FirstPacket { arrives: first.arrives, number: first.number, sender });
            }
            flow.queue.clear();
        }
    }

    /// Delivers a RST to a socket, as if its peer had reset the connection.
    fn inject_reset(&mut self, side: Side) {
        let Side { local, peer } = side;
        let flags = TcpFlags { rst: true, ..TcpFlags::default() };
        let segment = TcpSegment {
            src_port: peer.port(),
            dst_port: local.port(),
            seq: 0,
            ack: 0,
            flags,
            window: 0,
            payload: Default::default(),
        };
        let packet = Packet { src: peer.ip(), dst: local.ip(), ttl: 64, payload: Transport::Tcp(segment) };
        if let Some(guard) = &self.guard {
            guard.deliver(packet);
        }
        self.mark_sent();
    }

    fn pop(&mut self, sender: Side) -> Option<InFlight> {
        self.flows.get_mut(&sender)?.queue.pop_front()
    }

    /// Delivers the first packet of a flow to its socket, unless the socket has no room for it.
    fn deliver(&mut self, sender: Side) {
        let Some(flow) = self.flows.get_mut(&sender) else { return };
        let Some(first) = flow.queue.front() else { return };
        let size = first.segment().map_or(0, |segment| segment.payload.len());
        if !flow.has_room(size) {
            flow.is_full = true;
            return;
        }
        flow.unread += size;
        let flags = first.flags();
        flow.is_open |= !flags.syn || flags.ack;
        let Some(first) = self.pop(sender) else { return };
        // A side on which the connection has timed out no longer knows it, so it answers with a RST.
        if self.timed_out.contains(&sender.other()) && !first.flags().rst {
            return self.inject_reset(sender);
        }
        if let Some(guard) = &self.guard {
            guard.deliver(first.packet);
        }
        // The delivery may have triggered an answer.
        self.is_dirty = true;
    }
}

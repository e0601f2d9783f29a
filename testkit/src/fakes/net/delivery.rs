//! Packet delivery: the fate of each packet, and its time.

use std::net::SocketAddr;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;
use turmoil_net::{Packet, TcpFlags, TcpSegment, Transport};

use super::flow::{Flow, InFlight};
use super::link::{LinkRules, is_given_up, retransmission_timeout};
use super::wire::{Side, Wire};
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
        let link = (self.host_at(packet.src), self.host_at(packet.dst));
        let Transport::Tcp(segment) = &packet.payload else { return };
        let (src, dst) = (SocketAddr::new(packet.src, segment.src_port), SocketAddr::new(packet.dst, segment.dst_port));
        let now = Instant::now();
        let LinkRules { min_latency, max_latency, bandwidth, .. } = *self.rules(link.0, link.1);
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
            let names = (self.name_at(packet.src), self.name_at(packet.dst));
            let steps = self.deciders.latency.decide_at(number as usize, 0, JITTER_STEPS + 1, |steps| {
                let time = duration_text(min_latency + part * steps as u32);
                format!("packet {number} from `{}` to `{}` took {time}", names.0, names.1)
            });
            latency += part * steps as u32;
        }
        let flow = self.flows.entry((src, dst)).or_insert_with(Flow::new);
        flow.queue.push_back(InFlight { number, packet, arrives: sent + latency, lost: 0, overtaken: 0 });
        if let Some(first) = flow.drop_superseded() {
            self.heads.remove(&(first.arrives, first.number, (src, dst)));
        }
        if flow.queue.len() == 1 {
            self.schedule_first((src, dst));
        }
    }

    /// Schedules the first packet of a flow for delivery at its arrival time.
    pub(super) fn schedule_first(&mut self, side: Side) {
        let Some(flow) = self.flows.get(&side) else { return };
        if let Some(first) = flow.queue.front().filter(|_| !flow.is_full) {
            self.heads.insert((first.arrives, first.number, side));
        }
    }

    /// Delivers one arrived packet, chosen by the schedule.
    ///
    /// # Errors
    /// The arrival time of the next packet, if there is one, when no packet has arrived yet. The waker is then kept and
    /// woken when more packets are sent.
    pub(super) fn deliver_one(&mut self, waker: &Waker) -> Result<(), Option<Instant>> {
        self.collect();
        let now = Instant::now();
        let due: Vec<_> = self.heads.iter().take_while(|head| head.0 <= now).take(MAX_ORDER_CHOICES).copied().collect();
        if due.is_empty() {
            self.waker = Some(waker.clone());
            return Err(self.heads.first().map(|head| head.0));
        }
        let first = due[0];
        let overtaken = self.first(first.2).map_or(0, |packet| {
            packet.overtaken += 1;
            packet.overtaken - 1
        });
        let chosen = self.deciders.order.decide_at(first.1 as usize, overtaken, due.len(), |at| {
            format!("{} overtook {}", self.describe(due[at]), self.describe(first))
        });
        let head = due[chosen];
        self.heads.remove(&head);
        let side = head.2;
        self.handle_arrival(side, now);
        self.schedule_first(side);
        Ok(())
    }

    /// Describes a packet for the report.
    fn describe(&self, (_, number, (src, dst)): (Instant, u64, Side)) -> String {
        format!("packet {number} from `{}` to `{}`", self.name_at(src.ip()), self.name_at(dst.ip()))
    }

    /// Handles the first packet of a flow when its time has come: it is delivered, lost, or given up.
    fn handle_arrival(&mut self, side: Side, now: Instant) {
        let link = (self.host_at(side.0.ip()), self.host_at(side.1.ip()));
        let Some(first) = self.first(side) else { return };
        let number = first.number;
        if is_given_up(first.lost, first.is_syn()) {
            // If only ACKs were lost, the other side retransmits and finally gives up.
            let giving_up = if first.expects_no_ack() { (side.1, side.0) } else { side };
            return self.give_up(giving_up, side);
        }
        let lost = first.lost;
        let fate = self.fate(link, number, lost);
        let is_cut = self.rules(link.0, link.1).is_cut || self.cut_until.get(&link).is_some_and(|until| *until > now);
        match fate {
            _ if is_cut => self.lose(side, now),
            Fate::Lost => self.lose(side, now),
            Fate::Cut(time) => {
                for link in [link, (link.1, link.0)] {
                    self.cut_until.insert(link, now + time);
                }
                self.lose(side, now);
            }
            Fate::Reset => self.reset(side),
            Fate::Arrives => self.hand_over(side),
        }
    }

    fn first(&mut self, side: Side) -> Option<&mut InFlight> {
        self.flows.get_mut(&side)?.queue.front_mut()
    }

    fn fate(&self, link: (usize, usize), number: u64, lost: u32) -> Fate {
        let rules = self.rules(link.0, link.1);
        let mut fates = vec![Fate::Arrives];
        fates.extend(rules.may_lose.then_some(Fate::Lost));
        fates.extend(rules.may_reset.then_some(Fate::Reset));
        fates.extend(rules.may_cut.map(Fate::Cut));
        if fates.len() == 1 {
            return Fate::Arrives;
        }
        let (from, to) = (&self.names[link.0], &self.names[link.1]);
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
    fn lose(&mut self, side: Side, now: Instant) {
        let Some(first) = self.first(side) else { return };
        // A RST is never retransmitted.
        if first.flags().rst {
            self.pop(side);
            return;
        }
        first.arrives = now + retransmission_timeout(first.lost, first.is_syn());
        first.lost += 1;
        if let Some(flow) = self.flows.get_mut(&side) {
            flow.drop_superseded();
        }
    }

    /// Gives up the connection on the side `(local, peer)`, after too many losses in the flow `lost`.
    fn give_up(&mut self, (local, peer): Side, lost: Side) {
        match self.first(lost).is_some_and(|first| first.is_syn()) {
            true => self.timed_out_requests.push((self.host_at(local.ip()), peer)),
            false => _ = self.timed_out.insert((local, peer)),
        }
        self.forget(lost);
        self.inject_reset(local, peer);
    }

    /// Resets a connection on both sides.
    fn reset(&mut self, side: Side) {
        let (local, peer) = side;
        self.forget(side);
        self.forget((peer, local));
        self.inject_reset(local, peer);
        self.inject_reset(peer, local);
    }

    /// Resets all connections between two hosts, or all connections of one host.
    pub(super) fn reset_between(&mut self, first: usize, second: Option<usize>) {
        self.collect();
        let ends = |(src, dst): &Side| (self.host_at(src.ip()), self.host_at(dst.ip()));
        let matches_hosts = |side: &&Side| match (ends(side), second) {
            ((from, to), Some(second)) => (from, to) == (first, second) || (to, from) == (first, second),
            ((from, to), None) => from == first || to == first,
        };
        let sides: Vec<_> = self.flows.keys().filter(matches_hosts).copied().collect();
        for side in sides {
            self.reset(side);
        }
    }

    /// Drops all packets in flight of a flow.
    fn forget(&mut self, side: Side) {
        if let Some(flow) = self.flows.get_mut(&side) {
            if let Some(first) = flow.queue.front() {
                self.heads.remove(&(first.arrives, first.number, side));
            }
            flow.queue.clear();
        }
    }

    /// Delivers a RST to a socket, as if its peer had reset the connection.
    fn inject_reset(&mut self, local: SocketAddr, peer: SocketAddr) {
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

    fn pop(&mut self, side: Side) -> Option<InFlight> {
        self.flows.get_mut(&side)?.queue.pop_front()
    }

    fn hand_over(&mut self, side: Side) {
        let Some(flow) = self.flows.get_mut(&side) else { return };
        let Some(first) = flow.queue.front() else { return };
        let size = first.segment().map_or(0, |segment| segment.payload.len());
        if !flow.has_room(size) {
            flow.is_full = true;
            return;
        }
        flow.unread += size;
        let flags = first.flags();
        flow.is_open |= !flags.syn || flags.ack;
        let Some(first) = self.pop(side) else { return };
        // A side that has given up the connection no longer knows it, so it answers with a RST.
        if self.timed_out.contains(&(side.1, side.0)) && !first.flags().rst {
            return self.inject_reset(side.0, side.1);
        }
        if let Some(guard) = &self.guard {
            guard.deliver(first.packet);
        }
        // The delivery may have triggered an answer.
        self.is_dirty = true;
    }
}

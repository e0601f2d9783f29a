//! How packets go: what becomes of each, and when.

use std::net::SocketAddr;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;
use turmoil_net::{Packet, TcpFlags, TcpSegment, Transport};

use super::flow::{Flow, InFlight};
use super::link::{LinkRules, is_given_up, next_try};
use super::wire::{Side, Wire};
use crate::internal::duration_text;

/// Of how many packets that have arrived the schedule chooses which one is delivered first.
const MOST_CHOICES: usize = 8;

/// How much late packets are, in parts of the time between the least and the most.
const PARTS: usize = 4;

/// What may become of a packet.
#[derive(Clone, Copy)]
enum Fate {
    Arrives,
    Lost,
    Reset,
    Cut(Duration),
}

impl Wire {
    /// Takes what the sockets have sent.
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
        let LinkRules { least, most, bandwidth, .. } = *self.rules(link.0, link.1);
        let mut sent = now;
        if let Some(bandwidth) = bandwidth {
            let time = Duration::from_nanos(u64::from(packet.size()) * 1_000_000_000 / bandwidth);
            let busy = self.busy_until.entry(link).or_insert(now);
            *busy = (*busy).max(now) + time;
            sent = *busy;
        }
        let mut latency = least;
        if most > least {
            let part = (most - least) / PARTS as u32;
            let names = (self.name_at(packet.src), self.name_at(packet.dst));
            let late = self.deciders.latency.decide_at(number as usize, 0, PARTS + 1, |late| {
                let time = duration_text(least + part * late as u32);
                format!("packet {number}, from `{}` to `{}`, took {time}", names.0, names.1)
            });
            latency += part * late as u32;
        }
        let flow = self.flows.entry((src, dst)).or_insert_with(Flow::new);
        flow.queue.push_back(InFlight { number, packet, arrives: sent + latency, lost: 0, passed: 0 });
        if let Some(first) = flow.drop_superseded() {
            self.heads.remove(&(first.arrives, first.number, (src, dst)));
        }
        if flow.queue.len() == 1 {
            self.line_up((src, dst));
        }
    }

    /// Has the first packet of a flow be delivered when it arrives.
    pub(super) fn line_up(&mut self, side: Side) {
        let Some(flow) = self.flows.get(&side) else { return };
        if let Some(first) = flow.queue.front().filter(|_| !flow.is_full) {
            self.heads.insert((first.arrives, first.number, side));
        }
    }

    /// Delivers one packet that has arrived, which the schedule chooses. If there is none, returns when the next one
    /// arrives, and keeps the waker for what is sent before that.
    pub(super) fn deliver_one(&mut self, waker: &Waker) -> Result<(), Option<Instant>> {
        self.collect();
        let now = Instant::now();
        let due: Vec<_> = self.heads.iter().take_while(|head| head.0 <= now).take(MOST_CHOICES).copied().collect();
        if due.is_empty() {
            self.waker = Some(waker.clone());
            return Err(self.heads.first().map(|head| head.0));
        }
        let first = due[0];
        let passed = self.first(first.2).map_or(0, |packet| {
            packet.passed += 1;
            packet.passed - 1
        });
        let chosen = self.deciders.order.decide_at(first.1 as usize, passed, due.len(), |at| {
            format!("{} overtook {}", self.told(due[at]), self.told(first))
        });
        let head = due[chosen];
        self.heads.remove(&head);
        let side = head.2;
        self.arrived(side, now);
        self.line_up(side);
        Ok(())
    }

    /// What a packet is called.
    fn told(&self, (_, number, (src, dst)): (Instant, u64, Side)) -> String {
        format!("packet {number}, from `{}` to `{}`,", self.name_at(src.ip()), self.name_at(dst.ip()))
    }

    /// The first packet of a flow has arrived, or has got lost.
    fn arrived(&mut self, side: Side, now: Instant) {
        let link = (self.host_at(side.0.ip()), self.host_at(side.1.ip()));
        let Some(first) = self.first(side) else { return };
        let number = first.number;
        if is_given_up(first.lost, first.is_request()) {
            // Who has no confirmation sends again, and gives up.
            let giving_up = if first.only_confirms() { (side.1, side.0) } else { side };
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
            Fate::Arrives => format!("packet {number}, from `{from}` to `{to}`, arrived"),
            Fate::Lost => format!("packet {number}, from `{from}` to `{to}`, was lost"),
            Fate::Reset => format!("the connection of packet {number}, from `{from}` to `{to}`, was reset"),
            Fate::Cut(time) => {
                format!(
                    "`{from}` and `{to}` were cut off from each other for {} at packet {number}",
                    duration_text(time)
                )
            }
        })]
    }

    /// A packet has got lost: TCP sends it again, later and later.
    fn lose(&mut self, side: Side, now: Instant) {
        let Some(first) = self.first(side) else { return };
        // Nobody sends that again.
        if first.flags().rst {
            self.pop(side);
            return;
        }
        first.arrives = now + next_try(first.lost, first.is_request());
        first.lost += 1;
        if let Some(flow) = self.flows.get_mut(&side) {
            flow.drop_superseded();
        }
    }

    /// What was lost so often, from the side `lost`, is sent no more, and with it one side gives up the connection.
    fn give_up(&mut self, (local, peer): Side, lost: Side) {
        match self.first(lost).is_some_and(|first| first.is_request()) {
            true => self.timed_out_requests.push((self.host_at(local.ip()), peer)),
            false => _ = self.timed_out.insert((local, peer)),
        }
        self.forget(lost);
        self.inject_reset(local, peer);
    }

    /// Breaks a connection off, at both of its sides.
    fn reset(&mut self, side: Side) {
        let (local, peer) = side;
        self.forget(side);
        self.forget((peer, local));
        self.inject_reset(local, peer);
        self.inject_reset(peer, local);
    }

    /// Breaks off all connections between two hosts, or of one with all.
    pub(super) fn reset_between(&mut self, first: usize, second: Option<usize>) {
        self.collect();
        let ends = |(src, dst): &Side| (self.host_at(src.ip()), self.host_at(dst.ip()));
        let is_meant = |side: &&Side| match (ends(side), second) {
            ((from, to), Some(second)) => (from, to) == (first, second) || (to, from) == (first, second),
            ((from, to), None) => from == first || to == first,
        };
        let sides: Vec<_> = self.flows.keys().filter(is_meant).copied().collect();
        for side in sides {
            self.reset(side);
        }
    }

    /// Nothing of a flow arrives any more.
    fn forget(&mut self, side: Side) {
        if let Some(flow) = self.flows.get_mut(&side) {
            if let Some(first) = flow.queue.front() {
                self.heads.remove(&(first.arrives, first.number, side));
            }
            flow.queue.clear();
        }
    }

    /// Tells a socket that its peer has broken the connection off.
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
        self.has_sent();
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
        // Who has given the connection up knows of none.
        if self.timed_out.contains(&(side.1, side.0)) && !first.flags().rst {
            return self.inject_reset(side.0, side.1);
        }
        if let Some(guard) = &self.guard {
            guard.deliver(first.packet);
        }
        // It may have been answered.
        self.is_dirty = true;
    }
}

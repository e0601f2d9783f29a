//! Sending: when a packet arrives, by the rules of its link.

use std::time::Duration;

use tokio::time::Instant;

use super::link::{LinkId, LinkRules};
use super::packet::{Arrival, Carrier, Content, InFlight, Segment, Stray};
use super::socket::SocketId;
use super::{Kernel, Readiness};
use crate::executor::World;
use crate::internal::duration_text;
use crate::trace::Event;

/// Number of steps into which the range of possible latencies is divided.
const JITTER_STEPS: usize = 4;

/// Bytes that the headers of a packet take of the bandwidth.
const HEADERS: usize = 40;

impl Kernel {
    /// Sends a segment of a connection.
    pub(super) fn send_segment(&mut self, from: SocketId, segment: Segment) {
        let Some(link) = self.link_of(from) else { return };
        if link.is_loopback() {
            let Some(flow) = self.flow_mut(from) else { return };
            let now = Instant::now();
            flow.queue.push_back(InFlight { number: 0, segment, arrives: now, lost: 0, overtaken: 0 });
            // On the loopback interface, a segment arrives before the call returns.
            if flow.queue.len() == 1 {
                self.deliver_local(from);
            }
            return;
        }
        let (number, arrives) = self.arrival(link, segment.size(), || segment.to_string());
        let Some(flow) = self.flow_mut(from) else { return };
        // Data acknowledges as well, so it makes a lost acknowledgement superfluous.
        if flow.queue.len() == 1 && flow.queue[0].lost > 0 && matches!(flow.queue[0].segment, Segment::Ack) {
            self.clear_flow(from);
        }
        let Some(flow) = self.flow_mut(from) else { return };
        flow.queue.push_back(InFlight { number, segment, arrives, lost: 0, overtaken: 0 });
        if flow.queue.len() == 1 {
            self.schedule_first(from);
        }
    }

    /// Sends a packet that belongs to no direction of a connection.
    pub(super) fn send_stray(&mut self, from_host: usize, to_host: usize, content: Content) {
        if from_host == to_host {
            return self.deliver_content(to_host, content);
        }
        let link = LinkId { from: from_host, to: to_host };
        let (number, at) = self.arrival(link, content.size(), || content.to_string());
        self.strays.insert(number, Stray { from_host, to_host, content, overtaken: 0 });
        self.add_arrival(Arrival { at, number, carrier: Carrier::Stray });
    }

    /// Numbers a packet with this many bytes of data, and returns the time at which it arrives.
    fn arrival(&mut self, link: LinkId, size: usize, describe: impl FnOnce() -> String) -> (u64, Instant) {
        let number = self.packets;
        let name = |host: usize| self.hosts[host].name.clone();
        let sent = || Event::Sent { packet: number, from: name(link.from), to: name(link.to), text: describe() };
        World::with(|world| world.record(sent));
        self.packets += 1;
        let now = Instant::now();
        let LinkRules { min_latency, max_latency, bandwidth, .. } = *self.rules(link);
        let mut sent = now;
        if let Some(bandwidth) = bandwidth {
            let time = Duration::from_nanos((size + HEADERS) as u64 * 1_000_000_000 / bandwidth);
            let busy = self.busy_until.entry(link).or_insert(now);
            *busy = (*busy).max(now) + time;
            sent = *busy;
        }
        let mut latency = min_latency;
        if max_latency > min_latency {
            let part = (max_latency - min_latency) / JITTER_STEPS as u32;
            let steps = self.deciders.latency.decide_at(number as usize, 0, JITTER_STEPS + 1, |steps| {
                let time = duration_text(min_latency + part * steps as u32);
                format!("packet {number} {} took {time}", self.describe_link(link))
            });
            latency += part * steps as u32;
        }
        (number, sent + latency)
    }

    /// Schedules the first packet of a flow for delivery at its arrival time.
    pub(super) fn schedule_first(&mut self, from: SocketId) {
        let Some(flow) = self.flow_mut(from) else { return };
        if flow.is_full {
            return;
        }
        if let Some(first) = flow.queue.front() {
            let arrival = Arrival { at: first.arrives, number: first.number, carrier: Carrier::Flow(from) };
            self.add_arrival(arrival);
        }
    }

    fn add_arrival(&mut self, arrival: Arrival) {
        self.arrivals.insert(arrival);
        self.wake_network();
    }

    /// Drops all segments in flight from a socket.
    pub(super) fn clear_flow(&mut self, from: SocketId) {
        let Some(flow) = self.flow_mut(from) else { return };
        flow.is_full = false;
        let queue = std::mem::take(&mut flow.queue);
        if let Some(first) = queue.front() {
            let (at, number) = (first.arrives, first.number);
            self.arrivals.remove(&Arrival { at, number, carrier: Carrier::Flow(from) });
        }
    }

    pub(super) fn flow_mut(&mut self, id: SocketId) -> Option<&mut super::socket::Flow> {
        Some(&mut self.tcp_mut(id)?.flow)
    }

    /// Returns the link over which a connected socket sends.
    pub(super) fn link_of(&self, id: SocketId) -> Option<LinkId> {
        let socket = self.socket(id)?;
        let to = self.route(socket.host, socket.remote?.ip()).ok()?;
        Some(LinkId { from: socket.host, to })
    }

    /// Returns the rules of a link.
    pub(super) fn rules(&self, link: LinkId) -> &LinkRules {
        self.links.get(&link).unwrap_or(&self.default)
    }

    /// Returns whether a link carries nothing at present.
    pub(super) fn is_cut(&self, link: LinkId) -> bool {
        // A packet that a host sent before it crashed still arrives.
        if !self.hosts.get(link.to).is_some_and(|host| host.is_up) {
            return true;
        }
        !link.is_loopback()
            && (self.rules(link).is_cut || self.cut_until.get(&link).is_some_and(|until| *until > Instant::now()))
    }

    /// Changes the rules of a link in one direction, or those of all links if `link` is `None`.
    pub(in crate::fakes::net) fn change_rules(&mut self, link: Option<LinkId>, change: impl Fn(&mut LinkRules)) {
        match link {
            Some(link) => change(self.links.entry(link).or_insert_with(|| self.default.clone())),
            None => {
                change(&mut self.default);
                self.links.values_mut().for_each(change);
            }
        }
    }

    /// Ends the cuts that the schedule has made.
    pub(in crate::fakes::net) fn end_cuts(&mut self) {
        self.cut_until.clear();
    }

    pub(super) fn describe_link(&self, link: LinkId) -> String {
        format!("from `{}` to `{}`", self.hosts[link.from].name, self.hosts[link.to].name)
    }

    /// Announces that an application may write again.
    pub(super) fn announce_space(&mut self, id: SocketId) {
        let Some(socket) = self.socket_mut(id) else { return };
        let Some(tcp) = socket.tcp() else { return };
        if tcp.awaits_space && super::readiness::has_space(socket, tcp) {
            if let Some(tcp) = socket.tcp_mut() {
                tcp.awaits_space = false;
            }
            self.touch(id, Readiness::OUT);
        }
    }
}

//! Ports of ended connections, which remain in use for a minute: the state `TIME_WAIT` of TCP.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::Kernel;
use super::bind::PortKey;
use super::socket::SocketId;

/// Time for which a port remains in use: Linux's `TCP_TIMEWAIT_LEN`.
const TIME: Duration = Duration::from_secs(60);

/// The port of an ended connection, at the end that closed it first.
pub(super) struct TimeWait {
    until: Instant,
    key: PortKey,
    pub(super) local: SocketAddr,
    pub(super) is_v6_only: bool,
    pub(super) reuses_address: bool,
    pub(super) reuses_port: bool,
}

/// The ports that are still in use, in the order of their times.
#[derive(Default)]
pub(super) struct TimeWaits(VecDeque<TimeWait>);

impl TimeWaits {
    /// Returns the uses of a port.
    pub(super) fn of(&self, key: PortKey) -> impl Iterator<Item = &TimeWait> {
        let now = Instant::now();
        self.0.iter().filter(move |wait| wait.key == key && wait.until > now)
    }

    /// Forgets the ports of a host.
    pub(super) fn forget(&mut self, host: usize) {
        self.0.retain(|wait| wait.key.host != host);
    }
}

impl Kernel {
    /// Keeps the port of a connection in use that has ended in both directions.
    pub(super) fn add_time_wait(&mut self, id: SocketId) {
        let Some(socket) = self.socket(id) else { return };
        let Some(local) = socket.local else { return };
        let now = Instant::now();
        let wait = TimeWait {
            until: now + TIME,
            key: PortKey { host: socket.host, protocol: socket.protocol(), port: local.port() },
            local,
            is_v6_only: socket.is_v6_only,
            reuses_address: socket.reuses_address,
            reuses_port: socket.reuses_port,
        };
        let waits = &mut self.time_waits.0;
        while waits.front().is_some_and(|wait| wait.until <= now) {
            waits.pop_front();
        }
        waits.push_back(wait);
    }
}

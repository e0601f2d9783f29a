//! Programs of socket calls, and their outcomes.

use std::collections::BTreeSet;
use std::ffi::c_int;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::calls::{self, Call};
use super::operation::{Operation, ReceiveCall, SendCall, Setting, Target, TargetHost, TargetPort};

/// Maximum number of open sockets of a program.
const MAX_FILES: usize = 8;

/// A port without a socket. On the machine of the test, nothing may listen there.
const CLOSED_PORT: u16 = 1;

/// More bytes than a program sends, unless it fills a buffer. How many fill one depends on the system.
const MANY: c_int = 30_001;

/// Conditions that `poll` is asked for.
const POLLED: i16 = libc::POLLIN | libc::POLLOUT | libc::POLLPRI | libc::POLLRDHUP;

/// Runs a program. Returns the outcome of each operation, followed by the readiness of all sockets.
///
/// `settle` is called after each call that may send something. It returns when all has arrived.
pub(super) fn run(program: &[Operation], mut settle: impl FnMut()) -> Vec<String> {
    let mut running = Running {
        files: Vec::new(),
        epolls: [calls::epoll(), calls::epoll()].map(|epoll| epoll.expect("a descriptor is free")),
        ports: Vec::new(),
        with_v4_peers: BTreeSet::new(),
        filled: BTreeSet::new(),
        shut_for_reading: BTreeSet::new(),
        shut_unconnected: BTreeSet::new(),
        opened: 0,
        sent: 0,
        settle: &mut settle,
    };
    let outcomes = program.iter().map(|operation| {
        let outcome = running.perform(operation);
        running.settle();
        format!("{outcome}; {}", running.readiness())
    });
    outcomes.collect()
}

/// State of a running program.
struct Running<'a> {
    files: Vec<File>,
    epolls: [c_int; 2],
    /// Ports in the order of their appearance. Outcomes have their positions here, because the ports themselves differ.
    ports: Vec<(bool, u16)>,
    /// IPv6 sockets of TCP that have had an IPv4 peer.
    with_v4_peers: BTreeSet<u64>,
    /// Sockets that have had a full send buffer.
    filled: BTreeSet<u64>,
    shut_for_reading: BTreeSet<u64>,
    /// Sockets that were shut down without a connection.
    shut_unconnected: BTreeSet<u64>,
    /// Number of sockets opened so far.
    opened: u64,
    /// Number of bytes sent so far.
    sent: usize,
    settle: &'a mut dyn FnMut(),
}

/// An open socket.
#[derive(Clone, Copy)]
struct File {
    descriptor: c_int,
    /// Number of the socket, in the order of opening.
    number: u64,
    /// Number of the socket that this one is a duplicate of, or of itself.
    original: u64,
    is_v6: bool,
    is_udp: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        for file in &self.files {
            // Nothing of this program may use up the ports of the machine.
            _ = calls::set_option(file.descriptor, libc::SOL_SOCKET, libc::SO_LINGER, &[1, 0]);
            _ = calls::close(file.descriptor);
        }
        for epoll in self.epolls {
            _ = calls::close(epoll);
        }
    }
}

impl Running<'_> {
    fn settle(&mut self) {
        (self.settle)();
    }

    /// Performs an operation. Returns its outcome.
    fn perform(&mut self, operation: &Operation) -> String {
        match *operation {
            Operation::Socket { is_v6, is_udp } => match self.has_space(1) {
                true => format!("{:?}", self.open(is_v6, is_udp).map(|file| file.number)),
                false => "full".to_owned(),
            },
            Operation::Pair { is_v6, is_udp } => match self.has_space(2) {
                true => format!("{:?}", self.pair(is_v6, is_udp)),
                false => "full".to_owned(),
            },
            Operation::TakeEvents { epoll, max } => {
                let events = calls::epoll_wait(self.epolls[usize::from(epoll)], max);
                format!("{:?}", events.map(|events| events.into_iter().map(event_text).collect::<Vec<_>>()))
            }
            Operation::Bind { at, .. }
            | Operation::Listen { at, .. }
            | Operation::Connect { at, .. }
            | Operation::Disconnect { at }
            | Operation::Accept { at }
            | Operation::Send { at, .. }
            | Operation::Receive { at, .. }
            | Operation::Fill { at }
            | Operation::Drain { at }
            | Operation::ShutDown { at, .. }
            | Operation::Close { at }
            | Operation::LocalAddress { at }
            | Operation::PeerAddress { at }
            | Operation::SetOption { at, .. }
            | Operation::GetOption { at, .. }
            | Operation::Duplicate { at }
            | Operation::Unread { at }
            | Operation::Watch { at, .. }
            | Operation::ChangeWatch { at, .. }
            | Operation::Unwatch { at, .. } => match self.file(at) {
                Some(file) => self.perform_at(file, operation),
                None => "no socket".to_owned(),
            },
        }
    }

    /// Performs an operation of a socket.
    fn perform_at(&mut self, file: File, operation: &Operation) -> String {
        let descriptor = file.descriptor;
        match *operation {
            Operation::Bind { to, .. } => {
                let address = self.address(file, to);
                format!("{:?}", calls::bind(descriptor, address))
            }
            // On Linux, its connections would be shut down from the beginning.
            Operation::Listen { .. } if self.shut_unconnected.contains(&file.original) => "left out".to_owned(),
            Operation::Listen { backlog, .. } => format!("{:?}", calls::listen(descriptor, backlog)),
            Operation::Connect { to, .. } => match self.reachable(file, to) {
                Some(to) if self.stays_in_family(file, to) => format!("{:?}", calls::connect(descriptor, Some(to))),
                _ => "left out".to_owned(),
            },
            Operation::Disconnect { .. } => format!("{:?}", calls::connect(descriptor, None)),
            Operation::Accept { .. } if !self.has_space(1) => "full".to_owned(),
            Operation::Accept { .. } => match calls::accept(descriptor) {
                Ok((accepted, from)) => {
                    let number = self.add(accepted, file.is_v6, file.is_udp);
                    if let Some(from) = from {
                        self.stays_in_family(*self.files.last().expect("one was added"), from);
                    }
                    format!("{number} from {}", self.address_text(file.is_udp, from))
                }
                Err(error) => format!("{error:?}"),
            },
            Operation::Receive { call, size, flags, .. } => self.receive(file, call, size, flags),
            Operation::Fill { .. } | Operation::Drain { .. } if file.is_udp => "left out".to_owned(),
            Operation::Fill { .. } => {
                self.filled.insert(file.original);
                self.repeat(|| calls::send(descriptor, &[0x55; 16_384], 0))
            }
            // The moment at which there is space again depends on the sizes of Linux's buffers.
            Operation::Send { .. } | Operation::SetOption { setting: Setting::SendBuffer(_), .. }
                if self.filled.contains(&file.original) =>
            {
                "left out".to_owned()
            }
            // The same sizes decide how much more a peer sends into a larger buffer.
            Operation::SetOption { setting: Setting::ReceiveBuffer(_), .. } if !self.filled.is_empty() => {
                "left out".to_owned()
            }
            Operation::Send { call, size, flags, .. } => self.send(file, call, size, flags),
            // Linux then announces no space to the peer, which finds it by a timer.
            Operation::Drain { .. } if self.shut_for_reading.contains(&file.original) => "left out".to_owned(),
            Operation::Drain { .. } => self.repeat(|| calls::receive(descriptor, &mut [0; 65_536], 0)),
            Operation::ShutDown { how, .. } => {
                if how != libc::SHUT_WR {
                    self.shut_for_reading.insert(file.original);
                }
                let shut_down = calls::shut_down(descriptor, how);
                if shut_down.is_err() {
                    self.shut_unconnected.insert(file.original);
                }
                format!("{shut_down:?}")
            }
            Operation::Close { .. } => {
                self.files.retain(|other| other.descriptor != descriptor);
                format!("{:?}", calls::close(descriptor))
            }
            Operation::LocalAddress { .. } => self.named(file, calls::local_address(descriptor)),
            Operation::PeerAddress { .. } => self.named(file, calls::peer_address(descriptor)),
            Operation::SetOption { setting, .. } => set(descriptor, setting),
            Operation::GetOption { option: (level, name), .. } => {
                format!("{:?}", calls::option(descriptor, level, name))
            }
            Operation::Duplicate { .. } if !self.has_space(1) => "full".to_owned(),
            Operation::Duplicate { .. } => match calls::duplicate(descriptor) {
                Ok(duplicate) => {
                    let number = self.add(duplicate, file.is_v6, file.is_udp);
                    self.files.last_mut().expect("one was added").original = file.original;
                    number.to_string()
                }
                Err(error) => format!("{error:?}"),
            },
            Operation::Unread { .. } => match calls::unread(descriptor) {
                Ok(MANY..) => "many".to_owned(),
                unread => format!("{unread:?}"),
            },
            Operation::Watch { epoll, events, .. } => self.watch(epoll, libc::EPOLL_CTL_ADD, file, events),
            Operation::ChangeWatch { epoll, events, .. } => self.watch(epoll, libc::EPOLL_CTL_MOD, file, events),
            Operation::Unwatch { epoll, .. } => self.watch(epoll, libc::EPOLL_CTL_DEL, file, 0),
            Operation::Socket { .. } | Operation::Pair { .. } | Operation::TakeEvents { .. } => unreachable!(),
        }
    }

    fn has_space(&self, count: usize) -> bool {
        self.files.len() + count <= MAX_FILES
    }

    fn file(&self, at: u8) -> Option<File> {
        self.files.get(usize::from(at) % self.files.len().max(1)).copied()
    }

    fn add(&mut self, descriptor: c_int, is_v6: bool, is_udp: bool) -> u64 {
        self.opened += 1;
        let number = self.opened;
        self.files.push(File { descriptor, number, original: number, is_v6, is_udp });
        number
    }

    fn open(&mut self, is_v6: bool, is_udp: bool) -> Call<File> {
        let descriptor = calls::socket(is_v6, is_udp)?;
        if !is_udp {
            // Otherwise, bytes would wait for acknowledgements, which Linux delays.
            calls::set_option(descriptor, libc::IPPROTO_TCP, libc::TCP_NODELAY, &[1])?;
        }
        self.add(descriptor, is_v6, is_udp);
        Ok(*self.files.last().expect("one was added"))
    }

    fn pair(&mut self, is_v6: bool, is_udp: bool) -> Call<(u64, u64)> {
        let any_port = SocketAddr::new(loopback(is_v6), 0);
        let local = |file: File| calls::local_address(file.descriptor).map(|address| address.expect("it is bound"));
        let first = self.open(is_v6, is_udp)?;
        calls::bind(first.descriptor, any_port)?;
        if is_udp {
            let second = self.open(is_v6, is_udp)?;
            calls::bind(second.descriptor, any_port)?;
            calls::connect(first.descriptor, Some(local(second)?))?;
            calls::connect(second.descriptor, Some(local(first)?))?;
            return Ok((first.number, second.number));
        }
        calls::listen(first.descriptor, 1)?;
        let listener = self.files.pop().expect("one was added");
        let client = self.open(is_v6, is_udp)?;
        _ = calls::connect(client.descriptor, Some(local(listener)?));
        self.settle();
        let accepted = calls::accept(listener.descriptor);
        calls::close(listener.descriptor)?;
        Ok((client.number, self.add(accepted?.0, is_v6, is_udp)))
    }

    fn send(&mut self, file: File, call: SendCall, size: u16, flags: c_int) -> String {
        let bytes: Vec<u8> = (self.sent..).take(size.into()).map(|number| number as u8).collect();
        let descriptor = file.descriptor;
        let sent = match call {
            SendCall::Write => calls::write(descriptor, &bytes),
            SendCall::WriteVectored => calls::write_vectored(descriptor, &bytes),
            SendCall::Send => calls::send(descriptor, &bytes, flags),
            SendCall::SendTo(to) => match self.reachable(file, to) {
                Some(to) => calls::send_to(descriptor, &bytes, flags, to),
                None => return "left out".to_owned(),
            },
            SendCall::SendMessage(to) => match to.map(|to| self.reachable(file, to)) {
                Some(None) => return "left out".to_owned(),
                to => calls::send_message(descriptor, &bytes, flags, to.flatten()),
            },
        };
        self.sent += sent.unwrap_or(0);
        format!("{sent:?}")
    }

    /// Repeats a call until it fails or returns 0, even after everything has arrived. Returns the last result.
    fn repeat(&mut self, mut call: impl FnMut() -> Call<usize>) -> String {
        let mut attempts = 0;
        loop {
            match call() {
                Ok(1..) => attempts = 0,
                last if attempts > 0 => return format!("{last:?}"),
                _ => attempts += 1,
            }
            self.settle();
        }
    }

    fn receive(&mut self, file: File, call: ReceiveCall, size: u16, flags: c_int) -> String {
        let descriptor = file.descriptor;
        // The byte shows which part of the buffer was not written.
        let mut bytes = vec![0xee; size.into()];
        let received = match call {
            ReceiveCall::Read => format!("{:?}", calls::read(descriptor, &mut bytes)),
            ReceiveCall::ReadVectored => format!("{:?}", calls::read_vectored(descriptor, &mut bytes)),
            ReceiveCall::Receive => format!("{:?}", calls::receive(descriptor, &mut bytes, flags)),
            ReceiveCall::ReceiveFrom => match calls::receive_from(descriptor, &mut bytes, flags) {
                Ok((count, from)) => format!("{count} from {}", self.address_text(file.is_udp, from)),
                Err(error) => format!("{error:?}"),
            },
            ReceiveCall::ReceiveMessage => match calls::receive_message(descriptor, &mut bytes, flags) {
                Ok(calls::Message { count, from, flags }) => {
                    format!("{count} from {}, flags {flags:#x}", self.address_text(file.is_udp, from))
                }
                Err(error) => format!("{error:?}"),
            },
        };
        format!("{received}, {bytes:02x?}")
    }

    fn watch(&self, epoll: bool, operation: c_int, file: File, events: u32) -> String {
        let epoll = self.epolls[usize::from(epoll)];
        format!("{:?}", calls::epoll_control(epoll, operation, file.descriptor, events, file.number))
    }

    /// Returns the address of a target that a socket sends or connects to, unless the target is left out.
    fn reachable(&mut self, file: File, to: Target) -> Option<SocketAddr> {
        let address = self.address(file, to);
        // Packets to foreign addresses would leave the loopback interface.
        let is_foreign = matches!(to.host, TargetHost::Foreign);
        // A TCP socket that connects to its own port is connected with itself, which is not simulated.
        let own = calls::local_address(file.descriptor).ok().flatten().map_or(0, |own| own.port());
        let is_itself = !file.is_udp && own != 0 && own == address.port();
        (!is_foreign && !is_itself).then_some(address)
    }

    /// Returns whether a socket has not had a peer of another family before. On Linux, a TCP socket of IPv6 that has
    /// requested a connection over IPv4 is never answered over IPv6 later.
    fn stays_in_family(&mut self, file: File, to: SocketAddr) -> bool {
        if file.is_udp || !file.is_v6 {
            return true;
        }
        let is_v4 = to.ip().to_canonical().is_ipv4();
        if is_v4 {
            self.with_v4_peers.insert(file.original);
        }
        is_v4 || !self.with_v4_peers.contains(&file.original)
    }

    fn address(&mut self, file: File, to: Target) -> SocketAddr {
        let ip = match to.host {
            TargetHost::Any if file.is_v6 => Ipv6Addr::UNSPECIFIED.into(),
            TargetHost::Any => Ipv4Addr::UNSPECIFIED.into(),
            TargetHost::Loopback => loopback(file.is_v6),
            TargetHost::OtherLoopback => Ipv4Addr::new(127, 0, 0, 2).into(),
            TargetHost::Mapped => Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(),
            TargetHost::WrongFamily => loopback(!file.is_v6),
            TargetHost::Foreign if file.is_v6 => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
            TargetHost::Foreign => Ipv4Addr::new(192, 0, 2, 1).into(),
        };
        let port_of = |file: File| calls::local_address(file.descriptor).ok().flatten().map(|address| address.port());
        let port = match to.port {
            TargetPort::Zero => 0,
            TargetPort::Closed => CLOSED_PORT,
            TargetPort::Of(at) => self.file(at).and_then(port_of).unwrap_or(0),
        };
        SocketAddr::new(ip, port)
    }

    fn named(&mut self, file: File, address: Call<Option<SocketAddr>>) -> String {
        match address {
            Ok(address) => self.address_text(file.is_udp, address),
            Err(error) => format!("{error:?}"),
        }
    }

    /// Returns the text of an address, with the position of its port in the order of appearance.
    fn address_text(&mut self, is_udp: bool, address: Option<SocketAddr>) -> String {
        let Some(address) = address else { return "no address".to_owned() };
        let port = match address.port() {
            port @ (0 | CLOSED_PORT) => port.to_string(),
            port => format!("port {}", self.port_position(is_udp, port)),
        };
        format!("{} {port}", address.ip())
    }

    fn port_position(&mut self, is_udp: bool, port: u16) -> usize {
        let known = self.ports.iter().position(|&known| known == (is_udp, port));
        known.unwrap_or_else(|| {
            self.ports.push((is_udp, port));
            self.ports.len() - 1
        })
    }

    /// Returns the readiness of all sockets.
    fn readiness(&mut self) -> String {
        let descriptors: Vec<_> = self.files.iter().map(|file| file.descriptor).collect();
        let polled = calls::poll(&descriptors, POLLED).expect("all descriptors are open");
        let text = |(file, ready): (&File, i16)| format!("{}: {}", file.number, conditions(ready as u32));
        self.files.iter().zip(polled).map(text).collect::<Vec<_>>().join(", ")
    }
}

fn loopback(is_v6: bool) -> IpAddr {
    if is_v6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() }
}

/// Sets an option, and looks at its value. Options that would make the outcomes of later calls depend on time or on the
/// sizes of Linux's buffers are set back.
fn set(descriptor: c_int, setting: Setting) -> String {
    let (level, name, value, later): (_, _, &[c_int], Option<c_int>) = match setting {
        Setting::ReuseAddress(on) => (libc::SOL_SOCKET, libc::SO_REUSEADDR, &[on.into()], None),
        Setting::ReusePort(on) => (libc::SOL_SOCKET, libc::SO_REUSEPORT, &[on.into()], None),
        Setting::ResetOnClose(on) => (libc::SOL_SOCKET, libc::SO_LINGER, &[on.into(), 0], None),
        Setting::SendBuffer(size) => (libc::SOL_SOCKET, libc::SO_SNDBUF, &[size], Some(200_000)),
        Setting::ReceiveBuffer(size) => (libc::SOL_SOCKET, libc::SO_RCVBUF, &[size], Some(200_000)),
        Setting::NoDelay(value) => (libc::IPPROTO_TCP, libc::TCP_NODELAY, &[value], Some(1)),
        Setting::V6Only(on) => (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, &[on.into()], None),
        Setting::KeepAlive(value) => (libc::SOL_SOCKET, libc::SO_KEEPALIVE, &[value], None),
        Setting::Unknown => (libc::SOL_SOCKET, 9999, &[1], None),
    };
    let set = calls::set_option(descriptor, level, name, value);
    let got = calls::option(descriptor, level, name);
    let later = later.map(|value| calls::set_option(descriptor, level, name, &[value]));
    format!("{set:?}, {got:?}, {later:?}")
}

fn event_text((number, events): (u64, u32)) -> String {
    format!("{number}: {}", conditions(events))
}

/// Returns the names of conditions.
fn conditions(ready: u32) -> String {
    const NAMES: [(c_int, &str); 7] = [
        (libc::EPOLLIN, "in"),
        (libc::EPOLLPRI, "urgent"),
        (libc::EPOLLOUT, "out"),
        (libc::EPOLLERR, "error"),
        (libc::EPOLLHUP, "hang-up"),
        (libc::EPOLLRDHUP, "peer-hang-up"),
        (libc::POLLNVAL as c_int, "invalid"),
    ];
    let names: Vec<_> = NAMES.iter().filter(|(bit, _)| ready & *bit as u32 != 0).map(|(_, name)| *name).collect();
    names.join("|")
}

//! Operations of random programs.

use std::ffi::c_int;

use proptest::collection::vec;
use proptest::prelude::*;

/// An operation of a program. Files and sockets are given by numbers, which count the open ones in a circle.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    Socket {
        is_v6: bool,
        is_udp: bool,
    },
    /// Two sockets that are connected to each other.
    Pair {
        is_v6: bool,
        is_udp: bool,
    },
    Bind {
        at: u8,
        to: Target,
    },
    Listen {
        at: u8,
        backlog: c_int,
    },
    Connect {
        at: u8,
        to: Target,
    },
    /// Connects to an address of the family `AF_UNSPEC`.
    Disconnect {
        at: u8,
    },
    Accept {
        at: u8,
    },
    Send {
        at: u8,
        call: SendCall,
        size: u16,
        flags: c_int,
    },
    Receive {
        at: u8,
        call: ReceiveCall,
        size: u16,
        flags: c_int,
    },
    /// Sends until the send buffer is full.
    Fill {
        at: u8,
    },
    /// Receives until there is nothing left.
    Drain {
        at: u8,
    },
    ShutDown {
        at: u8,
        how: c_int,
    },
    Close {
        at: u8,
    },
    LocalAddress {
        at: u8,
    },
    PeerAddress {
        at: u8,
    },
    SetOption {
        at: u8,
        setting: Setting,
    },
    GetOption {
        at: u8,
        option: (c_int, c_int),
    },
    Duplicate {
        at: u8,
    },
    Unread {
        at: u8,
    },
    /// Adds a socket to an `epoll` file.
    Watch {
        epoll: bool,
        at: u8,
        events: u32,
    },
    ChangeWatch {
        epoll: bool,
        at: u8,
        events: u32,
    },
    Unwatch {
        epoll: bool,
        at: u8,
    },
    /// Takes events of an `epoll` file, without waiting.
    TakeEvents {
        epoll: bool,
        max: usize,
    },
}

/// An address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) host: TargetHost,
    pub(super) port: TargetPort,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum TargetHost {
    /// The unspecified address of the socket's family.
    Any,
    /// The loopback address of the socket's family.
    Loopback,
    /// Another address of the loopback interface: 127.0.0.2.
    OtherLoopback,
    /// The loopback address of IPv4, in the form of IPv6.
    Mapped,
    /// The loopback address of the family that the socket does not have.
    WrongFamily,
    /// An address of another host. Only sockets are bound to it: connecting would leave the loopback interface.
    Foreign,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum TargetPort {
    Zero,
    /// A port that no socket uses.
    Closed,
    /// The port of a socket.
    Of(u8),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum SendCall {
    Write,
    WriteVectored,
    Send,
    SendTo(Target),
    SendMessage(Option<Target>),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ReceiveCall {
    Read,
    ReadVectored,
    Receive,
    ReceiveFrom,
    ReceiveMessage,
}

/// An option that is set.
#[derive(Clone, Copy, Debug)]
pub(super) enum Setting {
    ReuseAddress(bool),
    ReusePort(bool),
    /// Closing resets the connection, or does not.
    ResetOnClose(bool),
    SendBuffer(c_int),
    ReceiveBuffer(c_int),
    NoDelay(c_int),
    V6Only(bool),
    KeepAlive(c_int),
    /// An option that does not exist.
    Unknown,
}

/// Returns programs of at most `max` operations.
pub(super) fn programs(max: usize) -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 1..=max)
}

fn operation() -> impl Strategy<Value = Operation> {
    let at = || 0_u8..8;
    let kind = || (prop::bool::weighted(0.3), prop::bool::weighted(0.3));
    let watch = || (any::<bool>(), at(), events());
    prop_oneof![
        2 => kind().prop_map(|(is_v6, is_udp)| Operation::Socket { is_v6, is_udp }),
        3 => kind().prop_map(|(is_v6, is_udp)| Operation::Pair { is_v6, is_udp }),
        3 => (at(), target()).prop_map(|(at, to)| Operation::Bind { at, to }),
        2 => (at(), 0..3).prop_map(|(at, backlog)| Operation::Listen { at, backlog }),
        4 => (at(), target()).prop_map(|(at, to)| Operation::Connect { at, to }),
        1 => at().prop_map(|at| Operation::Disconnect { at }),
        3 => at().prop_map(|at| Operation::Accept { at }),
        7 => (at(), send_call(), size(), send_flags())
            .prop_map(|(at, call, size, flags)| Operation::Send { at, call, size, flags }),
        7 => (at(), receive_call(), size(), receive_flags())
            .prop_map(|(at, call, size, flags)| Operation::Receive { at, call, size, flags }),
        1 => at().prop_map(|at| Operation::Fill { at }),
        1 => at().prop_map(|at| Operation::Drain { at }),
        3 => (at(), prop_oneof![4 => 0..3, 1 => Just(7)]).prop_map(|(at, how)| Operation::ShutDown { at, how }),
        3 => at().prop_map(|at| Operation::Close { at }),
        1 => at().prop_map(|at| Operation::LocalAddress { at }),
        1 => at().prop_map(|at| Operation::PeerAddress { at }),
        3 => (at(), setting()).prop_map(|(at, setting)| Operation::SetOption { at, setting }),
        2 => (at(), option()).prop_map(|(at, option)| Operation::GetOption { at, option }),
        1 => at().prop_map(|at| Operation::Duplicate { at }),
        1 => at().prop_map(|at| Operation::Unread { at }),
        3 => watch().prop_map(|(epoll, at, events)| Operation::Watch { epoll, at, events }),
        2 => watch().prop_map(|(epoll, at, events)| Operation::ChangeWatch { epoll, at, events }),
        1 => (any::<bool>(), at()).prop_map(|(epoll, at)| Operation::Unwatch { epoll, at }),
        5 => (any::<bool>(), prop_oneof![Just(1_usize), Just(8)])
            .prop_map(|(epoll, max)| Operation::TakeEvents { epoll, max }),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    let host = prop_oneof![
        8 => Just(TargetHost::Loopback),
        4 => Just(TargetHost::Any),
        1 => Just(TargetHost::OtherLoopback),
        1 => Just(TargetHost::Mapped),
        1 => Just(TargetHost::WrongFamily),
        1 => Just(TargetHost::Foreign),
    ];
    let port = prop_oneof![
        2 => Just(TargetPort::Zero),
        1 => Just(TargetPort::Closed),
        5 => (0_u8..8).prop_map(TargetPort::Of),
    ];
    (host, port).prop_map(|(host, port)| Target { host, port })
}

fn send_call() -> impl Strategy<Value = SendCall> {
    prop_oneof![
        Just(SendCall::Write),
        Just(SendCall::WriteVectored),
        Just(SendCall::Send),
        target().prop_map(SendCall::SendTo),
        prop::option::of(target()).prop_map(SendCall::SendMessage),
    ]
}

fn receive_call() -> impl Strategy<Value = ReceiveCall> {
    prop_oneof![
        Just(ReceiveCall::Read),
        Just(ReceiveCall::ReadVectored),
        Just(ReceiveCall::Receive),
        Just(ReceiveCall::ReceiveFrom),
        Just(ReceiveCall::ReceiveMessage),
    ]
}

fn size() -> impl Strategy<Value = u16> {
    prop_oneof![1 => Just(0_u16), 6 => 1_u16..12, 1 => 900_u16..1000]
}

fn send_flags() -> impl Strategy<Value = c_int> {
    prop_oneof![3 => Just(0), 1 => Just(libc::MSG_DONTWAIT), 1 => Just(libc::MSG_NOSIGNAL)]
}

fn receive_flags() -> impl Strategy<Value = c_int> {
    prop_oneof![
        4 => Just(0),
        2 => Just(libc::MSG_PEEK),
        1 => Just(libc::MSG_TRUNC),
        1 => Just(libc::MSG_DONTWAIT),
        1 => Just(libc::MSG_PEEK | libc::MSG_TRUNC),
        1 => Just(libc::MSG_WAITALL),
        1 => Just(libc::MSG_ERRQUEUE),
        1 => Just(libc::MSG_OOB),
    ]
}

fn events() -> impl Strategy<Value = u32> {
    let of_data = prop_oneof![
        4 => Just(libc::EPOLLIN | libc::EPOLLOUT),
        2 => Just(libc::EPOLLIN | libc::EPOLLRDHUP),
        1 => Just(libc::EPOLLOUT),
        1 => Just(0),
        2 => Just(libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP | libc::EPOLLPRI),
    ];
    let of_mode = prop_oneof![
        4 => Just(libc::EPOLLET),
        2 => Just(0),
        1 => Just(libc::EPOLLONESHOT),
        1 => Just(libc::EPOLLET | libc::EPOLLONESHOT),
    ];
    (of_data, of_mode).prop_map(|(data, mode)| (data | mode) as u32)
}

fn setting() -> impl Strategy<Value = Setting> {
    prop_oneof![
        3 => any::<bool>().prop_map(Setting::ReuseAddress),
        1 => any::<bool>().prop_map(Setting::ReusePort),
        3 => prop::bool::weighted(0.8).prop_map(Setting::ResetOnClose),
        1 => buffer_size().prop_map(Setting::SendBuffer),
        1 => buffer_size().prop_map(Setting::ReceiveBuffer),
        1 => (-1..3).prop_map(Setting::NoDelay),
        2 => any::<bool>().prop_map(Setting::V6Only),
        1 => (-1..3).prop_map(Setting::KeepAlive),
        1 => Just(Setting::Unknown),
    ]
}

fn buffer_size() -> impl Strategy<Value = c_int> {
    prop_oneof![Just(0), Just(1000), Just(2500), Just(50_000), Just(200_000)]
}

fn option() -> impl Strategy<Value = (c_int, c_int)> {
    prop_oneof![
        4 => Just((libc::SOL_SOCKET, libc::SO_ERROR)),
        1 => Just((libc::SOL_SOCKET, libc::SO_TYPE)),
        1 => Just((libc::SOL_SOCKET, libc::SO_DOMAIN)),
        1 => Just((libc::SOL_SOCKET, libc::SO_PROTOCOL)),
        2 => Just((libc::SOL_SOCKET, libc::SO_ACCEPTCONN)),
        1 => Just((libc::SOL_SOCKET, libc::SO_REUSEADDR)),
        1 => Just((libc::SOL_SOCKET, libc::SO_REUSEPORT)),
        1 => Just((libc::SOL_SOCKET, libc::SO_LINGER)),
        1 => Just((libc::SOL_SOCKET, libc::SO_KEEPALIVE)),
        1 => Just((libc::SOL_SOCKET, libc::SO_BROADCAST)),
        1 => Just((libc::IPPROTO_TCP, libc::TCP_KEEPIDLE)),
        1 => Just((libc::IPPROTO_TCP, libc::TCP_KEEPCNT)),
        1 => Just((libc::IPPROTO_IP, libc::IP_TTL)),
        1 => Just((libc::IPPROTO_IPV6, libc::IPV6_V6ONLY)),
        1 => Just((libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS)),
        1 => Just((libc::SOL_SOCKET, 9999)),
        1 => Just((9999, 1)),
    ]
}

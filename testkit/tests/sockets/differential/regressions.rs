//! Short programs, each for a difference that random programs have found.

use super::operation::{Operation, ReceiveCall, SendCall, Setting, Target, TargetHost, TargetPort};
use super::{Operation::*, assert_same};

const TCP_PAIR: Operation = Pair { is_v6: false, is_udp: false };
const UDP_PAIR: Operation = Pair { is_v6: false, is_udp: true };
const TCP: Operation = Socket { is_v6: false, is_udp: false };
const UDP: Operation = Socket { is_v6: false, is_udp: true };
const UDP_V6: Operation = Socket { is_v6: true, is_udp: true };
const TCP_V6: Operation = Socket { is_v6: true, is_udp: false };

const EDGES: u32 = (libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP | libc::EPOLLET) as u32;
const LEVELS: u32 = (libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP) as u32;

fn target(host: TargetHost, port: TargetPort) -> Target {
    Target { host, port }
}

/// Returns the loopback address with a port.
fn local(port: TargetPort) -> Target {
    target(TargetHost::Loopback, port)
}

fn connect(at: u8, port: TargetPort) -> Operation {
    Connect { at, to: local(port) }
}

fn bind(at: u8, port: TargetPort) -> Operation {
    Bind { at, to: local(port) }
}

fn send(at: u8) -> Operation {
    Send { at, call: SendCall::Write, size: 3, flags: 0 }
}

fn receive(at: u8, size: u16, flags: i32) -> Operation {
    Receive { at, call: ReceiveCall::ReceiveFrom, size, flags }
}

fn take(epoll: bool) -> Operation {
    TakeEvents { epoll, max: 8 }
}

fn watch(epoll: bool, at: u8, events: u32) -> Operation {
    Watch { epoll, at, events }
}

fn how(at: u8, how: i32) -> Operation {
    ShutDown { at, how }
}

#[test]
fn the_second_connect_reports_the_connection_and_the_third_that_there_is_one() {
    let connect = || connect(1, TargetPort::Of(0));
    assert_same(&[TCP, Listen { at: 0, backlog: 1 }, TCP, connect(), connect(), connect(), PeerAddress { at: 1 }]);
}

#[test]
fn a_refused_connect_reports_its_error_once_and_may_be_repeated() {
    let connect = || connect(0, TargetPort::Closed);
    assert_same(&[TCP, connect(), connect(), LocalAddress { at: 0 }, connect(), connect()]);
    let error = GetOption { at: 0, option: (libc::SOL_SOCKET, libc::SO_ERROR) };
    assert_same(&[TCP, connect(), error, connect(), connect()]);
    assert_same(&[TCP, connect(), how(0, libc::SHUT_RD), connect(), Disconnect { at: 0 }, connect()]);
}

#[test]
fn a_disconnected_socket_resets_its_peer_and_may_connect_again() {
    assert_same(&[
        TCP_PAIR,
        Disconnect { at: 0 },
        receive(1, 1, 0),
        PeerAddress { at: 0 },
        LocalAddress { at: 0 },
        TCP,
        Listen { at: 2, backlog: 1 },
        connect(0, TargetPort::Of(2)),
        receive(0, 1, 0),
    ]);
    assert_same(&[TCP, bind(0, TargetPort::Zero), Disconnect { at: 0 }, bind(0, TargetPort::Zero)]);
}

#[test]
fn a_shut_down_listener_may_listen_again() {
    let listen = || Listen { at: 0, backlog: 1 };
    assert_same(&[
        TCP,
        listen(),
        TCP,
        connect(1, TargetPort::Of(0)),
        how(0, libc::SHUT_WR),
        how(0, libc::SHUT_RD),
        receive(1, 1, 0),
        listen(),
        LocalAddress { at: 0 },
    ]);
}

#[test]
fn shutdown_of_an_unconnected_socket_fails_and_changes_its_readiness() {
    for socket in [TCP, UDP] {
        assert_same(&[socket, how(0, libc::SHUT_RD), how(0, libc::SHUT_WR), send(0), receive(0, 1, 0)]);
    }
}

#[test]
fn a_connection_that_both_ends_have_shut_down_is_over() {
    assert_same(&[
        TCP_PAIR,
        send(0),
        how(0, libc::SHUT_WR),
        how(1, libc::SHUT_WR),
        PeerAddress { at: 0 },
        how(1, libc::SHUT_WR),
        receive(1, 8, 0),
        receive(1, 8, 0),
        send(1),
        connect(0, TargetPort::Closed),
    ]);
}

#[test]
fn data_after_shutdown_in_both_directions_resets_the_connection() {
    assert_same(&[TCP_PAIR, how(0, libc::SHUT_RDWR), send(1), receive(0, 1, 0), receive(1, 1, 0), send(1)]);
}

#[test]
fn a_reset_after_the_end_of_the_peer_is_not_read() {
    assert_same(&[TCP_PAIR, send(1), how(0, libc::SHUT_WR), Close { at: 0 }, receive(0, 1, 0), send(0), send(0)]);
}

#[test]
fn the_port_of_an_ended_connection_remains_in_use() {
    let ended = |setting: Option<bool>| {
        let reuse = |at| setting.map(|on| SetOption { at, setting: Setting::ReuseAddress(on) });
        let mut program = vec![TCP];
        program.extend(reuse(0));
        program.extend([
            Listen { at: 0, backlog: 1 },
            TCP,
            connect(1, TargetPort::Of(0)),
            Accept { at: 0 },
            // The accepted end closes first.
            how(2, libc::SHUT_WR),
            Close { at: 1 },
            TCP,
        ]);
        program.extend(reuse(2));
        program.extend([bind(2, TargetPort::Of(1)), Close { at: 0 }, bind(1, TargetPort::Of(0))]);
        program
    };
    assert_same(&ended(None));
    assert_same(&ended(Some(true)));
}

#[test]
fn the_second_bind_fails_for_another_reason_in_each_family() {
    for socket in [TCP, TCP_V6] {
        let foreign = || Bind { at: 0, to: target(TargetHost::Foreign, TargetPort::Zero) };
        assert_same(&[socket, bind(0, TargetPort::Zero), bind(0, TargetPort::Zero), foreign()]);
    }
}

#[test]
fn an_ipv6_socket_bound_to_an_ipv6_address_reaches_no_ipv4() {
    let mapped = target(TargetHost::Mapped, TargetPort::Closed);
    let v4 = target(TargetHost::OtherLoopback, TargetPort::Closed);
    let only = || GetOption { at: 0, option: (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY) };
    for socket in [TCP_V6, UDP_V6] {
        for to in [mapped, v4] {
            assert_same(&[socket.clone(), bind(0, TargetPort::Zero), only(), Connect { at: 0, to }]);
        }
    }
    for to in [mapped, v4] {
        let call = SendCall::SendTo(to);
        assert_same(&[UDP_V6, bind(0, TargetPort::Zero), Send { at: 0, call, size: 3, flags: 0 }]);
    }
}

#[test]
fn an_ipv6_socket_of_udp_sends_to_ipv4_addresses() {
    for host in [TargetHost::Mapped, TargetHost::OtherLoopback] {
        let send = |port| Send { at: 0, call: SendCall::SendTo(target(host, port)), size: 3, flags: 0 };
        assert_same(&[UDP_V6, UDP, bind(1, TargetPort::Zero), send(TargetPort::Of(1)), send(TargetPort::Zero)]);
        let connect = Connect { at: 0, to: target(host, TargetPort::Of(1)) };
        assert_same(&[UDP_V6, UDP, bind(1, TargetPort::Zero), connect, LocalAddress { at: 0 }]);
    }
}

#[test]
fn the_unspecified_address_stands_for_the_address_of_the_sender() {
    let other = Bind { at: 0, to: target(TargetHost::OtherLoopback, TargetPort::Zero) };
    let call = SendCall::SendTo(target(TargetHost::Any, TargetPort::Of(0)));
    assert_same(&[UDP, other, Send { at: 0, call, size: 3, flags: 0 }, receive(0, 8, 0)]);
}

#[test]
fn an_address_of_the_wrong_family_still_binds_a_udp_socket() {
    let wrong = || target(TargetHost::WrongFamily, TargetPort::Closed);
    assert_same(&[UDP, Connect { at: 0, to: wrong() }, LocalAddress { at: 0 }]);
    let send = Send { at: 0, call: SendCall::SendTo(wrong()), size: 3, flags: 0 };
    assert_same(&[UDP, send, LocalAddress { at: 0 }, bind(0, TargetPort::Zero)]);
}

#[test]
fn a_udp_socket_that_is_connected_in_both_families_learns_of_no_unreachable_port() {
    let v4 = Connect { at: 0, to: target(TargetHost::OtherLoopback, TargetPort::Closed) };
    assert_same(&[UDP_V6, connect(0, TargetPort::Closed), v4, send(0), receive(0, 8, 0)]);
}

#[test]
fn a_disconnected_udp_socket_has_no_port_unless_it_was_bound() {
    let disconnect = || [Disconnect { at: 0 }, LocalAddress { at: 0 }, send(0), LocalAddress { at: 0 }];
    let mut program = vec![UDP, connect(0, TargetPort::Closed)];
    program.extend(disconnect());
    assert_same(&program);
    let mut program = vec![UDP_PAIR];
    program.extend(disconnect());
    assert_same(&program);
}

#[test]
fn a_udp_socket_that_is_shut_down_does_not_send() {
    assert_same(&[UDP_PAIR, how(0, libc::SHUT_WR), send(0), how(0, libc::SHUT_RD), send(1), receive(0, 8, 0)]);
}

#[test]
fn an_unreachable_port_is_reported_after_the_address_was_checked() {
    let call = SendCall::SendTo(local(TargetPort::Zero));
    let to_port_0 = Send { at: 0, call, size: 3, flags: 0 };
    assert_same(&[UDP, connect(0, TargetPort::Closed), send(0), to_port_0, receive(0, 1, 0), receive(0, 1, 0)]);
}

#[test]
fn reads_of_no_bytes_return_at_once_and_other_calls_do_not() {
    for call in [ReceiveCall::Read, ReceiveCall::ReadVectored, ReceiveCall::Receive] {
        assert_same(&[
            TCP_PAIR,
            Receive { at: 0, call, size: 0, flags: 0 },
            TCP,
            Receive { at: 2, call, size: 0, flags: 0 },
        ]);
    }
    for call in [SendCall::Write, SendCall::WriteVectored] {
        assert_same(&[UDP_PAIR, Send { at: 0, call, size: 0, flags: 0 }, receive(1, 8, 0)]);
        assert_same(&[TCP, Send { at: 0, call, size: 0, flags: 0 }]);
    }
}

#[test]
fn truncated_bytes_of_a_stream_are_discarded() {
    let send = || send(0);
    assert_same(&[TCP_PAIR, send(), receive(1, 2, libc::MSG_TRUNC), receive(1, 8, 0)]);
    assert_same(&[TCP_PAIR, send(), receive(1, 2, libc::MSG_TRUNC | libc::MSG_PEEK), receive(1, 8, 0)]);
    assert_same(&[UDP_PAIR, send(), receive(1, 2, libc::MSG_TRUNC | libc::MSG_PEEK), receive(1, 2, libc::MSG_TRUNC)]);
}

#[test]
fn urgent_data_is_never_there() {
    for pair in [TCP_PAIR, UDP_PAIR] {
        assert_same(&[pair, send(0), receive(1, 8, libc::MSG_OOB)]);
    }
    assert_same(&[TCP, Listen { at: 0, backlog: 1 }, receive(0, 8, libc::MSG_OOB), Unread { at: 0 }]);
}

#[test]
fn a_stream_ignores_the_address_that_a_call_sends_to() {
    let call = SendCall::SendTo(target(TargetHost::WrongFamily, TargetPort::Closed));
    assert_same(&[TCP_PAIR, Send { at: 0, call, size: 3, flags: 0 }, receive(1, 8, 0)]);
}

#[test]
fn options_have_the_values_and_errors_of_linux() {
    let settings = [
        Setting::NoDelay(2),
        Setting::KeepAlive(-1),
        Setting::ReceiveBuffer(0),
        Setting::SendBuffer(0),
        Setting::V6Only(true),
    ];
    for socket in [TCP, UDP, TCP_V6, UDP_V6] {
        let set = settings.map(|setting| SetOption { at: 0, setting });
        assert_same(&[&[socket.clone()][..], &set].concat());
        assert_same(&[socket, bind(0, TargetPort::Zero), SetOption { at: 0, setting: Setting::V6Only(false) }]);
    }
}

#[test]
fn an_epoll_that_changes_its_interest_does_not_tell_others() {
    assert_same(&[
        TCP_PAIR,
        watch(false, 0, EDGES),
        watch(true, 0, EDGES),
        take(false),
        take(true),
        ChangeWatch { epoll: false, at: 0, events: EDGES },
        take(true),
        take(false),
    ]);
}

#[test]
fn an_interest_without_conditions_still_has_errors() {
    for one_shot in [0, libc::EPOLLONESHOT as u32] {
        let take = || take(false);
        assert_same(&[TCP_PAIR, watch(false, 0, one_shot), take(), send(0), Close { at: 1 }, take(), take()]);
    }
}

#[test]
fn the_last_watcher_of_a_socket_is_told_first() {
    assert_same(&[
        TCP_PAIR,
        Duplicate { at: 0 },
        watch(false, 0, EDGES),
        watch(false, 2, EDGES),
        take(false),
        send(1),
        take(false),
        watch(false, 1, LEVELS),
        TakeEvents { epoll: false, max: 1 },
        TakeEvents { epoll: false, max: 1 },
        TakeEvents { epoll: false, max: 1 },
    ]);
}

#[test]
fn a_socket_remains_watched_until_its_last_descriptor_is_closed() {
    assert_same(&[
        TCP_PAIR,
        watch(false, 0, EDGES),
        take(false),
        Duplicate { at: 0 },
        Close { at: 0 },
        send(0),
        take(false),
        // The number of the closed descriptor is used again.
        TCP,
        watch(false, 2, EDGES),
        take(false),
        Close { at: 1 },
        take(false),
    ]);
}

#[test]
fn the_end_of_a_peer_and_a_larger_buffer_tell_that_a_socket_can_be_written_to() {
    let writable = (libc::EPOLLOUT | libc::EPOLLET) as u32;
    let take = || take(false);
    assert_same(&[TCP_PAIR, watch(false, 0, writable), take(), how(1, libc::SHUT_WR), take(), take()]);
    let larger = SetOption { at: 0, setting: Setting::SendBuffer(200_000) };
    assert_same(&[TCP_PAIR, watch(false, 0, writable), take(), larger, take(), take()]);
    assert_same(&[UDP_PAIR, watch(false, 0, writable), take(), send(0), take(), take()]);
}

#[test]
fn a_full_socket_can_be_written_to_once_its_peer_has_read() {
    let take = || take(false);
    let (fill, drain) = (Fill { at: 0 }, Drain { at: 1 });
    assert_same(&[
        TCP_PAIR,
        watch(false, 0, EDGES),
        take(),
        fill,
        take(),
        receive(1, 900, 0),
        take(),
        drain,
        take(),
        take(),
    ]);
}

#[test]
fn a_disconnect_resets_a_connection_with_unsent_bytes_although_both_directions_have_ended() {
    let shut_down = |at| ShutDown { at, how: libc::SHUT_WR };
    assert_same(&[TCP_PAIR, shut_down(0), Fill { at: 1 }, shut_down(1), Disconnect { at: 1 }]);
    assert_same(&[TCP_PAIR, shut_down(0), send(1), shut_down(1), Disconnect { at: 1 }]);
}

//! UDP sockets of `tokio::net`.

use std::io::ErrorKind;
use std::net::SocketAddr;

use testkit::{Explorer, Sim};
use tokio::net::UdpSocket;

use crate::support::*;

/// Binds a socket on each of two hosts. Returns them, with the address of the second.
async fn sockets(sim: Sim) -> (UdpSocket, UdpSocket, SocketAddr) {
    let (client, server) = (sim.host("client"), sim.host("server"));
    let bind = || UdpSocket::bind("0.0.0.0:53");
    let client = client.spawn("bind", bind()).await.unwrap().unwrap();
    let socket = server.spawn("bind", bind()).await.unwrap().unwrap();
    (client, socket, SocketAddr::new(server.address(), 53))
}

/// Returns what arrives within a second without anything else, in order.
async fn arrivals(socket: &UdpSocket) -> Vec<String> {
    let (mut arrived, mut bytes) = (Vec::new(), [0; 16]);
    while let Ok(received) = tokio::time::timeout(SECOND, socket.recv(&mut bytes)).await {
        arrived.push(String::from_utf8_lossy(&bytes[..received.unwrap()]).into_owned());
    }
    arrived
}

#[test]
fn datagrams_travel_between_hosts() {
    passes(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        sim.net().latency(10 * MILLISECOND);
        assert_eq!(client.send_to(b"question", address).await.unwrap(), 8);
        let mut bytes = [0; 16];
        let (count, from) = server.recv_from(&mut bytes).await.unwrap();
        assert_eq!((&bytes[..count], from), (&b"question"[..], SocketAddr::new(sim.host("client").address(), 53)));
        assert_eq!(sim.elapsed(), 10 * MILLISECOND);
        server.send_to(b"answer", from).await.unwrap();
        let (count, from) = client.recv_from(&mut bytes).await.unwrap();
        assert_eq!((&bytes[..count], from), (&b"answer"[..], address));
        assert_eq!(sim.elapsed(), 20 * MILLISECOND);
    });
}

#[test]
fn a_connected_socket_receives_only_from_its_peer() {
    passes(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        client.connect(address).await.unwrap();
        assert_eq!(client.peer_addr().unwrap(), address);
        client.send(b"question").await.unwrap();
        let mut bytes = [0; 16];
        let (_, from) = server.recv_from(&mut bytes).await.unwrap();
        let stranger = UdpSocket::bind("0.0.0.0:0").await.unwrap();
        stranger.send_to(b"noise", from).await.unwrap();
        sim.settle().await;
        server.send_to(b"answer", from).await.unwrap();
        let count = client.recv(&mut bytes).await.unwrap();
        assert_eq!(&bytes[..count], b"answer");
    });
}

#[test]
fn a_connected_socket_learns_of_an_unreachable_port() {
    passes(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        drop(server);
        client.connect(address).await.unwrap();
        client.send(b"question").await.unwrap();
        let error = client.recv(&mut [0; 16]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        // The error is reported once, by the next call.
        client.send(b"question").await.unwrap();
        sim.settle().await;
        assert_eq!(client.send(b"again").await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_socket_that_is_not_connected_does_not_learn_of_an_unreachable_port() {
    passes(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        drop(server);
        client.send_to(b"question", address).await.unwrap();
        assert!(tokio::time::timeout(HOUR, client.recv_from(&mut [0; 16])).await.is_err());
        assert_eq!(client.send(b"question").await.unwrap_err().raw_os_error(), Some(libc::EDESTADDRREQ));
    });
}

#[test]
fn the_loss_of_a_datagram_is_a_choice_described_in_a_sentence() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        sim.net().may_lose();
        client.send_to(b"1", address).await.unwrap();
        assert_eq!(arrivals(&server).await, ["1"]);
    });
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert_report_contains(&failure, &["packet 0 from `client` to `server` was lost"]);
}

#[test]
fn the_duplication_of_a_datagram_is_a_choice_described_in_a_sentence() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        sim.net().may_duplicate();
        client.send_to(b"1", address).await.unwrap();
        assert_eq!(arrivals(&server).await, ["1"]);
    });
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert_report_contains(&failure, &["packet 0 from `client` to `server` arrived twice"]);
}

#[test]
fn the_order_of_datagrams_under_jitter_is_a_choice_described_in_a_sentence() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        sim.net().jitter(10 * MILLISECOND);
        client.send_to(b"1", address).await.unwrap();
        sim.sleep(MILLISECOND).await;
        client.send_to(b"2", address).await.unwrap();
        assert_eq!(arrivals(&server).await, ["1", "2"]);
    });
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert_report_contains(&failure, &["packet 0 from `client` to `server` took "]);
}

#[test]
fn datagrams_that_arrive_at_the_same_time_may_overtake_each_other() {
    let orders = seen(|sim| async move {
        let (client, server, address) = sockets(sim).await;
        for datagram in ["1", "2", "3"] {
            client.send_to(datagram.as_bytes(), address).await.unwrap();
        }
        arrivals(&server).await.concat()
    });
    assert_eq!(orders.len(), 6, "{orders:?}");
}

#[test]
fn lost_datagrams_are_never_sent_again_and_others_arrive_at_most_twice() {
    let arrived = seen(|sim| async move {
        let (client, server, address) = sockets(sim).await;
        sim.net().may_lose().may_duplicate();
        client.send_to(b"1", address).await.unwrap();
        let count = arrivals(&server).await.len();
        // A later datagram does not make the network deliver an earlier one.
        sim.net().calm();
        client.send_to(b"2", address).await.unwrap();
        assert_eq!(arrivals(&server).await, ["2"]);
        count
    });
    assert!(arrived.is_superset(&[0, 1, 2].into()), "{arrived:?}");
}

#[test]
fn a_partition_loses_datagrams() {
    passes(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        sim.net().partition(["client"], ["server"]);
        client.send_to(b"1", address).await.unwrap();
        sim.settle().await;
        sim.net().heal();
        client.send_to(b"2", address).await.unwrap();
        assert_eq!(arrivals(&server).await, ["2"]);
    });
}

#[test]
fn datagrams_of_the_loopback_interface_are_not_lost() {
    passes(Explorer::new(), |sim| async move {
        sim.net().may_lose().may_duplicate().jitter(SECOND);
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        for datagram in ["1", "2"] {
            socket.send_to(datagram.as_bytes(), address).await.unwrap();
        }
        assert_eq!(arrivals(&socket).await, ["1", "2"]);
    });
}

#[test]
fn a_peek_keeps_the_datagram() {
    passes(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        client.send_to(b"1", address).await.unwrap();
        let mut bytes = [0; 16];
        for _ in 0..2 {
            let (count, from) = server.peek_from(&mut bytes).await.unwrap();
            assert_eq!((&bytes[..count], from.ip()), (&b"1"[..], sim.host("client").address()));
        }
        assert_eq!(server.recv(&mut bytes).await.unwrap(), 1);
        assert_eq!(server.try_recv(&mut bytes).unwrap_err().kind(), ErrorKind::WouldBlock);
    });
}

#[test]
fn a_datagram_is_truncated_to_the_buffer() {
    passes(Explorer::new(), |sim| async move {
        let (client, server, address) = sockets(sim).await;
        client.send_to(b"hello", address).await.unwrap();
        client.send_to(b"", address).await.unwrap();
        let mut bytes = [0; 2];
        sim.settle().await;
        let count = server.recv(&mut bytes).await.unwrap();
        // Without a rule for the network, only the schedule decides about the order.
        if count == 0 {
            assert_eq!(server.recv(&mut bytes).await.unwrap(), 2);
        } else {
            assert_eq!(server.recv(&mut bytes).await.unwrap(), 0);
        }
        assert_eq!(&bytes, b"he");
        assert_eq!(server.try_recv(&mut bytes).unwrap_err().kind(), ErrorKind::WouldBlock);
        let error = client.send_to(&vec![0; 65_508], address).await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
    });
}

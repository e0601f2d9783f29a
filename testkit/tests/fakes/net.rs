//! `net`: simulated hosts with TCP between them, and network faults.

use std::io;
use std::time::Duration;

use di_core::ambient::{Connection, Listener};
use testkit::net::{Host, Net};
use testkit::{Explorer, FailureKind, Sim};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::*;

const MINUTE: Duration = Duration::from_secs(60);

async fn connect(from: Host, to: &str) -> io::Result<Connection> {
    from.network().connect(to).await
}

async fn listen(host: Host, port: u16) -> Box<dyn Listener> {
    host.network().bind(&format!("0.0.0.0:{port}")).await.unwrap()
}

/// Starts an echo server at port 7 of the host `server`, and connects the host `client` to it.
async fn echo(sim: Sim, net: Net) -> Connection {
    let (client, server) = (net.host("client"), net.host("server"));
    let mut listener = listen(server, 7).await;
    sim.spawn("accept", async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            di_core::task::spawn(async move {
                let mut bytes = vec![0; 4096];
                while let Ok(count @ 1..) = connection.read(&mut bytes).await {
                    if connection.write_all(&bytes[..count]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    loop {
        match connect(client, "server:7").await {
            // A lossy network may lose the packet of every attempt.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
            connected => return connected.unwrap(),
        }
    }
}

async fn ask(connection: &mut Connection, text: &str) -> io::Result<()> {
    connection.write_all(text.as_bytes()).await?;
    let mut answer = vec![0; text.len()];
    connection.read_exact(&mut answer).await?;
    assert_eq!(answer, text.as_bytes());
    Ok(())
}

fn explorer() -> Explorer {
    Explorer::new().allow_leaks(true)
}

#[test]
fn bytes_are_echoed_under_any_schedule() {
    passes(explorer(), |sim| async move {
        let net = sim.net();
        net.jitter(10 * MILLISECOND).may_lose();
        let mut connection = echo(sim, net).await;
        for text in ["a", "hello", &"x".repeat(5000)] {
            ask(&mut connection, text).await.unwrap();
        }
        connection.shutdown().await.unwrap();
        assert_eq!(connection.read(&mut [0]).await.unwrap(), 0);
    });
}

#[test]
fn without_rules_no_time_passes() {
    passes(explorer(), |sim| async move {
        let mut connection = echo(sim, sim.net()).await;
        ask(&mut connection, "hello").await.unwrap();
        assert_eq!(sim.elapsed(), Duration::ZERO);
    });
}

#[test]
fn more_bytes_than_the_buffers_hold_reach_a_reader_with_a_small_buffer() {
    passes(explorer().schedules(20), |sim| async move {
        let (net, total) = (sim.net(), 400_000);
        let mut listener = listen(net.host("server"), 7).await;
        let reading = sim.spawn("reader", async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let (mut bytes, mut read) = (vec![0; 1000], 0_usize);
            loop {
                let count = connection.read(&mut bytes).await.unwrap();
                assert!(bytes[..count].iter().zip(read..).all(|(&byte, at)| byte == (at % 251) as u8));
                if count == 0 {
                    return read;
                }
                read += count;
            }
        });
        let mut connection = connect(net.host("client"), "server:7").await.unwrap();
        let bytes: Vec<u8> = (0..total).map(|at| (at % 251) as u8).collect();
        connection.write_all(&bytes).await.unwrap();
        drop(connection);
        assert_eq!(reading.await.unwrap(), total);
    });
}

#[test]
fn a_reader_that_does_not_read_stops_the_writer() {
    passes(explorer().schedules(20), |sim| async move {
        let net = sim.net();
        let mut listener = listen(net.host("server"), 7).await;
        let mut connection = connect(net.host("client"), "server:7").await.unwrap();
        let (_held, _) = listener.accept().await.unwrap();
        let mut written = 0;
        while let Ok(count) = tokio::time::timeout(SECOND, connection.write(&[0; 8192])).await {
            written += count.unwrap();
        }
        assert!((100_000..200_000).contains(&written), "{written} bytes");
    });
}

#[test]
fn latency_and_bandwidth_delay_bytes() {
    passes(explorer().schedules(5), |sim| async move {
        let net = sim.net();
        net.link("client", "server").latency(20 * MILLISECOND).bandwidth(1_000_000);
        let mut connection = echo(sim, net).await;
        let begun = sim.elapsed();
        ask(&mut connection, &"x".repeat(50_000)).await.unwrap();
        let taken = sim.elapsed() - begun;
        // Both directions transmit at the same time.
        assert!((90 * MILLISECOND..130 * MILLISECOND).contains(&taken), "{taken:?}");
    });
}

#[test]
fn connection_errors_name_the_host_and_port() {
    passes(explorer(), |sim| async move {
        let net = sim.net();
        let (client, server) = (net.host("client"), net.host("server"));
        let error = |address: &'static str| async move { connect(client, address).await.err().unwrap() };
        let unknown = error("sever:7").await;
        assert_eq!(unknown.kind(), io::ErrorKind::NotFound);
        let text = "there is no host `sever` in this simulation: its hosts are `client`, `server`";
        assert_eq!(unknown.to_string(), text);
        let refused = error("server:7").await;
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(refused.to_string(), "connection refused: no listener at `server:7`");
        assert_eq!(error("server").await.to_string(), "`server` has no port: expected `host:port`");
        assert_eq!(error("server:http").await.to_string(), "`http` is not a valid port in `server:http`");

        let listener = listen(server, 7).await;
        assert_eq!(listener.local_addr().unwrap().to_string(), "10.0.0.2:7");
        let taken = server.network().bind("0.0.0.0:7").await.err().unwrap();
        assert_eq!(taken.to_string(), "host `server` cannot listen at 0.0.0.0:7: the address is already in use");
        let foreign = client.network().bind("server:8").await.err().unwrap();
        assert!(foreign.to_string().contains("it is not an address of this host"), "{foreign}");
        drop(listener);
        listen(server, 7).await;
    });
}

#[test]
fn a_host_can_connect_to_itself() {
    passes(explorer(), |sim| async move {
        let network = sim.network();
        let mut listener = network.bind("localhost:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connection = network.connect(&address.to_string()).await.unwrap();
        let (mut accepted, peer) = listener.accept().await.unwrap();
        assert!(peer.ip().is_loopback());
        connection.write_all(b"x").await.unwrap();
        assert_eq!(accepted.read_u8().await.unwrap(), b'x');
    });
}

#[test]
fn bytes_sent_during_a_partition_arrive_after_it_heals() {
    passes(explorer(), |sim| async move {
        let net = sim.net();
        let mut connection = echo(sim, net).await;
        net.partition(["client"], ["server"]);
        sim.spawn("heal", async move {
            sim.sleep(5 * SECOND).await;
            net.heal();
        });
        ask(&mut connection, "hello").await.unwrap();
        // TCP retransmits after 0.2, 0.6, 1.4, 3 and 6.2 seconds.
        assert!((5 * SECOND..13 * SECOND).contains(&sim.elapsed()), "{:?}", sim.elapsed());
    });
}

#[test]
fn an_isolated_host_fails_to_connect_after_two_minutes() {
    passes(explorer(), |sim| async move {
        let net = sim.net();
        let client = net.host("client");
        let _listener = listen(net.host("server"), 7).await;
        net.isolate("client");
        let error = connect(client, "server:7").await.err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "`client` had no answer from `server:7`: the connection timed out");
        assert_eq!(sim.elapsed(), 127 * SECOND);
    });
}

#[test]
fn an_unacknowledged_connection_times_out_and_resets_its_peer_later() {
    let explorer = explorer().schedules(50);
    passes(explorer, |sim| async move {
        let net = sim.net();
        let (client, server) = (net.host("client"), net.host("server"));
        let mut listener = listen(server, 7).await;
        let mut connection = connect(client, "server:7").await.unwrap();
        let (mut accepted, _) = listener.accept().await.unwrap();
        net.partition(["client"], ["server"]);
        connection.write_all(b"x").await.unwrap();
        let error = connection.read_u8().await.unwrap_err();
        assert_eq!((error.kind(), sim.elapsed().as_secs()), (io::ErrorKind::TimedOut, 924));
        assert_eq!(connection.write(b"y").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        net.heal();
        // The peer does not notice until it sends something itself.
        assert!(tokio::time::timeout(MINUTE, accepted.read_u8()).await.is_err());
        accepted.write_all(b"z").await.unwrap();
        assert_eq!(accepted.read_u8().await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_reset_is_seen_at_both_ends_and_the_next_connection_works() {
    passes(explorer(), |sim| async move {
        let net = sim.net();
        let mut connection = echo(sim, net).await;
        ask(&mut connection, "hello").await.unwrap();
        net.reset("server");
        let error = ask(&mut connection, "hello").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert!(error.to_string().ends_with("with `server:7` was reset"), "{error}");
        let mut connection = connect(net.host("client"), "server:7").await.unwrap();
        ask(&mut connection, "hello").await.unwrap();
    });
}

#[test]
fn a_packet_loss_is_a_choice_described_in_a_sentence() {
    let failure = replayed_failure(explorer(), |sim| async move {
        let net = sim.net();
        net.may_lose();
        let mut connection = echo(sim, net).await;
        ask(&mut connection, "hello").await.unwrap();
        assert!(sim.elapsed() < 100 * MILLISECOND);
    });
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert!(failure.choices()[0].to_string().ends_with("was lost"), "{failure}");
}

#[test]
fn a_reset_may_be_a_choice() {
    let failure = replayed_failure(explorer(), |sim| async move {
        let net = sim.net();
        let mut connection = echo(sim, net).await;
        net.may_reset();
        ask(&mut connection, "hello").await.unwrap();
    });
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert_report_contains(&failure, &["the connection of packet ", " was reset"]);
}

#[test]
fn a_partition_may_be_a_choice() {
    let failure = replayed_failure(explorer(), |sim| async move {
        let net = sim.net();
        net.link("client", "server").may_cut(MINUTE);
        let mut connection = echo(sim, net).await;
        tokio::time::timeout(30 * SECOND, ask(&mut connection, "hello")).await.expect("an answer in time").unwrap();
    });
    assert_report_contains(&failure, &["were cut off from each other for 60 s at packet "]);
}

#[test]
fn messages_overtake_each_other_across_connections_but_not_within_one() {
    let orders = seen(|sim| async move {
        let net = sim.net();
        let mut listener = listen(net.host("server"), 7).await;
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let mut readers = Vec::new();
        let mut connections = Vec::new();
        for client in ["a", "b"] {
            connections.push(connect(net.host(client), "server:7").await.unwrap());
            let (mut connection, _) = listener.accept().await.unwrap();
            let sender = sender.clone();
            readers.push(sim.spawn("reader", async move {
                while let Ok(byte) = connection.read_u8().await {
                    sender.send(byte).unwrap();
                }
            }));
        }
        for (connection, bytes) in connections.iter_mut().zip([b"12", b"ab"]) {
            connection.write_all(bytes).await.unwrap();
        }
        drop((connections, sender));
        for reader in readers {
            reader.await.unwrap();
        }
        let mut order = String::new();
        while let Some(byte) = receiver.recv().await {
            order.push(char::from(byte));
        }
        order
    });
    assert!(orders.contains("12ab") && orders.contains("ab12"), "{orders:?}");
    assert!(orders.iter().all(|order| order.find('1') < order.find('2') && order.find('a') < order.find('b')));
}

#[test]
fn the_report_of_a_deadlock_lists_the_sockets() {
    let failure = failure(Explorer::new(), |sim| async move {
        let net = sim.net();
        let mut listener = listen(net.host("server"), 7).await;
        let serving = sim.spawn("serve", async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            connection.read_u8().await
        });
        let mut connection = connect(net.host("client"), "server:7").await.unwrap();
        // Both ends wait for data.
        connection.read_u8().await.unwrap();
        serving.await.unwrap().unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert_report_contains(
        &failure,
        &["deadlock: 2 tasks wait", "sockets of host `server`, 10.0.0.1", "ESTABLISHED", "LISTEN"],
    );
}

#[test]
fn connections_that_outlive_their_simulation_do_no_harm() {
    thread_local! {
        static KEPT: std::cell::RefCell<Vec<Connection>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    passes(explorer().schedules(20), |sim| async move {
        KEPT.take();
        let connection = echo(sim, sim.net()).await;
        tokio::spawn(async move {
            let mut connection = connection;
            connection.read_u8().await
        });
        let another = connect(sim.net().host("client"), "server:7").await.unwrap();
        KEPT.with_borrow_mut(|kept| kept.push(another));
    });
}

#[test]
fn dropped_connection_attempts_leave_no_socket() {
    passes(explorer(), |sim| async move {
        let net = sim.net();
        net.latency(SECOND);
        let client = net.host("client");
        let mut listener = listen(net.host("server"), 7).await;
        let connecting = tokio::time::timeout(500 * MILLISECOND, connect(client, "server:7"));
        assert!(connecting.await.is_err());
        let mut connection = connect(client, "server:7").await.unwrap();
        connection.write_all(b"x").await.unwrap();
        loop {
            let (mut accepted, _) = listener.accept().await.unwrap();
            if accepted.read_u8().await.is_ok_and(|byte| byte == b'x') {
                break;
            }
        }
        assert!(!net.netstat().contains("SYN_SENT"), "{}", net.netstat());
    });
}

#[test]
fn a_network_may_have_many_hosts() {
    passes(explorer().schedules(5), |sim| async move {
        let net = sim.net();
        let names: Vec<_> = (0..200).map(|number| format!("host-{number}")).collect();
        let hosts: Vec<_> = names.iter().map(|name| net.host(name)).collect();
        let mut listener = listen(hosts[199], 7).await;
        for host in &hosts[..199] {
            let _connection = connect(*host, "host-199:7").await.unwrap();
            let (_accepted, _) = listener.accept().await.unwrap();
        }
    });
}

//! TCP connections of `tokio::net`.

use std::io::ErrorKind;
use std::time::Duration;

use testkit::Explorer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

#[test]
fn bytes_are_echoed() {
    passes(Explorer::new(), |sim| async move {
        let listener = TcpListener::bind("0.0.0.0:7").await.unwrap();
        let serving = sim.spawn("server", async move {
            let (mut connection, peer) = listener.accept().await.unwrap();
            assert!(peer.ip().is_loopback());
            let mut bytes = [0; 5];
            connection.read_exact(&mut bytes).await.unwrap();
            tokio::time::sleep(Duration::from_secs(3600)).await;
            connection.write_all(&bytes).await.unwrap();
        });
        let mut connection = TcpStream::connect("127.0.0.1:7").await.unwrap();
        connection.set_nodelay(true).unwrap();
        connection.write_all(b"hello").await.unwrap();
        let mut bytes = Vec::new();
        connection.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"hello");
        serving.await.unwrap();
        assert_eq!(sim.elapsed(), Duration::from_secs(3600));
    });
}

/// Without `cargo testkit`, tokio runs the tasks of `tokio::spawn` itself.
#[test]
fn raw_tasks_have_sockets_of_the_host_main() {
    passes(Explorer::new(), |_| async {
        let listener = TcpListener::bind("127.0.0.1:7").await.unwrap();
        let raw = tokio::spawn(async { TcpStream::connect("127.0.0.1:7").await.unwrap().write_all(b"x").await });
        let (mut connection, _) = listener.accept().await.unwrap();
        assert_eq!(connection.read_u8().await.unwrap(), b'x');
        raw.await.unwrap().unwrap();
    });
}

#[test]
fn a_connection_without_a_listener_is_refused() {
    passes(Explorer::new(), |_| async {
        let error = TcpStream::connect("127.0.0.1:7").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let error = TcpStream::connect("192.0.2.1:7").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NetworkUnreachable);
    });
}

#[test]
fn a_blocking_socket_is_refused_with_its_line() {
    let failure = failure(Explorer::new(), |_| async {
        let listener = std::net::TcpListener::bind("127.0.0.1:7").unwrap();
        _ = listener.accept();
    });
    let wanted = "task 0 `main` at tcp.rs:61: `accept4` would block the thread of the simulation";
    assert_report_contains(&failure, &[wanted, "call `set_nonblocking(true)`"]);
}

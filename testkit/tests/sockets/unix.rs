//! Unix sockets of `tokio::net`, which connect tasks of one host.

use std::io::ErrorKind;

use testkit::Explorer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::support::*;

#[test]
fn a_name_belongs_to_a_host() {
    passes(Explorer::new(), |sim| async move {
        let [one, other] = [sim.host("one"), sim.host("other")];
        one.run(|| async {
            let listener = UnixListener::bind("/run/service.sock").unwrap();
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                connection.write_all(b"hello").await.unwrap();
            }
        });
        sim.settle().await;
        let connect = || UnixStream::connect("/run/service.sock");
        let greeting = one.spawn("client", async move {
            let mut connection = connect().await.unwrap();
            assert_eq!(connection.peer_addr().unwrap().as_pathname().unwrap().to_str(), Some("/run/service.sock"));
            let mut greeting = String::new();
            connection.read_to_string(&mut greeting).await.unwrap();
            greeting
        });
        assert_eq!(greeting.await.unwrap(), "hello");
        let missing = other.spawn("client", async move { connect().await.unwrap_err().kind() });
        assert_eq!(missing.await.unwrap(), ErrorKind::NotFound);
        let taken = one.spawn("another", async { UnixListener::bind("/run/service.sock").unwrap_err().kind() });
        assert_eq!(taken.await.unwrap(), ErrorKind::AddrInUse);
    });
}

#[test]
fn the_ends_of_a_pair_are_connected() {
    passes(Explorer::new(), |sim| async move {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let echoing = sim.spawn("echo", async move {
            let (mut read, mut write) = other.split();
            tokio::io::copy(&mut read, &mut write).await.unwrap()
        });
        one.write_all(b"hello").await.unwrap();
        let mut bytes = [0; 5];
        one.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"hello");
        one.shutdown().await.unwrap();
        assert_eq!(echoing.await.unwrap(), 5);
        assert_eq!(one.read(&mut bytes).await.unwrap(), 0);
    });
}

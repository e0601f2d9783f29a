//! The network of a simulation: hosts by name, real TCP between them, and all that goes wrong with it.
//!
//! Each host has a [`Network`](di_core::ambient::Network) of its own, which its components take like the one of production.
//! Sockets and connections are [turmoil-net](https://docs.rs/turmoil-net)'s; time, loss and order are the schedule's.
//!
//! ```test_harness
//! use std::io;
//! use std::time::Duration;
//! use testkit::Sim;
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! #[testkit::test]
//! async fn a_server_that_is_cut_off_is_given_up(sim: Sim) {
//!     let net = sim.net();
//!     net.latency(Duration::from_millis(5));
//!     let (client, server) = (net.host("client"), net.host("server"));
//!
//!     let mut listener = server.network().bind("server:80").await.unwrap();
//!     let serving = sim.spawn("server", async move {
//!         let (mut connection, _) = listener.accept().await?;
//!         connection.write_all(b"hello").await?;
//!         connection.read_u8().await
//!     });
//!
//!     let mut connection = client.network().connect("server:80").await.unwrap();
//!     let mut greeting = [0; 5];
//!     connection.read_exact(&mut greeting).await.unwrap();
//!     assert_eq!(sim.elapsed(), Duration::from_millis(20)); // a round trip to connect, and one to be greeted
//!
//!     net.partition(["client"], ["server"]);
//!     connection.write_all(b"bye").await.unwrap();
//!     let error = connection.read_u8().await.unwrap_err();
//!     assert_eq!(error.kind(), io::ErrorKind::TimedOut); // after a quarter of an hour, as on Linux
//!     net.reset("server");
//!     assert_eq!(serving.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
//! }
//! ```
//!
//! What is sure to happen is said as a rule: [`latency`](Net::latency), [`bandwidth`](Net::bandwidth),
//! [`partition`](Net::partition), [`reset`](Net::reset). What may happen is a choice of the schedule, packet by packet:
//! [`jitter`](Net::jitter), [`may_lose`](Net::may_lose), [`may_reset`](Net::may_reset), [`may_cut`](Net::may_cut). Which of
//! several packets that have arrived is delivered first is always a choice; those of one connection stay in order.
//!
//! # How TCP behaves here
//! As an application sees it on Linux. A segment that is lost is sent again after 200 ms, then after ever twice the time,
//! and after 924.6 s the connection is [`TimedOut`](std::io::ErrorKind::TimedOut) for who sent it; a request for a connection
//! is lost for 127 s. A receiver that does not read is sent 64 KiB. A connection that is closed with bytes unread is reset.
//! There are no congestion windows, no keep-alive probes and no UDP.

mod delivery;
mod flow;
mod handle;
mod link;
mod netstat;
mod network;
mod sim;
mod stream;
mod wire;

pub use handle::{Host, Link, Net};

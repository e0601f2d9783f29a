//! The simulated network: named hosts with TCP and UDP between them, and its faults.
//!
//! There are two ways to use it. Each host has its own [`Network`](di_core::ambient::Network), which components use like the
//! production one. With the feature `interpose` on Linux, `tokio::net` and all crates that stand on it use it as they are;
//! the page [`network`](crate::guide::network) of the guide explains that.
//!
//! ```test_harness
//! use std::io;
//! use std::time::Duration;
//! use testkit::Sim;
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! #[testkit::test]
//! async fn a_connection_to_an_unreachable_server_times_out(sim: Sim) {
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
//!     assert_eq!(sim.elapsed(), Duration::from_millis(20)); // one round trip to connect, and one for the greeting
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
//! Some methods set rules that always apply: [`latency`](Net::latency), [`bandwidth`](Net::bandwidth),
//! [`partition`](Net::partition), [`reset`](Net::reset). Others let the schedule decide for each packet:
//! [`jitter`](Net::jitter), [`may_lose`](Net::may_lose), [`may_reset`](Net::may_reset), [`may_cut`](Net::may_cut). The
//! schedule always chooses which of several arrived packets is delivered first. Packets of one connection stay in
//! order.
//!
//! # How TCP behaves here
//! To an application, TCP behaves as on Linux. A lost segment is sent again after 200 ms, and the delay doubles on each
//! further loss. After 924.6 s, the sender's connection fails with [`TimedOut`](std::io::ErrorKind::TimedOut). A
//! connection request times out after 127 s. Up to 64 KiB are sent to a receiver that does not read. Closing a
//! connection with unread bytes resets it. There is no slow start, no congestion control and no keep-alive probe.

mod call;
mod handle;
mod host;
mod kernel;
mod machine;
mod netstat;
mod network;
mod sim;
mod stream;
#[cfg(all(feature = "interpose", target_os = "linux", target_pointer_width = "64"))]
mod system_calls;

pub use handle::{Link, Net};
pub use host::Host;
pub use machine::Restart;

//! `io::duplex`: an in-memory connection with latency, bandwidth, buffers, resets and a transcript.

use std::io;
use std::time::Duration;

use testkit::io::{DuplexEnd, duplex};
use testkit::{Explorer, FailureKind, Sim};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::*;

async fn read_all(end: &mut DuplexEnd) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    end.read_to_end(&mut bytes).await?;
    Ok(bytes)
}

#[testkit::test]
async fn a_byte_arrives_after_the_latency_and_not_earlier(sim: Sim) {
    let (mut client, mut server) = duplex().latency(20 * MILLISECOND).build();
    client.write_all(b"x").await.unwrap();
    assert_eq!(sim.elapsed(), Duration::ZERO, "the writer does not wait");
    assert_eq!(server.read_u8().await.unwrap(), b'x');
    assert_eq!(sim.elapsed(), 20 * MILLISECOND);
    sim.sleep(5 * MILLISECOND).await;
    client.shutdown().await.unwrap();
    assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
    assert_eq!(sim.elapsed(), 45 * MILLISECOND, "the end arrives late as well");
}

#[testkit::test]
async fn bytes_take_as_long_as_the_bandwidth_requires(sim: Sim) {
    let (mut client, mut server) = duplex().bandwidth(146_000).latency(SECOND).build();
    client.write_all(&[7; 29_200]).await.unwrap();
    client.shutdown().await.unwrap();
    let mut first = [0; 1460];
    server.read_exact(&mut first).await.unwrap();
    assert_eq!(sim.elapsed(), SECOND + 10 * MILLISECOND, "bytes arrive in order");
    assert_eq!(read_all(&mut server).await.unwrap().len(), 29_200 - 1460);
    assert_eq!(sim.elapsed(), SECOND + 200 * MILLISECOND);
}

#[testkit::test]
async fn an_idle_connection_accumulates_no_bandwidth(sim: Sim) {
    let (mut client, mut server) = duplex().bandwidth(1000).build();
    for begun in [0, 10] {
        sim.sleep((begun * SECOND).saturating_sub(sim.elapsed())).await;
        client.write_all(&[7; 500]).await.unwrap();
        server.read_exact(&mut [0; 500]).await.unwrap();
        assert_eq!(sim.elapsed(), begun * SECOND + 500 * MILLISECOND);
    }
}

#[testkit::test]
async fn reads_return_the_configured_chunks(_: Sim) {
    let (mut client, mut server) = duplex().chunks([1, 3, 5]).build();
    client.write_all(&[7; 14]).await.unwrap();
    let mut sizes = Vec::new();
    let mut buffer = [0; 64];
    for _ in 0..4 {
        sizes.push(server.read(&mut buffer).await.unwrap());
    }
    assert_eq!(sizes, [1, 3, 5, 5]);
}

#[testkit::test]
async fn a_writer_waits_until_the_buffer_has_room(sim: Sim) {
    let (mut client, mut server) = duplex().capacity(4).build();
    let writing = sim.spawn("writer", async move { client.write_all(b"abcdefgh").await });
    sim.settle().await;
    assert!(!writing.is_finished());
    let mut bytes = [0; 8];
    server.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"abcdefgh");
    writing.await.unwrap().unwrap();
}

#[testkit::test]
async fn shutting_down_one_direction_leaves_the_other_open(_: Sim) {
    let (mut client, mut server) = duplex().build();
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(client.write(b"more").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(read_all(&mut server).await.unwrap(), b"question");
    assert_eq!(server.read(&mut [0]).await.unwrap(), 0, "it stays at its end");
    server.write_all(b"answer").await.unwrap();
    drop(server);
    assert_eq!(read_all(&mut client).await.unwrap(), b"answer");
}

#[testkit::test]
async fn a_write_to_a_dropped_end_fails(sim: Sim) {
    let (mut client, server) = duplex().capacity(1).build();
    let writing = sim.spawn("writer", async move { client.write_all(b"abc").await });
    sim.settle().await;
    drop(server);
    assert_eq!(writing.await.unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[testkit::test]
async fn a_reset_discards_bytes_in_flight_and_wakes_both_ends(sim: Sim) {
    let (mut client, mut server) = duplex().latency(SECOND).capacity(3).build();
    client.write_all(b"abc").await.unwrap();
    let reading = sim.spawn("reader", async move {
        let read = server.read_u8().await.map(|_| ());
        (server, read)
    });
    sim.settle().await;
    client.reset();
    let (mut server, read) = reading.await.unwrap();
    assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(sim.elapsed(), Duration::ZERO);
    for end in [&mut client, &mut server] {
        assert_eq!(end.write(b"x").await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(end.read(&mut [0]).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(end.flush().await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(end.shutdown().await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
}

#[testkit::test]
async fn all_bytes_arrive_in_order_under_any_schedule(sim: Sim) {
    let (mut client, mut server) = duplex().capacity(7).latency(MILLISECOND).bandwidth(20_000).build();
    let sent: Vec<u8> = (0..100).collect();
    let sending = sent.clone();
    let writing = sim.spawn("writer", async move {
        for bytes in sending.chunks(9) {
            client.write_all(bytes).await.unwrap();
        }
    });
    assert_eq!(read_all(&mut server).await.unwrap(), sent);
    writing.await.unwrap();
}

#[test]
fn two_ends_that_wait_for_each_other_deadlock_with_a_transcript() {
    let failure = failure(Explorer::new(), |sim| async move {
        let (mut client, mut server) = duplex().build();
        let serving = sim.spawn("server", async move {
            let mut request = Vec::new();
            // The other end is never shut down.
            server.read_to_end(&mut request).await.unwrap();
            server.write_all(b"answer").await.unwrap();
        });
        client.write_all(b"question\0").await.unwrap();
        client.read_u8().await.unwrap();
        serving.await.unwrap();
    });
    assert_eq!(failure.kind(), FailureKind::Deadlock);
    assert_report_contains(
        &failure,
        &["connection created at duplex.rs:", "0 s  ->  71 75 65 73 74 69 6f 6e 00", "question."],
    );
}

#[test]
fn a_panic_outside_a_simulation_prints_the_transcript() {
    let output = run_alone("duplex::panics_with_a_connection", &[]);
    assert!(!output.status.success());
    assert!(printed(&output).contains("->  68 69 "), "{}", printed(&output));
}

#[tokio::test]
#[ignore = "run by another test, in a separate process"]
async fn panics_with_a_connection() {
    let (mut client, _server) = duplex().build();
    client.write_all(b"hi").await.unwrap();
    panic!("as intended");
}

#[tokio::test]
async fn a_long_transcript_keeps_its_end() {
    let (mut client, mut server) = duplex().build();
    for round in 0..1000_u32 {
        client.write_all(&round.to_be_bytes()).await.unwrap();
        server.read_exact(&mut [0; 4]).await.unwrap();
        server.write_all(b"!").await.unwrap();
        client.read_exact(&mut [0; 1]).await.unwrap();
    }
    client.reset();
    let text = server.transcript().to_string();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[1].contains("bytes are omitted"), "{text}");
    assert_eq!(lines.last().unwrap().trim(), "->  reset");
    assert!(text.contains("00 00 03 e7"), "{text}");
    assert!(lines.len() < 80);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_works_across_threads() {
    let (mut client, mut server) = duplex().capacity(16).build();
    let echo = tokio::spawn(async move {
        let (mut bytes, mut total) = ([0; 64], 0);
        loop {
            let count = server.read(&mut bytes).await.unwrap();
            if count == 0 {
                return total;
            }
            total += count;
            server.write_all(&bytes[..count]).await.unwrap();
        }
    });
    for round in 0..2000_u32 {
        client.write_u32(round).await.unwrap();
        assert_eq!(client.read_u32().await.unwrap(), round);
    }
    drop(client);
    assert_eq!(echo.await.unwrap(), 8000);
}

#[test]
#[should_panic(expected = "the bandwidth must be greater than 0")]
fn a_bandwidth_of_zero_is_rejected() {
    _ = duplex().bandwidth(0);
}

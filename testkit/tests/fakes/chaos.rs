//! `chaos`: the schedule decides how IO, streams and sinks behave.

use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt, TryStreamExt, stream};
use testkit::io::duplex;
use testkit::{Explorer, FailureKind, Sim, chaos};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio_util::codec::{Decoder, Framed, FramedRead, LengthDelimitedCodec};

use crate::support::*;

const FRAMES: [&[u8]; 3] = [b"", b"hello", &[7; 80]];

/// Sends frames in both directions through a connection with every kind of chaos.
async fn round_trip(sim: Sim) {
    let (client, server) = duplex().capacity(64).build();
    let serving = sim.spawn("server", async move {
        let mut server = Framed::new(chaos(server), LengthDelimitedCodec::new());
        while let Some(frame) = server.try_next().await.unwrap() {
            server.send(frame.freeze()).await.unwrap();
        }
    });
    let mut client = Framed::new(chaos(client), LengthDelimitedCodec::new());
    for frame in FRAMES {
        client.send(Bytes::from_static(frame)).await.unwrap();
        assert_eq!(client.try_next().await.unwrap().unwrap(), frame);
    }
    drop(client);
    serving.await.unwrap();
}

#[test]
fn a_codec_round_trip_holds_over_ten_thousand_schedules() {
    let outcome = Explorer::new().schedules(10_000).jobs(2).run(round_trip);
    assert!(outcome.failure().is_none(), "{}", outcome.failure().unwrap());
    assert_eq!(outcome.schedules_run(), 10_000);
}

/// Codec with a two-byte length. Bug: accepts a frame without its last byte.
struct OffByOne;

impl Decoder for OffByOne {
    type Item = BytesMut;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        let Some(length) = bytes.first_chunk().map(|&length| usize::from(u16::from_be_bytes(length))) else {
            return Ok(None);
        };
        if bytes.len() + 1 < 2 + length {
            return Ok(None);
        }
        bytes.advance(2);
        Ok(Some(bytes.split_to(length.min(bytes.len()))))
    }
}

#[test]
fn an_off_by_one_on_short_reads_is_shrunk_to_one_choice() {
    let failure = replayed_failure(Explorer::new().schedules(10_000), |_| async {
        let (mut client, server) = duplex().build();
        let mut frames = FramedRead::new(chaos(server).named("server"), OffByOne);
        for frame in FRAMES {
            client.write_u16(frame.len() as u16).await.unwrap();
            client.write_all(frame).await.unwrap();
        }
        drop(client);
        for frame in FRAMES {
            assert_eq!(frames.next().await.unwrap().unwrap(), frame);
        }
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert_report_contains(
        &failure,
        &[
            "the read at byte 0 of `server` returned 90 bytes",
            "connection created at chaos.rs:",
            "->  00 00 00 05 68 65 6c 6c 6f 00 50 07",
        ],
    );
}

#[test]
fn writes_may_be_short() {
    let failure = replayed_failure(Explorer::new(), |_| async {
        let (client, mut server) = duplex().build();
        let mut client = chaos(client).named("client");
        _ = client.write(b"hello").await.unwrap(); // `write_all` would write the rest
        drop(client);
        let mut text = String::new();
        server.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
    });
    assert_eq!(failure.choices().len(), 1);
    assert!(failure.choices()[0].to_string().contains("the write at byte 0 of `client` wrote "), "{failure}");
}

#[test]
fn short_reads_and_writes_can_be_disabled() {
    passes(Explorer::new(), |_| async {
        let (client, server) = duplex().build();
        let (mut client, mut server) = (chaos(client).short(false), chaos(server).short(false));
        assert_eq!(client.write(b"hello").await.unwrap(), 5);
        let mut text = [0; 9];
        assert_eq!(server.read(&mut text).await.unwrap(), 5);
    });
}

#[test]
fn lines_are_read_completely_however_they_arrive() {
    passes(Explorer::new().schedules(500), |_| async {
        let (mut client, server) = duplex().build();
        client.write_all(b"one\ntwo\n\nthree").await.unwrap();
        drop(client);
        // Chaos around a buffered reader, which itself reads from a reader with chaos.
        let inner = chaos(BufReader::with_capacity(4, chaos(server)));
        let lines: Vec<_> = tokio_stream::wrappers::LinesStream::new(inner.lines()).try_collect().await.unwrap();
        assert_eq!(lines, ["one", "two", "", "three"]);
    });
}

#[test]
fn a_buffered_reader_that_mistakes_part_of_a_line_for_a_line_is_found() {
    let failure = replayed_failure(Explorer::new(), |_| async {
        let mut reader = chaos(&b"a line\n"[..]).named("file");
        let line = reader.fill_buf().await.unwrap().to_vec();
        assert!(line.ends_with(b"\n"));
    });
    assert_eq!(failure.choices().len(), 1);
    assert!(failure.choices()[0].to_string().contains("the read at byte 0 of `file` returned "), "{failure}");
}

#[test]
fn a_read_that_bypasses_the_buffer_loses_nothing() {
    passes(Explorer::new().schedules(500), |_| async {
        let mut reader = chaos(&b"abcdefgh"[..]);
        let mut first = [0; 2];
        reader.read_exact(&mut first).await.unwrap();
        let mut rest = Vec::new();
        loop {
            let bytes = reader.fill_buf().await.unwrap();
            if bytes.is_empty() {
                break;
            }
            rest.push(bytes[0]);
            reader.consume(1);
        }
        assert_eq!((first, &rest[..]), (*b"ab", &b"cdefgh"[..]));
    });
}

#[test]
fn an_error_occurs_only_after_all_bytes_before_it() {
    passes(Explorer::new(), |_| async {
        let mut reader = chaos(&[7_u8; 100][..]).error_at(42, || io::ErrorKind::ConnectionReset);
        let mut bytes = Vec::new();
        let error = reader.read_to_end(&mut bytes).await.unwrap_err();
        assert_eq!((error.kind(), bytes.len()), (io::ErrorKind::ConnectionReset, 42));
        reader.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes.len(), 100, "the next reads go on from there");
    });
}

#[test]
fn errors_anywhere_are_choices() {
    let failure = replayed_failure(Explorer::new(), |_| async {
        let mut reader = chaos(&[7_u8; 100][..]).named("disk").errors(|| io::Error::other("bad sector"));
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await.unwrap();
    });
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert_report_contains(&failure, &["the read at byte ", " of `disk` failed", "bad sector"]);
}

#[test]
fn a_stream_yields_all_its_items_and_an_error_between_them() {
    passes(Explorer::new(), |_| async {
        let items = stream::iter((0..5).map(Ok::<_, &str>));
        let mut items = pin!(chaos(items).delays(SECOND).error_at(3, || "lost"));
        let (mut seen, mut errors) = (Vec::new(), Vec::new());
        while let Some(item) = items.next().await {
            item.map_or_else(|error| errors.push(error), |item| seen.push(item));
        }
        assert_eq!((seen, errors), (vec![0, 1, 2, 3, 4], vec!["lost"]));
    });
}

#[test]
fn a_delay_takes_virtual_time_and_is_a_choice() {
    let failure = replayed_failure(Explorer::new(), |sim| async move {
        let mut items = pin!(chaos(stream::iter(0..3)).named("items").delays(Duration::from_secs(60)));
        while items.next().await.is_some() {}
        assert!(sim.elapsed() < Duration::from_secs(60), "too late");
    });
    assert_eq!(failure.choices().len(), 1, "{failure}");
    assert_report_contains(&failure, &["the poll at item ", " of `items` was 60 s late"]);
}

#[test]
fn a_sink_receives_all_items_and_its_errors_are_choices() {
    passes(Explorer::new(), |_| async {
        let (sender, receiver) = futures_channel::mpsc::channel::<u32>(1);
        let mut sink = chaos(sender);
        let (sent, received) = futures_util::join!(
            async {
                for item in 0..10 {
                    sink.send(item).await.unwrap();
                }
                sink.close().await.unwrap();
            },
            receiver.collect::<Vec<_>>()
        );
        assert_eq!((sent, received), ((), (0..10).collect()));
    });
}

#[test]
#[should_panic(expected = "`chaos` is decided by the schedule of a simulation, but testkit/tests/fakes/chaos.rs:")]
fn chaos_outside_a_simulation_panics() {
    _ = chaos(&b""[..]);
}

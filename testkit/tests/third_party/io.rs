//! Laws checked for readers and writers in `tokio::io` and `tokio_util::io`.

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt};
use testkit::laws::{self, Case};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, BufStream, BufWriter};
use tokio_util::io::{CopyToBytes, InspectReader, ReaderStream, SinkWriter, StreamReader};
use tokio_util::sync::PollSender;

use super::ends::{drained, fed};

const CHUNKS: [&[u8]; 3] = [b"one, ", b"two, ", b"three"];

/// A stream of chunks that arrive one by one.
fn chunks(case: &mut Case) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + Unpin + use<> {
    let (sender, receiver) = futures_channel::mpsc::unbounded();
    for chunk in CHUNKS {
        let sender = sender.clone();
        case.then(move || _ = sender.unbounded_send(Ok(Bytes::from_static(chunk))));
    }
    case.then(move || drop(sender));
    receiver
}

testkit::laws! {
    read the_read_half_of_a_duplex_stream(case) { fed(case, CHUNKS) }
    read a_buf_reader(case) { BufReader::new(fed(case, CHUNKS)) }
    read a_buf_reader_with_little_room(case) { BufReader::with_capacity(3, fed(case, CHUNKS)) }
    read a_take(case) { fed(case, CHUNKS).take(7) }
    read a_chain(case) {
        let first = fed(case, CHUNKS);
        first.chain(fed(case, [&b"four"[..]]))
    }
    read a_slice(_case) { &b"one, two"[..] }
    read an_empty_one(_case) { tokio::io::empty() }
    read a_simplex(case) {
        let (read, mut write) = tokio::io::simplex(8);
        case.then(move || _ = write.shutdown().now_or_never());
        read
    }
    read a_half(case) { tokio::io::split(fed(case, CHUNKS)).0 }
    read a_join(case) { tokio::io::join(fed(case, CHUNKS), tokio::io::sink()) }
    read a_stream_reader(case) { StreamReader::new(chunks(case)) }
    read an_inspect_reader(case) { InspectReader::new(fed(case, CHUNKS), |_| {}) }

    buf_read a_buf_reader_looked_at(case) { BufReader::new(fed(case, CHUNKS)) }
    buf_read a_take_looked_at(case) { BufReader::new(fed(case, CHUNKS)).take(7) }
    buf_read a_chain_looked_at(case) {
        let first = BufReader::with_capacity(3, fed(case, CHUNKS));
        first.chain(BufReader::new(fed(case, [&b"four"[..]])))
    }
    buf_read a_stream_reader_looked_at(case) { StreamReader::new(chunks(case)) }

    write the_write_half_of_a_duplex_stream(case) { drained(case) }
    write a_buf_writer(case) { BufWriter::new(drained(case)) }
    write a_buf_writer_with_little_room(case) { BufWriter::with_capacity(16, drained(case)) }
    write a_buf_stream(case) { BufStream::with_capacity(16, 16, drained(case)) }
    write a_sink(_case) { tokio::io::sink() }
    write a_vector(_case) { Vec::new() }

    stream a_reader_stream(case) { ReaderStream::new(fed(case, CHUNKS)) }
    stream a_reader_stream_with_little_room(case) { ReaderStream::with_capacity(BufReader::new(fed(case, CHUNKS)), 2) }
}

/// This reader is endless.
#[test]
fn a_repeat() {
    laws::read(|_| tokio::io::repeat(7)).at_most(5).check();
}

/// The bytes are written to a channel.
#[test]
fn a_sink_writer() {
    laws::write(|case| {
        let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
        let receiver = std::sync::Arc::new(std::sync::Mutex::new((receiver, Vec::new())));
        let drain = move || {
            let (receiver, bytes) = &mut *receiver.lock().unwrap();
            while let Ok(chunk) = receiver.try_recv() {
                bytes.extend(chunk);
            }
            bytes.clone()
        };
        for _ in 0..400 {
            let drain = drain.clone();
            case.then(move || _ = drain());
        }
        case.received(drain);
        let sink = PollSender::new(sender).sink_map_err(|_| std::io::Error::other("the channel is closed"));
        SinkWriter::new(CopyToBytes::new(sink))
    })
    .check();
}

/// tokio reads a file on its blocking threads.
#[test]
fn a_file() {
    laws::read(|_| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        tokio::fs::File::from_std(std::fs::File::open(path).expect("it is there"))
    })
    .at_most(3)
    .check();
}

#[cfg(unix)]
#[test]
fn a_pipe_of_the_operating_system() {
    laws::read(|case| {
        let (read, write) = std::io::pipe().expect("the operating system has pipes");
        for chunk in CHUNKS {
            let mut write = write.try_clone().expect("the operating system has pipes");
            case.then(move || std::io::Write::write_all(&mut write, chunk).expect("there is room"));
        }
        case.then(move || drop(write));
        tokio::net::unix::pipe::Receiver::from_owned_fd(read.into()).expect("it is a pipe")
    })
    .check();
}

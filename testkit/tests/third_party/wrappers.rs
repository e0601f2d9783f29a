//! Laws checked for the streams in `tokio_stream::wrappers`.

use std::net::TcpStream;
use std::time::Duration;

use testkit::laws::{self, Law};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::*;

use super::ends::fed;

testkit::laws! {
    stream a_receiver(case) {
        let (sender, receiver) = mpsc::channel(4);
        for number in 1..4 {
            let sender = sender.clone();
            case.then(move || _ = sender.try_send(number));
        }
        case.then(move || drop(sender));
        ReceiverStream::new(receiver)
    }
    stream an_unbounded_receiver(case) {
        let (sender, receiver) = mpsc::unbounded_channel();
        for number in 1..4 {
            let sender = sender.clone();
            case.then(move || _ = sender.send(number));
        }
        case.then(move || drop(sender));
        UnboundedReceiverStream::new(receiver)
    }
    stream a_broadcast(case) {
        let (sender, receiver) = broadcast::channel(8);
        for number in 1..4 {
            let sender = sender.clone();
            case.then(move || _ = sender.send(number));
        }
        case.then(move || drop(sender));
        BroadcastStream::new(receiver)
    }
    stream lines(case) { LinesStream::new(BufReader::new(fed(case, [&b"one\ntw"[..], b"o\r\nthr", b"ee"])).lines()) }
    stream parts(case) { SplitStream::new(BufReader::new(fed(case, [&b"one,tw"[..], b"o,thr", b"ee"])).split(b',')) }
    stream throttled(_case) { Box::pin(tokio_stream::iter([1, 2, 3]).throttle(Duration::from_secs(1))) }
    stream timeouts(case) {
        let (sender, receiver) = mpsc::unbounded_channel();
        case.then({ let sender = sender.clone(); move || _ = sender.send(1) });
        case.then(move || drop(sender));
        Box::pin(UnboundedReceiverStream::new(receiver).timeout(Duration::from_secs(1)))
    }
    stream batches(case) {
        let (sender, receiver) = mpsc::unbounded_channel();
        for number in 1..4 {
            let sender = sender.clone();
            case.then(move || _ = sender.send(number));
        }
        case.then(move || drop(sender));
        Box::pin(UnboundedReceiverStream::new(receiver).chunks_timeout(2, Duration::from_secs(1)))
    }
}

/// As documented, a value that is replaced before it is read is skipped. So the number of items depends on when the
/// stream is polled.
#[test]
fn a_watch() {
    laws::stream(|case| {
        let (sender, receiver) = watch::channel(0);
        for number in 1..4 {
            let sender = sender.clone();
            case.then(move || _ = sender.send(number));
        }
        case.then(move || drop(sender));
        WatchStream::new(receiver)
    })
    .allow(Law::SameOutcome)
    .check();
}

/// The stream is endless. Its items are mapped to durations, which are the same in each run.
#[test]
fn an_interval() {
    laws::stream(|_| {
        let begun = tokio::time::Instant::now();
        IntervalStream::new(tokio::time::interval(Duration::from_secs(1))).map(move |tick| tick - begun)
    })
    .at_most(4)
    .check();
}

/// The operating system determines the order of the names.
#[test]
fn a_directory() {
    laws::stream(|_| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/third_party");
        let read = async move { ReadDirStream::new(tokio::fs::read_dir(path).await.expect("it is there")) };
        Box::pin(futures_util::FutureExt::flatten_stream(read).map(|entry| entry.map(|entry| entry.file_name())))
    })
    .check();
}

/// Ports differ between runs, so the items are mapped to `()`. The stream is endless.
#[test]
fn a_listener() {
    laws::stream(|case| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("the system has a port");
        listener.set_nonblocking(true).expect("a listener can be non-blocking");
        let address = listener.local_addr().expect("it has one");
        for _ in 0..3 {
            case.then(move || drop(TcpStream::connect(address).expect("it listens")));
        }
        let listener = tokio::net::TcpListener::from_std(listener).expect("it does not block");
        TcpListenerStream::new(listener).map(|accepted| accepted.map(drop))
    })
    .at_most(3)
    .check();
}

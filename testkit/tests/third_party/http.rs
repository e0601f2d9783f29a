//! Laws checked for the bodies in `hyper` and `http-body-util`, as streams, and for a request over a connection.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http_body_util::{BodyDataStream, BodyExt, BodyStream, Channel, Empty, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, client::conn::http1 as client, server::conn::http1 as server};
use hyper_util::rt::TokioIo;
use testkit::laws::{self, Law};

type Data = Result<Frame<Bytes>, Infallible>;

fn data(text: &'static str) -> Data {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

testkit::laws! {
    stream a_full_body(_case) { BodyStream::new(Full::new(Bytes::from_static(b"one"))) }
    stream an_empty_body(_case) { BodyStream::new(Empty::<Bytes>::new()) }
    stream a_body_of_a_stream(_case) { BodyDataStream::new(StreamBody::new(stream::iter([data("one"), data("two")]))) }
    stream a_limited_body(_case) { BodyDataStream::new(Limited::new(Full::new(Bytes::from_static(b"one")), 2)) }
    stream a_boxed_body(_case) { BodyDataStream::new(Full::new(Bytes::from_static(b"one")).boxed()) }
    future a_collected_body(_case) {
        let body = StreamBody::new(stream::iter([data("one"), data("two")]));
        async { body.collect().await.map(|body| body.to_bytes()) }
    }
}

/// Sends a request over a connection to a server that echoes its body.
async fn asked() -> Incoming {
    let (near, far) = tokio::io::duplex(32);
    let echo =
        service_fn(|request: Request<Incoming>| async { Ok::<_, Infallible>(Response::new(request.into_body())) });
    tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(far), echo));
    let (mut sender, connection) = client::handshake(TokioIo::new(near)).await.expect("the handshake succeeds");
    tokio::spawn(connection);
    let body = StreamBody::new(stream::iter([data("one"), data("two")]));
    sender.send_request(Request::new(body)).await.expect("it is answered").into_body()
}

#[test]
fn an_answer_over_a_connection() {
    laws::future(|_| async {
        asked().await.collect().await.map(|body| body.to_bytes()).map_err(|error| error.to_string())
    })
    .check();
}

#[test]
fn the_body_of_an_answer() {
    laws::stream(|_| Box::pin(async { BodyDataStream::new(asked().await) }.flatten_stream())).check();
}

/// The body panics when polled after its end, because it reads its error channel again. The `Body` contract allows
/// that, as does the `Stream` contract.
#[test]
fn a_channel() {
    laws::stream(|case| {
        let (sender, body) = Channel::<Bytes>::new(4);
        let sender = Arc::new(Mutex::new(Some(sender)));
        let sending = sender.clone();
        case.then(move || _ = sending.lock().unwrap().as_mut().map(|sender| sender.try_send(one())));
        case.then(move || drop(sender.lock().unwrap().take()));
        BodyStream::new(body)
    })
    .allow(Law::StaysEnded)
    .check();
}

/// The law is right. http-body-util 0.1.5 checks for a frame, then for an error. If the last frame is sent and the
/// sender is dropped in between, the second check ends the stream, and the frame is lost.
#[test]
fn a_channel_loses_its_last_frame() {
    let broken = laws::stream(|case| {
        let (mut sender, body) = Channel::<Bytes>::new(4);
        case.then(move || _ = sender.try_send(one()));
        BodyStream::new(body)
    })
    .allow(Law::StaysEnded)
    .verdict()
    .unwrap_err();
    assert_eq!(broken.law(), Law::SameOutcome, "{broken}");
}

fn one() -> Frame<Bytes> {
    Frame::data(Bytes::from_static(b"one"))
}

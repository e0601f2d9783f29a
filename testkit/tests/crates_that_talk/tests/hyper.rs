//! hyper: connections of HTTP/1 and HTTP/2 without a pool.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, client, server};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use testkit::Sim;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Size of a body that does not fit into one segment, nor into the buffers of a socket.
const LARGE: usize = 100_000;

/// Answers with the body of the request, after as many seconds as its path says.
async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let seconds = request.uri().path().trim_start_matches('/').parse().unwrap_or(0);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let body = request.into_body().collect().await.map_or_else(|_| Bytes::new(), |body| body.to_bytes());
    Ok(Response::new(Full::new(body)))
}

/// Starts a server of HTTP/1 at port 80, and one of HTTP/2 at port 8080.
async fn start(sim: Sim) {
    sim.host("server").run(|| async {
        let (one, two) = tokio::try_join!(TcpListener::bind("0.0.0.0:80"), TcpListener::bind("0.0.0.0:8080"))?;
        loop {
            tokio::select! {
                accepted = one.accept() => {
                    let connection = server::conn::http1::Builder::new();
                    let serving = connection.serve_connection(TokioIo::new(accepted?.0), service_fn(echo));
                    tokio::spawn(async move { _ = serving.await });
                }
                accepted = two.accept() => {
                    let connection = server::conn::http2::Builder::new(TokioExecutor::new());
                    let serving = connection.serve_connection(TokioIo::new(accepted?.0), service_fn(echo));
                    tokio::spawn(async move { _ = serving.await });
                }
            }
        }
        #[allow(unreachable_code, reason = "it names the type of the error")]
        io::Result::Ok(())
    });
    sim.settle().await;
    sim.net().latency(10 * MILLISECOND);
}

type Http1 = client::conn::http1::SendRequest<Full<Bytes>>;
type Http2 = client::conn::http2::SendRequest<Full<Bytes>>;

/// Connects, and returns the task that drives the connection as well.
async fn connect_http1() -> hyper::Result<(Http1, tokio::task::JoinHandle<hyper::Result<()>>)> {
    let stream = TcpStream::connect("server:80").await.unwrap();
    let (sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    Ok((sender, tokio::spawn(connection)))
}

async fn connect_http2() -> hyper::Result<(Http2, tokio::task::JoinHandle<hyper::Result<()>>)> {
    let stream = TcpStream::connect("server:8080").await.unwrap();
    let mut builder = client::conn::http2::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).keep_alive_interval(10 * SECOND).keep_alive_timeout(5 * SECOND);
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    Ok((sender, tokio::spawn(connection)))
}

fn request(path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post(format!("http://server{path}")).header("host", "server").body(Full::new(body.into())).unwrap()
}

async fn body(response: hyper::Result<Response<Incoming>>) -> hyper::Result<Bytes> {
    Ok(response?.into_body().collect().await?.to_bytes())
}

/// Module `client::conn::http1`: one connection sends one request after another.
#[testkit::test(schedules = 200)]
async fn requests_of_http1_follow_each_other(sim: Sim) {
    start(sim).await;
    let asking = sim.host("client").spawn("client", async move {
        let (mut sender, connection) = connect_http1().await.unwrap();
        for number in 1..4 {
            sender.ready().await.unwrap();
            let text = format!("request {number}");
            assert_eq!(body(sender.send_request(request("/", text.clone())).await).await.unwrap(), text);
            assert_eq!(sim.elapsed(), 20 * (number + 1) * MILLISECOND);
        }
        sender.ready().await.unwrap();
        let large = Bytes::from(vec![b'x'; LARGE]);
        assert_eq!(body(sender.send_request(request("/", large.clone())).await).await.unwrap(), large);
        drop(sender);
        connection.await.unwrap().unwrap();
    });
    asking.await.unwrap();
}

/// Module `client::conn::http2`: requests share a connection, and none waits for another.
#[testkit::test(schedules = 200)]
async fn requests_of_http2_do_not_wait_for_each_other(sim: Sim) {
    start(sim).await;
    let asking = sim.host("client").spawn("client", async move {
        let (sender, _) = connect_http2().await.unwrap();
        let begun = sim.elapsed();
        let mut requests = JoinSet::new();
        for seconds in [3, 0, 1] {
            let mut sender = sender.clone();
            requests.spawn(async move {
                let text = format!("takes {seconds} s");
                let answer = sender.send_request(request(&format!("/{seconds}"), text.clone())).await;
                assert_eq!(body(answer).await.unwrap(), text);
                let took = sim.elapsed() - begun;
                assert!(took >= seconds * SECOND && took < seconds * SECOND + 100 * MILLISECOND, "{took:?}");
            });
        }
        requests.join_all().await;
    });
    asking.await.unwrap();
}

/// HTTP/1 has no limit of its own: a request outlives a partition.
#[testkit::test(schedules = 200)]
async fn a_request_of_http1_outlives_a_partition(sim: Sim) {
    start(sim).await;
    let asking = sim.host("client").spawn("client", async move {
        let (mut sender, _) = connect_http1().await.unwrap();
        sim.net().partition(["client"], ["server"]);
        let (answer, ()) = tokio::join!(sender.send_request(request("/", "hello")), async {
            sim.sleep(60 * SECOND).await;
            sim.net().heal();
        });
        assert_eq!(body(answer).await.unwrap(), "hello");
    });
    asking.await.unwrap();
}

/// `http2::Builder::keep_alive_timeout`: the connection ends if a ping is not answered in time.
#[testkit::test(schedules = 200)]
async fn a_connection_of_http2_ends_if_pings_are_not_answered(sim: Sim) {
    start(sim).await;
    let asking = sim.host("client").spawn("client", async move {
        let (mut sender, connection) = connect_http2().await.unwrap();
        assert_eq!(body(sender.send_request(request("/20", "slow")).await).await.unwrap(), "slow");
        sim.net().partition(["client"], ["server"]);
        let begun = sim.elapsed();
        let error = sender.send_request(request("/20", "lost")).await.unwrap_err();
        assert!(error.is_timeout() || error.is_canceled(), "{error:?}");
        let took = sim.elapsed() - begun;
        assert!(took <= 16 * SECOND, "{took:?}");
        let error = connection.await.unwrap().unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert!(sender.ready().await.unwrap_err().is_closed());
        sim.net().heal();
        let (mut sender, _) = connect_http2().await.unwrap();
        assert_eq!(body(sender.send_request(request("/", "hello")).await).await.unwrap(), "hello");
    });
    asking.await.unwrap();
}

/// A reset ends each request with an error, and both versions of the protocol report it. A part of a body is never
/// taken for the whole.
#[testkit::test(schedules = 500)]
async fn a_reset_ends_requests_and_bodies_with_errors(sim: Sim) {
    start(sim).await;
    sim.net().bandwidth(1_000_000).may_reset();
    let large = Bytes::from(vec![b'x'; LARGE / 5]);
    let sent = large.clone();
    let first = sim.host("client1").spawn("client1", async move {
        let Ok(stream) = TcpStream::connect("server:80").await else { return };
        let Ok((mut sender, connection)) = client::conn::http1::handshake(TokioIo::new(stream)).await else { return };
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request("/", sent.clone())).await;
        match body(answer).await {
            Ok(answer) => assert_eq!(answer, sent),
            Err(error) => assert!(!error.is_user() && !error.is_parse(), "{error:?}"),
        }
        drop(sender);
        _ = connection.await.unwrap();
    });
    let second = sim.host("client2").spawn("client2", async move {
        let Ok(stream) = TcpStream::connect("server:8080").await else { return };
        let builder = client::conn::http2::Builder::new(TokioExecutor::new());
        let Ok((sender, connection)) = builder.handshake(TokioIo::new(stream)).await else { return };
        tokio::spawn(connection);
        let mut requests = JoinSet::new();
        for number in 0..2 {
            let (mut sender, large) = (sender.clone(), large.slice(number..));
            requests.spawn(async move {
                match body(sender.send_request(request("/", large.clone())).await).await {
                    Ok(answer) => assert_eq!(answer, large),
                    Err(error) => assert!(!error.is_user() && !error.is_parse(), "{error:?}"),
                }
            });
        }
        requests.join_all().await;
    });
    let (first, second) = tokio::join!(first, second);
    first.and(second).unwrap();
}

//! tokio-tungstenite: web sockets.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use testkit::Sim;
use testkit::net::{Host, Restart};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_async, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Sends each text back.
async fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:80").await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let Ok(mut socket) = accept_async(stream).await else { return };
            while let Some(Ok(message)) = socket.next().await {
                if message.is_text() && socket.send(message).await.is_err() {
                    return;
                }
            }
        });
    }
}

async fn start(sim: Sim) -> Host {
    let server = sim.host("server");
    server.run(serve);
    sim.settle().await;
    sim.net().latency(10 * MILLISECOND);
    server
}

async fn connect() -> Result<Socket, Error> {
    connect_async("ws://server/").await.map(|(socket, _)| socket)
}

/// Runs a client on its host.
async fn client(sim: Sim, client: impl Future<Output = ()> + Send + 'static) {
    sim.host("client").spawn("client", client).await.unwrap();
}

/// `WebSocketStream`: messages arrive in order. Both halves work at the same time.
#[testkit::test(schedules = 200)]
async fn messages_arrive_in_order(sim: Sim) {
    start(sim).await;
    let talking = async move {
        let (mut sink, mut stream) = connect().await.unwrap().split();
        // A connection and an upgrade take a round trip each.
        assert_eq!(sim.elapsed(), 40 * MILLISECOND);
        let sending = tokio::spawn(async move {
            for number in 0..10 {
                sink.send(Message::text(format!("{number} {}", "x".repeat(number * 1000)))).await.unwrap();
            }
            sink
        });
        for number in 0..10 {
            let message = stream.next().await.unwrap().unwrap();
            assert_eq!(message.into_text().unwrap().as_str(), format!("{number} {}", "x".repeat(number * 1000)));
        }
        drop(sending.await.unwrap());
    };
    client(sim, talking).await;
}

/// `WebSocketStream::close`: after the handshake of the end, reading returns the answer to the close frame, and then
/// `None`.
#[testkit::test(schedules = 200)]
async fn a_close_is_answered(sim: Sim) {
    start(sim).await;
    let closing = async move {
        let mut socket = connect().await.unwrap();
        let frame = CloseFrame { code: CloseCode::Normal, reason: "that is all".into() };
        socket.close(Some(frame.clone())).await.unwrap();
        assert!(matches!(
            socket.send(Message::text("late")).await.unwrap_err(),
            Error::Protocol(ProtocolError::SendAfterClosing)
        ));
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::Close(Some(frame)));
        assert!(socket.next().await.is_none());
    };
    client(sim, closing).await;
}

/// Messages and pings that are sent in a partition arrive, and are answered, once it heals.
#[testkit::test(schedules = 200)]
async fn messages_outlive_a_partition(sim: Sim) {
    start(sim).await;
    let talking = async move {
        let mut socket = connect().await.unwrap();
        sim.net().partition(["client"], ["server"]);
        socket.send(Message::Ping("alive?".into())).await.unwrap();
        socket.send(Message::text("hello")).await.unwrap();
        assert!(timeout(30 * SECOND, socket.next()).await.is_err());
        sim.net().heal();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::Pong("alive?".into()));
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("hello"));
    };
    client(sim, talking).await;
}

/// A reset ends the stream with an error, and then with `None`. The answers before it are complete and in order.
#[testkit::test(schedules = 500)]
async fn a_reset_is_an_error_and_the_end(sim: Sim) {
    start(sim).await;
    sim.net().may_reset();
    let talking = async move {
        let mut socket = match connect().await {
            Ok(socket) => socket,
            Err(error) => return assert!(matches!(error, Error::Io(_) | Error::Protocol(_)), "{error:?}"),
        };
        for number in 0..4 {
            if let Err(error) = socket.send(Message::text(number.to_string())).await {
                return assert!(matches!(error, Error::Io(_)), "{error:?}");
            }
        }
        for number in 0..4 {
            match socket.next().await.unwrap() {
                Ok(message) => assert_eq!(message, Message::text(number.to_string())),
                Err(error) => {
                    assert!(
                        matches!(error, Error::Io(_) | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)),
                        "{error:?}"
                    );
                    assert!(socket.next().await.is_none());
                    return;
                }
            }
        }
    };
    client(sim, talking).await;
}

/// A client that connects again, and repeats what was not answered, outlives crashes of the server.
#[testkit::test(schedules = 500)]
async fn a_client_that_connects_again_outlives_crashes(sim: Sim) {
    start(sim).await.may_crash(Restart::After(3 * SECOND));
    let talking = async move {
        let mut answered = 0;
        for attempt in 0..10 {
            if attempt == 5 {
                sim.net().calm();
            }
            let talk = async {
                let mut socket = connect().await?;
                while answered < 3 {
                    socket.send(Message::text(answered.to_string())).await?;
                    let answer = socket.next().await.unwrap_or(Err(Error::ConnectionClosed))?;
                    assert_eq!(answer, Message::text(answered.to_string()));
                    answered += 1;
                }
                Ok::<_, Error>(())
            };
            if let Ok(Ok(())) = timeout(2 * SECOND, talk).await {
                return;
            }
            sleep(SECOND).await;
        }
        panic!("no attempt succeeded");
    };
    client(sim, talking).await;
}

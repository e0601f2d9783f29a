//! rumqttc: clients of MQTT, and a small broker that uses the crate's own codec.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rumqttc::mqttbytes::Error;
use rumqttc::mqttbytes::v4::{Codec, ConnAck, ConnectReturnCode, Packet, PubAck, Publish, SubAck, SubscribeReasonCode};
use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, Outgoing, QoS, StateError};
use testkit::net::{Host, Restart};
use testkit::{Explorer, Sim};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};
use tokio_util::codec::Framed;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// State of the broker, which outlives its crashes.
#[derive(Default)]
struct Broker {
    /// Clients with a session that is not clean.
    sessions: BTreeSet<String>,
    subscribers: BTreeMap<String, UnboundedSender<Publish>>,
    received: Vec<String>,
}

type SharedBroker = Arc<Mutex<Broker>>;

impl Broker {
    fn publish(&mut self, publish: &Publish) {
        self.received.push(String::from_utf8(publish.payload.to_vec()).unwrap());
        if let Some(subscriber) = self.subscribers.get(&publish.topic) {
            _ = subscriber.send(Publish::from_bytes(&publish.topic, QoS::AtMostOnce, publish.payload.clone()));
        }
    }
}

/// Serves a client until it disconnects.
async fn serve(stream: TcpStream, broker: SharedBroker) -> Result<(), Error> {
    let mut framed = Framed::new(stream, Codec { max_incoming_size: 10_000, max_outgoing_size: 10_000 });
    let Some(Packet::Connect(connect)) = framed.next().await.transpose()? else { return Ok(()) };
    let has_session = !connect.clean_session && !broker.lock().unwrap().sessions.insert(connect.client_id);
    framed.send(Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, has_session))).await?;
    let (sender, mut messages) = unbounded_channel();
    loop {
        let answer = tokio::select! {
            Some(message) = messages.recv() => Packet::Publish(message),
            packet = framed.next() => match packet.transpose()? {
                Some(Packet::Publish(publish)) => {
                    broker.lock().unwrap().publish(&publish);
                    if publish.qos == QoS::AtMostOnce {
                        continue;
                    }
                    Packet::PubAck(PubAck::new(publish.pkid))
                }
                Some(Packet::Subscribe(subscribe)) => {
                    for filter in subscribe.filters {
                        broker.lock().unwrap().subscribers.insert(filter.path, sender.clone());
                    }
                    Packet::SubAck(SubAck::new(subscribe.pkid, vec![SubscribeReasonCode::Success(QoS::AtMostOnce)]))
                }
                Some(Packet::PingReq) => Packet::PingResp,
                _ => return Ok(()),
            },
        };
        framed.send(answer).await?;
    }
}

/// Starts the broker on its host.
async fn start(sim: Sim) -> (Host, SharedBroker) {
    let (host, broker) = (sim.host("broker"), SharedBroker::default());
    let shared = broker.clone();
    host.run(move || {
        let broker = shared.clone();
        async move {
            let listener = TcpListener::bind("0.0.0.0:1883").await?;
            loop {
                let (stream, _) = listener.accept().await?;
                tokio::spawn(serve(stream, broker.clone()));
            }
            #[allow(unreachable_code, reason = "it names the type of the error")]
            std::io::Result::Ok(())
        }
    });
    sim.settle().await;
    sim.net().latency(10 * MILLISECOND);
    (host, broker)
}

fn client(id: &str, clean_session: bool) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(id, "broker", 1883);
    options.set_keep_alive(5 * SECOND).set_clean_session(clean_session);
    AsyncClient::new(options, 10)
}

/// Polls until `ends` returns true for an event. After an error, it polls again a second later, which connects again.
async fn poll_until(events: &mut EventLoop, mut ends: impl FnMut(&Event) -> bool) {
    loop {
        match events.poll().await {
            Ok(event) if ends(&event) => return,
            Ok(_) => {}
            Err(_) => sleep(SECOND).await,
        }
    }
}

fn is_acknowledgement(event: &Event) -> bool {
    matches!(event, Event::Incoming(Packet::PubAck(_)))
}

/// `AsyncClient::publish` and `AsyncClient::subscribe`: messages arrive in order.
#[testkit::test(schedules = 200)]
async fn messages_arrive_in_order(sim: Sim) {
    start(sim).await;
    let (subscribed, is_subscribed) = tokio::sync::oneshot::channel();
    let subscriber = sim.host("subscriber").spawn("subscriber", async move {
        let (client, mut events) = client("subscriber", true);
        client.subscribe("news", QoS::AtMostOnce).await.unwrap();
        poll_until(&mut events, |event| matches!(event, Event::Incoming(Packet::SubAck(_)))).await;
        subscribed.send(()).unwrap();
        for number in 0..5 {
            let is_next = |event: &Event| match event {
                Event::Incoming(Packet::Publish(publish)) => {
                    assert_eq!(publish.payload, number.to_string());
                    true
                }
                _ => false,
            };
            poll_until(&mut events, is_next).await;
        }
    });
    let publisher = sim.host("publisher").spawn("publisher", async move {
        let (client, mut events) = client("publisher", true);
        is_subscribed.await.unwrap();
        tokio::spawn(async move {
            for number in 0..5 {
                client.publish("news", QoS::AtLeastOnce, false, number.to_string()).await.unwrap();
            }
            std::future::pending::<()>().await;
        });
        let mut count = 0;
        poll_until(&mut events, |event| {
            count += usize::from(is_acknowledgement(event));
            count == 5
        })
        .await;
    });
    subscriber.await.unwrap();
    publisher.await.unwrap();
}

/// `MqttOptions::set_keep_alive`: a ping that is not answered before the next one ends the connection with
/// `StateError::AwaitPingResp`. `EventLoop::poll` connects again after an error, and fails after 5 s if the broker is
/// out of reach.
#[testkit::test(schedules = 200)]
async fn pings_detect_a_partition_and_polling_connects_again(sim: Sim) {
    start(sim).await;
    let polling = sim.host("client").spawn("client", async move {
        let (_client, mut events) = client("client", true);
        poll_until(&mut events, |event| matches!(event, Event::Incoming(Packet::ConnAck(_)))).await;
        let connected = sim.elapsed();
        sim.net().partition(["client"], ["broker"]);
        assert!(matches!(events.poll().await, Ok(Event::Outgoing(Outgoing::PingReq))));
        assert_eq!(sim.elapsed() - connected, 5 * SECOND);
        let error = events.poll().await.unwrap_err();
        assert!(matches!(error, ConnectionError::MqttState(StateError::AwaitPingResp)), "{error:?}");
        assert_eq!(sim.elapsed() - connected, 10 * SECOND);
        let error = events.poll().await.unwrap_err();
        assert!(matches!(error, ConnectionError::NetworkTimeout), "{error:?}");
        assert_eq!(sim.elapsed() - connected, 15 * SECOND);
        sim.net().heal();
        let event = events.poll().await.unwrap();
        assert!(matches!(event, Event::Incoming(Packet::ConnAck(_))), "{event:?}");
    });
    polling.await.unwrap();
}

/// Publishes 5 messages, and waits until they are acknowledged. Returns how often each of them has reached the broker.
async fn publish_five(sim: Sim, broker: &SharedBroker, clean_session: bool) -> Vec<usize> {
    let publishing = sim.host("client").spawn("client", async move {
        let (client, mut events) = client("client", clean_session);
        poll_until(&mut events, |event| matches!(event, Event::Incoming(Packet::ConnAck(_)))).await;
        let publishing = tokio::spawn(async move {
            for number in 0..5 {
                client.publish("news", QoS::AtLeastOnce, false, number.to_string()).await.unwrap();
                sleep(4 * MILLISECOND).await;
            }
            client
        });
        let mut count = 0;
        let polling = poll_until(&mut events, |event| {
            count += usize::from(is_acknowledgement(event));
            count == 5
        });
        _ = timeout(60 * SECOND, polling).await;
        sim.net().calm();
        _ = timeout(60 * SECOND, poll_until(&mut events, |_| false)).await;
        publishing.await.unwrap();
    });
    publishing.await.unwrap();
    let received = &broker.lock().unwrap().received;
    (0..5).map(|number| received.iter().filter(|text| **text == number.to_string()).count()).collect()
}

/// `QoS::AtLeastOnce` in a session that is not clean: each message reaches the broker although connections are reset.
#[testkit::test(schedules = 500)]
async fn messages_outlive_resets(sim: Sim) {
    let (_, broker) = start(sim).await;
    sim.net().may_reset();
    let counts = publish_five(sim, &broker, false).await;
    assert!(counts.iter().all(|&count| count >= 1), "{counts:?}");
}

/// The same, although the broker crashes. It keeps its sessions.
#[testkit::test(schedules = 500)]
async fn messages_outlive_crashes(sim: Sim) {
    let (host, broker) = start(sim).await;
    host.may_crash(Restart::After(SECOND));
    let counts = publish_five(sim, &broker, false).await;
    assert!(counts.iter().all(|&count| count >= 1), "{counts:?}");
}

/// Asserts that a test fails under some schedule, with a text in its report.
#[track_caller]
fn fails_with<R: Future<Output = ()> + 'static>(text: &str, test: fn(Sim) -> R) {
    let outcome = Explorer::new().run(test);
    let report = outcome.failure().expect("the test fails under some schedule").to_string();
    assert!(report.contains(text), "{report}");
}

/// Also in a clean session, a message should reach the broker if it is published after the connection was lost.
async fn later_messages_outlive_a_reset(sim: Sim) {
    let (_, broker) = start(sim).await;
    let publishing = sim.host("client").spawn("client", async move {
        let (client, mut events) = client("client", true);
        poll_until(&mut events, |event| matches!(event, Event::Incoming(Packet::ConnAck(_)))).await;
        sim.net().reset("client");
        client.publish("news", QoS::AtLeastOnce, false, "late").await.unwrap();
        _ = timeout(60 * SECOND, poll_until(&mut events, is_acknowledgement)).await;
    });
    publishing.await.unwrap();
    assert_eq!(broker.lock().unwrap().received, ["late"]);
}

/// rumqttc breaks the promise of automatic reconnections: with a clean session, which is the default, it drops all
/// pending messages when it connects again. These include messages in its channel that it has never sent.
#[test]
fn a_clean_session_loses_messages_that_were_never_sent() {
    fails_with(r#"right: ["late"]"#, later_messages_outlive_a_reset);
}

/// The same messages, with a pause between those that are sent again. They should reach the broker in order.
async fn messages_keep_their_order(sim: Sim) {
    let (_, broker) = start(sim).await;
    sim.net().may_reset();
    let publishing = sim.host("client").spawn("client", async move {
        let mut options = MqttOptions::new("client", "broker", 1883);
        options.set_clean_session(false).set_pending_throttle(15 * MILLISECOND);
        let (client, mut events) = AsyncClient::new(options, 10);
        poll_until(&mut events, |event| matches!(event, Event::Incoming(Packet::ConnAck(_)))).await;
        for number in 0..4 {
            client.publish("news", QoS::AtLeastOnce, false, number.to_string()).await.unwrap();
        }
        _ = timeout(60 * SECOND, poll_until(&mut events, |_| false)).await;
        sim.net().calm();
        _ = timeout(60 * SECOND, poll_until(&mut events, |_| false)).await;
    });
    publishing.await.unwrap();
    let (mut first, mut seen) = (broker.lock().unwrap().received.clone(), BTreeSet::new());
    first.retain(|text| seen.insert(text.clone()));
    assert_eq!(first, ["0", "1", "2", "3"]);
}

/// rumqttc breaks the promise of MQTT that a client sends unacknowledged messages again in their original order
/// (section 4.6): if the connection is lost again while some still wait to be sent, `EventLoop::clean` appends those
/// that were sent to them.
#[test]
fn messages_change_their_order_if_connections_are_reset_repeatedly() {
    fails_with(r#"right: ["0", "1", "2", "3"]"#, messages_keep_their_order);
}

//! mini-redis: its server and its clients.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use mini_redis::client::{Subscriber, connect};
use mini_redis::{buffer, server};
use testkit::net::{Host, Restart};
use testkit::{Explorer, Sim};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const ADDRESS: &str = "redis:6379";

/// Starts the server, with a latency of 5 ms to each client.
async fn start(sim: Sim) -> Host {
    let host = sim.host("redis");
    host.run(|| async { server::run(TcpListener::bind("0.0.0.0:6379").await?, std::future::pending::<()>()).await });
    sim.settle().await;
    sim.net().latency(5 * MILLISECOND);
    host
}

/// Clients, each on a host of its own.
struct Clients {
    sim: Sim,
    running: Vec<BoxFuture<'static, ()>>,
}

impl Clients {
    fn new(sim: Sim) -> Self {
        Clients { sim, running: Vec::new() }
    }

    #[track_caller]
    fn add(&mut self, host: &str, client: impl Future<Output = ()> + Send + 'static) {
        let client = self.sim.host(host).spawn(host, client);
        self.running.push(Box::pin(async move { client.await.unwrap() }));
    }

    async fn join(self) {
        join_all(self.running).await;
    }
}

async fn subscribe(channels: &[&str]) -> Subscriber {
    let channels = channels.iter().map(ToString::to_string).collect();
    connect(ADDRESS).await.unwrap().subscribe(channels).await.unwrap()
}

/// Returns the content of the next message.
async fn next(subscriber: &mut Subscriber) -> String {
    let message = subscriber.next_message().await.unwrap().expect("the subscription goes on");
    String::from_utf8(message.content.to_vec()).unwrap()
}

/// `Client::set` and `Client::get`: a value is there until it is overwritten, for all clients.
#[testkit::test(schedules = 1000)]
async fn a_value_is_there_for_all_clients(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    for number in 0..3 {
        clients.add(&format!("client{number}"), async move {
            let mut client = connect(ADDRESS).await.unwrap();
            let (own, value) = (format!("own{number}"), Bytes::from(number.to_string()));
            assert_eq!(client.get(&own).await.unwrap(), None);
            client.set(&own, value.clone()).await.unwrap();
            client.set("shared", value.clone()).await.unwrap();
            assert_eq!(client.get(&own).await.unwrap(), Some(value));
            let shared = client.get("shared").await.unwrap().unwrap();
            assert!(["0", "1", "2"].iter().any(|value| shared == *value), "{shared:?}");
        });
    }
    clients.join().await;
}

/// `Client::set_expires`: a value expires after its time. A later `set` discards the time of the earlier one.
#[testkit::test(schedules = 1000)]
async fn values_expire_at_their_times(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    for (number, millis) in [(0, 500), (1, 300), (2, 400)] {
        clients.add(&format!("client{number}"), async move {
            let mut client = connect(ADDRESS).await.unwrap();
            let (key, time) = (format!("key{number}"), Duration::from_millis(millis));
            client.set_expires(&key, "short".into(), time).await.unwrap();
            // The value was set 5 ms ago, and the request takes another 5 ms.
            sleep(time - 11 * MILLISECOND).await;
            assert_eq!(client.get(&key).await.unwrap().unwrap(), "short");
            assert_eq!(client.get(&key).await.unwrap(), None);
            client.set_expires(&key, "short".into(), time).await.unwrap();
            client.set(&key, "for ever".into()).await.unwrap();
            sleep(60 * SECOND).await;
            assert_eq!(client.get(&key).await.unwrap().unwrap(), "for ever");
        });
    }
    clients.join().await;
}

/// `Client::publish` returns the number of subscribers. They receive the messages of a channel in the same order.
#[testkit::test(schedules = 1000)]
async fn subscribers_receive_all_messages_in_one_order(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    let received = Arc::new(std::sync::Mutex::new(BTreeSet::new()));
    let subscribed = Arc::new(tokio::sync::Barrier::new(4));
    for number in 0..2 {
        let (received, subscribed) = (received.clone(), subscribed.clone());
        clients.add(&format!("subscriber{number}"), async move {
            let mut subscriber = subscribe(&["news"]).await;
            subscribed.wait().await;
            let mut all = Vec::new();
            while all.len() < 4 {
                all.push(next(&mut subscriber).await);
            }
            received.lock().unwrap().insert(all);
        });
    }
    for number in 0..2 {
        let subscribed = subscribed.clone();
        clients.add(&format!("publisher{number}"), async move {
            let mut client = connect(ADDRESS).await.unwrap();
            subscribed.wait().await;
            for message in 0..2 {
                assert_eq!(client.publish("news", format!("{number}.{message}").into()).await.unwrap(), 2);
            }
            assert_eq!(client.publish("other", "nobody is there".into()).await.unwrap(), 0);
        });
    }
    clients.join().await;
    let received = received.lock().unwrap();
    assert_eq!(received.len(), 1, "{received:?}");
    for number in 0..2 {
        let own: Vec<_> = received.iter().flatten().filter(|text| text.starts_with(&number.to_string())).collect();
        assert!(own.is_sorted(), "{own:?}");
    }
}

/// `Subscriber::subscribe` and `Subscriber::unsubscribe` change the channels, if no message comes in between.
#[testkit::test(schedules = 1000)]
async fn a_subscriber_changes_its_channels(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    let (turn, done) = (Arc::new(tokio::sync::Barrier::new(2)), Arc::new(tokio::sync::Barrier::new(2)));
    let (their_turn, their_done) = (turn.clone(), done.clone());
    clients.add("subscriber", async move {
        let mut subscriber = subscribe(&["a"]).await;
        subscriber.subscribe(&["b".to_owned(), "c".to_owned()]).await.unwrap();
        subscriber.unsubscribe(&["a".to_owned()]).await.unwrap();
        assert_eq!(subscriber.get_subscribed(), ["b", "c"]);
        turn.wait().await;
        let mut received = [next(&mut subscriber).await, next(&mut subscriber).await];
        received.sort();
        assert_eq!(received, ["b", "c"]);
        done.wait().await;
        subscriber.unsubscribe(&[]).await.unwrap();
        assert!(subscriber.get_subscribed().is_empty());
        turn.wait().await;
        done.wait().await;
    });
    clients.add("publisher", async move {
        let mut client = connect(ADDRESS).await.unwrap();
        for counts in [[0, 1, 1], [0, 0, 0]] {
            their_turn.wait().await;
            for (channel, count) in ["a", "b", "c"].into_iter().zip(counts) {
                assert_eq!(client.publish(channel, channel.into()).await.unwrap(), count);
            }
            their_done.wait().await;
        }
    });
    clients.join().await;
}

/// `buffer`: handles share a connection, and each gets its own response, also if others are dropped while they wait.
#[testkit::test(schedules = 1000)]
async fn a_dropped_request_of_a_buffer_leaves_the_others_alone(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    clients.add("client", async move {
        let buffer = buffer(connect(ADDRESS).await.unwrap());
        let mut users = JoinSet::new();
        for number in 0..4 {
            let mut buffer = buffer.clone();
            users.spawn(async move {
                let (key, value) = (format!("key{number}"), Bytes::from(number.to_string()));
                if sim.cancel_anywhere(buffer.set(&key, value.clone())).await.is_some() {
                    assert_eq!(buffer.get(&key).await.unwrap(), Some(value));
                }
            });
        }
        users.join_all().await;
    });
    clients.join().await;
}

/// Calls that begin before a partition, or in the middle of it, end when it heals. A value expires meanwhile.
#[testkit::test(schedules = 1000)]
async fn calls_outlive_a_partition(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    clients.add("client", async move {
        let mut client = connect(ADDRESS).await.unwrap();
        let mut subscriber = subscribe(&["news"]).await;
        client.set_expires("key", "value".into(), 30 * SECOND).await.unwrap();
        sim.net().partition(["client"], ["redis"]);
        assert!(timeout(SECOND, connect(ADDRESS)).await.is_err());
        let (message, value, ()) = tokio::join!(next(&mut subscriber), client.get("key"), async {
            sleep(60 * SECOND).await;
            sim.net().heal();
        });
        assert_eq!((&*message, value.unwrap()), ("hello", None));
    });
    clients.add("publisher", async move {
        sleep(20 * SECOND).await;
        assert_eq!(connect(ADDRESS).await.unwrap().publish("news", "hello".into()).await.unwrap(), 1);
    });
    clients.join().await;
}

/// A reset ends a call with an error, and no call ends with the response of another one.
#[testkit::test(schedules = 1000)]
async fn a_reset_ends_calls_with_errors(sim: Sim) {
    start(sim).await;
    sim.net().may_reset();
    let mut clients = Clients::new(sim);
    for number in 0..2 {
        clients.add(&format!("client{number}"), async move {
            let key = format!("key{number}");
            let mut is_set = false;
            for attempt in 0..4 {
                if attempt == 3 {
                    sim.net().calm();
                }
                let attempts = async {
                    let mut client = connect(ADDRESS).await?;
                    if !is_set {
                        client.set(&key, key.clone().into()).await?;
                        is_set = true;
                    }
                    client.get(&key).await
                };
                match attempts.await {
                    Ok(value) => return assert_eq!(value.unwrap(), key),
                    Err(error) => assert!(attempt < 3, "{error}"),
                }
            }
        });
    }
    clients.join().await;
}

/// The server may crash at any step. Each call ends with a response or an error, or its time is up; a value is there until
/// the crash, and lost afterwards, because the server keeps it in memory only.
#[testkit::test(schedules = 1000)]
async fn values_last_until_a_crash(sim: Sim) {
    let starts = Arc::new(AtomicUsize::new(0));
    let host = sim.host("redis");
    let counted = starts.clone();
    host.run(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        async { server::run(TcpListener::bind("0.0.0.0:6379").await?, std::future::pending::<()>()).await }
    });
    sim.settle().await;
    sim.net().latency(5 * MILLISECOND);
    host.may_crash(Restart::After(2 * SECOND));
    let mut clients = Clients::new(sim);
    for number in 0..2 {
        let starts = starts.clone();
        clients.add(&format!("client{number}"), async move {
            let key = format!("key{number}");
            let mut written_at = None;
            for attempt in 0..8 {
                if attempt == 4 {
                    sim.net().calm();
                }
                let before = starts.load(Ordering::Relaxed);
                let calls = async {
                    let mut client = connect(ADDRESS).await?;
                    let value = client.get(&key).await?;
                    let after = starts.load(Ordering::Relaxed);
                    match written_at {
                        Some(written) if written == after => assert_eq!(value.as_deref(), Some(key.as_bytes())),
                        Some(written) if written < before => assert_eq!(value, None),
                        _ => {}
                    }
                    written_at = None;
                    client.set(&key, key.clone().into()).await?;
                    written_at = Some(starts.load(Ordering::Relaxed));
                    mini_redis::Result::Ok(())
                };
                _ = timeout(SECOND, calls).await;
                sleep(SECOND).await;
            }
            assert!(written_at.is_some(), "four attempts without a crash have failed");
        });
    }
    clients.join().await;
}

/// The server may crash at any step. A subscriber that subscribes again gets later messages, none twice and all in order.
#[testkit::test(schedules = 1000)]
async fn a_subscriber_that_subscribes_again_outlives_crashes(sim: Sim) {
    let host = start(sim).await;
    host.may_crash(Restart::After(2 * SECOND));
    let mut clients = Clients::new(sim);
    let is_done = Arc::new(AtomicBool::new(false));
    let done = is_done.clone();
    clients.add("subscriber", async move {
        let mut last = None;
        while last < Some(8) {
            let subscribing = async { connect(ADDRESS).await?.subscribe(vec!["news".to_owned()]).await };
            if let Ok(Ok(mut subscriber)) = timeout(SECOND, subscribing).await {
                // After a crash without a reset, nothing ever comes.
                while let Ok(Ok(Some(message))) = timeout(3 * SECOND, subscriber.next_message()).await {
                    let number = std::str::from_utf8(&message.content).unwrap().parse::<u32>().unwrap();
                    assert!(last < Some(number), "{number} after {last:?}");
                    last = Some(number);
                    if number >= 8 {
                        break;
                    }
                }
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    clients.add("publisher", async move {
        for number in 0..60 {
            if number == 5 {
                sim.net().calm();
            }
            let publishing = async { connect(ADDRESS).await?.publish("news", number.to_string().into()).await };
            if let Ok(Ok(count)) = timeout(SECOND, publishing).await {
                assert!(count <= 1, "{count} subscribers");
            }
            if is_done.load(Ordering::Relaxed) {
                return;
            }
            sleep(SECOND).await;
        }
        panic!("the subscriber has received nothing");
    });
    clients.join().await;
}

/// A crash ends each call with an error: at once, or, if the server's host has not reset its connections, when the client
/// sends something to the restarted host.
#[testkit::test(schedules = 1000)]
async fn clients_of_a_crashed_server_get_errors_and_connect_again(sim: Sim) {
    let host = start(sim).await;
    let mut clients = Clients::new(sim);
    clients.add("client", async move {
        let mut client = connect(ADDRESS).await.unwrap();
        client.set("key", "value".into()).await.unwrap();
        sleep(10 * SECOND).await;
        client.get("key").await.unwrap_err();
        let mut client = connect(ADDRESS).await.unwrap();
        assert_eq!(client.get("key").await.unwrap(), None);
    });
    clients.add("waiting", async move {
        let mut client = connect(ADDRESS).await.unwrap();
        sleep(5 * SECOND - sim.elapsed()).await;
        // The request is on its way when the host crashes.
        let error = client.get("key").await.unwrap_err();
        let error = error.downcast::<std::io::Error>().unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    });
    sim.sleep(5 * SECOND + MILLISECOND - sim.elapsed()).await;
    host.crash();
    sim.sleep(SECOND).await;
    host.restart();
    clients.join().await;
}

/// `server::run`: the server runs until the `shutdown` future completes. All of its tasks end, and clients see the end.
#[testkit::test(schedules = 1000)]
async fn a_shutdown_ends_all_tasks(sim: Sim) {
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    // Tasks of the host `main` must not be left at the end of the test.
    let listener = TcpListener::bind("0.0.0.0:6379").await.unwrap();
    let serving = tokio::spawn(async move { server::run(listener, stopped.notified()).await.unwrap() });
    sim.net().latency(5 * MILLISECOND);
    let mut clients = Clients::new(sim);
    clients.add("client", async move {
        let mut client = connect("main:6379").await.unwrap();
        client.set_expires("key", "value".into(), 60 * SECOND).await.unwrap();
        while client.get("key").await.is_ok() {}
    });
    clients.add("subscriber", async move {
        let mut subscriber = connect("main:6379").await.unwrap().subscribe(vec!["news".to_owned()]).await.unwrap();
        assert!(subscriber.next_message().await.unwrap().is_none());
    });
    sim.sleep(50 * MILLISECOND).await;
    stop.notify_one();
    serving.await.unwrap();
    clients.join().await;
}

/// Asserts that a test fails under some schedule, with a text in its report.
#[track_caller]
fn fails_with<R: Future<Output = ()> + 'static>(text: &str, test: fn(Sim) -> R) {
    let outcome = Explorer::new().schedules(1000).run(test);
    let report = outcome.failure().expect("the test fails under some schedule").to_string();
    assert!(report.contains(text), "{report}");
}

/// Changes the channels of a subscriber while messages arrive.
async fn channels_change_while_messages_arrive(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    clients.add("subscriber", async move {
        let mut subscriber = subscribe(&["a"]).await;
        subscriber.subscribe(&["b".to_owned()]).await.unwrap();
    });
    clients.add("publisher", async move {
        let mut client = connect(ADDRESS).await.unwrap();
        for _ in 0..2 {
            client.publish("a", "hello".into()).await.unwrap();
        }
    });
    clients.join().await;
}

/// mini-redis breaks the promise of `Subscriber::subscribe`, which subscribes to new channels, and of
/// `Subscriber::unsubscribe`: both take the next frame for the response of the server. If it is a message of another
/// channel, they fail, and the message is lost.
#[test]
fn a_subscriber_cannot_change_its_channels_while_messages_arrive() {
    fails_with("unexpected frame", channels_change_while_messages_arrive);
}

async fn calls_after_a_timeout_get_their_own_responses(sim: Sim) {
    start(sim).await;
    let mut clients = Clients::new(sim);
    clients.add("client", async move {
        let mut client = connect(ADDRESS).await.unwrap();
        client.set("a", "value of a".into()).await.unwrap();
        client.set("b", "value of b".into()).await.unwrap();
        _ = sim.cancel_anywhere(client.get("a")).await;
        assert_eq!(client.get("b").await.unwrap().unwrap(), "value of b");
    });
    clients.join().await;
}

/// `Client::get` is not safe to cancel, and its documentation does not say so: if a call is dropped, for example by a
/// timeout, the next call gets the response of the dropped one. [`buffer`] has no such problem.
#[test]
fn a_call_after_a_timeout_gets_the_response_of_the_earlier_one() {
    fails_with("value of a", calls_after_a_timeout_get_their_own_responses);
}

async fn an_expired_value_is_gone(sim: Sim) {
    start(sim).await;
    sim.net().latency(Duration::ZERO);
    let mut clients = Clients::new(sim);
    clients.add("client", async move {
        let mut client = connect(ADDRESS).await.unwrap();
        client.set_expires("key", "value".into(), SECOND).await.unwrap();
        sleep(SECOND).await;
        assert_eq!(client.get("key").await.unwrap(), None);
    });
    clients.join().await;
}

/// mini-redis breaks the promise of `Client::set_expires`, that the value expires after the time: only a background task
/// removes values, and a `get` that the server handles before this task runs still returns the value.
#[test]
fn a_value_can_be_read_after_it_has_expired() {
    fails_with("left: Some(b\"value\")", an_expired_value_is_gone);
}

async fn a_subscriber_learns_of_a_crash(sim: Sim) {
    let host = start(sim).await;
    let mut clients = Clients::new(sim);
    clients.add("subscriber", async move {
        let mut subscriber = subscribe(&["news"]).await;
        let ended = timeout(3600 * SECOND, subscriber.next_message()).await;
        assert!(ended.is_ok(), "the subscriber still waits");
    });
    sim.sleep(SECOND).await;
    host.crash();
    host.restart();
    clients.join().await;
}

/// `Subscriber::next_message`: `None` indicates that the subscription has been terminated. A subscriber does not learn of
/// a crash that does not reset its connection, because it sends nothing while it waits. So it waits for ever, although the
/// server runs again.
#[test]
fn a_subscriber_waits_for_ever_after_a_silent_crash() {
    fails_with("the subscriber still waits", a_subscriber_learns_of_a_crash);
}

async fn a_shutdown_ends_beside_a_slow_client(sim: Sim) {
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    let host = sim.host("redis");
    let serving = host.spawn("redis", async move {
        server::run(TcpListener::bind("0.0.0.0:6379").await.unwrap(), stopped.notified()).await.unwrap();
    });
    sim.settle().await;
    let mut clients = Clients::new(sim);
    clients.add("slow", async move {
        use tokio::io::AsyncWriteExt;
        let mut client = connect(ADDRESS).await.unwrap();
        client.set("key", vec![b'x'; 300_000].into()).await.unwrap();
        let mut slow = tokio::net::TcpStream::connect(ADDRESS).await.unwrap();
        slow.write_all(b"*2\r\n$3\r\nget\r\n$3\r\nkey\r\n").await.unwrap();
        sleep(3600 * SECOND).await;
    });
    sim.sleep(SECOND).await;
    stop.notify_one();
    assert!(timeout(60 * SECOND, serving).await.is_ok(), "the server still runs");
    clients.join().await;
}

/// `server::run` shuts down gracefully once `shutdown` completes. It waits for responses that are being sent, without a
/// limit: a client that reads nothing keeps the server from ending.
#[test]
fn a_client_that_reads_nothing_keeps_the_server_from_shutting_down() {
    fails_with("the server still runs", a_shutdown_ends_beside_a_slow_client);
}

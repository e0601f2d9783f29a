//! Partitions, resets and crashes.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mini_redis::client::connect;
use mini_redis::server;
use testkit::Sim;
use testkit::net::Restart;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use crate::{ADDRESS, Clients, MILLISECOND, SECOND, fails_with, next, start, subscribe};

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

/// The server may crash at any step. Each call ends with a response or an error, or its time is up; a value is there
/// until the crash, and lost afterwards, because the server keeps it in memory only.
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

/// The server may crash at any step. A subscriber that subscribes again gets later messages, none twice and all in
/// order.
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

/// A crash ends each call with an error: at once, or, if the server's host has not reset its connections, when the
/// client sends something to the restarted host.
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
        let error = error.downcast::<io::Error>().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    });
    sim.sleep(5 * SECOND + MILLISECOND - sim.elapsed()).await;
    host.crash();
    sim.sleep(SECOND).await;
    host.restart();
    clients.join().await;
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

/// `Subscriber::next_message`: `None` indicates that the subscription has been terminated. A subscriber does not learn
/// of a crash that does not reset its connection, because it sends nothing while it waits. So it waits forever,
/// although the server runs again.
#[test]
fn a_subscriber_waits_forever_after_a_silent_crash() {
    fails_with("the subscriber still waits", a_subscriber_learns_of_a_crash);
}

//! Values, and when they expire.

use std::time::Duration;

use bytes::Bytes;
use mini_redis::buffer;
use mini_redis::client::connect;
use testkit::Sim;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::{ADDRESS, Clients, MILLISECOND, SECOND, fails_with, start};

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
            client.set(&key, "forever".into()).await.unwrap();
            sleep(60 * SECOND).await;
            assert_eq!(client.get(&key).await.unwrap().unwrap(), "forever");
        });
    }
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

/// mini-redis breaks the promise of `Client::set_expires`, that the value expires after the time: only a background
/// task removes values, and a `get` that the server handles before this task runs still returns the value.
#[test]
fn a_value_can_be_read_after_it_has_expired() {
    fails_with("left: Some(b\"value\")", an_expired_value_is_gone);
}

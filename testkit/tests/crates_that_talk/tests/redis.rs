//! redis: its client against the server of mini-redis.

use std::time::Duration;

use futures_util::StreamExt;
use mini_redis::server;
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncCommands, Client, ErrorKind, SetExpiry, SetOptions};
use testkit::Sim;
use testkit::net::{Host, Restart};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

async fn start(sim: Sim) -> Host {
    let host = sim.host("redis");
    host.run(|| async { server::run(TcpListener::bind("0.0.0.0:6379").await?, std::future::pending::<()>()).await });
    sim.settle().await;
    sim.net().latency(10 * MILLISECOND);
    host
}

fn client() -> Client {
    Client::open("redis://redis/").unwrap()
}

async fn connect() -> MultiplexedConnection {
    client().get_multiplexed_async_connection().await.unwrap()
}

/// Runs a client on its host.
async fn on(sim: Sim, host: &str, client: impl Future<Output = ()> + Send + 'static) {
    sim.host(host).spawn(host, client).await.unwrap();
}

/// `MultiplexedConnection`: clones share a connection, and requests do not wait for earlier answers.
#[testkit::test(schedules = 200)]
async fn requests_share_a_connection(sim: Sim) {
    start(sim).await;
    let asking = async move {
        let connection = connect().await;
        let connected = sim.elapsed();
        let mut users = JoinSet::new();
        for number in 0..4 {
            let mut connection = connection.clone();
            users.spawn(async move {
                let () = connection.set(number, number * 10).await.unwrap();
                assert_eq!(connection.get::<_, u32>(number).await.unwrap(), number * 10);
            });
        }
        users.join_all().await;
        assert_eq!(sim.elapsed() - connected, 40 * MILLISECOND);
    };
    on(sim, "client", asking).await;
}

/// `SetOptions::with_expiration`: the value is gone after its time.
#[testkit::test(schedules = 200)]
async fn a_value_expires(sim: Sim) {
    start(sim).await;
    let asking = async move {
        let mut connection = connect().await;
        let options = SetOptions::default().with_expiration(SetExpiry::PX(500));
        let () = connection.set_options("key", "value", options).await.unwrap();
        // The value was set 10 ms ago, and the request takes another 10 ms.
        sleep(475 * MILLISECOND).await;
        assert_eq!(connection.get::<_, Option<String>>("key").await.unwrap().as_deref(), Some("value"));
        assert_eq!(connection.get::<_, Option<String>>("key").await.unwrap(), None);
    };
    on(sim, "client", asking).await;
}

/// `PubSub`: messages of a channel arrive in order, also if the channels change in between.
#[testkit::test(schedules = 500)]
async fn messages_arrive_in_order_while_channels_change(sim: Sim) {
    start(sim).await;
    let subscribed = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    let is_subscribed = subscribed.clone();
    let publishing = async move {
        let mut connection = connect().await;
        is_subscribed.wait().await;
        for number in 0..4 {
            let count: u32 = connection.publish("news", number).await.unwrap();
            assert_eq!(count, 1);
        }
    };
    let listening = async move {
        let (mut sink, mut messages) = client().get_async_pubsub().await.unwrap().split();
        sink.subscribe("news").await.unwrap();
        subscribed.wait().await;
        let changing = async {
            sink.subscribe("sports").await.unwrap();
            sink.unsubscribe("sports").await.unwrap();
        };
        let receiving = async {
            for number in 0..4 {
                let message = messages.next().await.unwrap();
                assert_eq!(message.get_payload::<u32>().unwrap(), number);
            }
        };
        tokio::join!(changing, receiving);
    };
    tokio::join!(on(sim, "publisher", publishing), on(sim, "subscriber", listening));
}

/// `AsyncConnectionConfig::set_response_timeout` is 500 ms by default. After it, the next request gets its own answer.
#[testkit::test(schedules = 200)]
async fn a_request_times_out_in_a_partition_and_the_next_gets_its_own_answer(sim: Sim) {
    start(sim).await;
    let asking = async move {
        let mut connection = connect().await;
        let () = connection.set("one", 1).await.unwrap();
        let () = connection.set("two", 2).await.unwrap();
        sim.net().partition(["client"], ["redis"]);
        let begun = sim.elapsed();
        let error = connection.get::<_, u32>("one").await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(sim.elapsed() - begun, 500 * MILLISECOND);
        let error = client().get_multiplexed_async_connection().await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(sim.elapsed() - begun, 1500 * MILLISECOND);
        sim.net().heal();
        sleep(10 * SECOND).await;
        assert_eq!(connection.get::<_, u32>("two").await.unwrap(), 2);
    };
    on(sim, "client", asking).await;
}

/// `ConnectionManager`: a command that fails with a dropped connection makes it connect again in the background, and
/// later commands wait for that.
#[testkit::test(schedules = 500)]
async fn a_manager_connects_again_after_a_reset(sim: Sim) {
    start(sim).await;
    let asking = async move {
        let mut manager = ConnectionManager::new(client()).await.unwrap();
        sim.net().may_reset();
        let mut value = None;
        for number in 0..3 {
            match manager.set::<_, _, ()>("key", number).await {
                Ok(()) => value = Some(number),
                Err(error) => {
                    assert!(error.is_connection_dropped() || error.is_io_error(), "{error:?}");
                    value = None;
                }
            }
        }
        sim.net().calm();
        // A reset after the last answer lets the next command fail as well.
        _ = manager.get::<_, Option<u32>>("key").await;
        let read: Option<u32> = manager.get("key").await.unwrap();
        assert!(value.is_none() || read == value, "{read:?} after {value:?}");
    };
    on(sim, "client", asking).await;
}

/// The server may crash at any step. The manager connects again, and each command ends with an answer or an error.
#[testkit::test(schedules = 500)]
async fn a_manager_outlives_crashes(sim: Sim) {
    start(sim).await.may_crash(Restart::After(2 * SECOND));
    let asking = async move {
        let config = ConnectionManagerConfig::new().set_number_of_retries(3);
        let manager = ConnectionManager::new_lazy_with_config(client(), config).unwrap();
        for attempt in 0..20 {
            if attempt == 5 {
                sim.net().calm();
            }
            let mut manager = manager.clone();
            let calls = async { manager.set::<_, _, ()>("key", attempt).await };
            match timeout(60 * SECOND, calls).await.expect("each command ends") {
                Ok(()) => return,
                Err(error) => assert!(error.kind() == ErrorKind::Io || error.is_unrecoverable_error(), "{error:?}"),
            }
            sleep(SECOND).await;
        }
        panic!("no attempt succeeded");
    };
    on(sim, "client", asking).await;
}

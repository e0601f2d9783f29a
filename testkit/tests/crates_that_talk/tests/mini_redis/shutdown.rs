//! The end of the server.

use std::sync::Arc;

use mini_redis::client::connect;
use mini_redis::server;
use testkit::Sim;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::{ADDRESS, Clients, MILLISECOND, SECOND, fails_with};

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
        let mut client = connect(ADDRESS).await.unwrap();
        client.set("key", vec![b'x'; 300_000].into()).await.unwrap();
        let mut slow = TcpStream::connect(ADDRESS).await.unwrap();
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

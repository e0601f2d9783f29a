//! The whole service in one simulation: coordinator and hosts run real axum and hyper over a simulated network, in
//! virtual time.

mod crashes;
mod kills;
mod service;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use di_core::ambient::Ambient;
use distridata::http_client::http_client;
use distridata::object::{ByteStream, Piece, Stored};
use distridata::storage::{HostAddress, HostClient, HostError, HttpHostClient};
use futures_util::stream;
use testkit::{Explorer, FailureKind, Sim};
use tokio::sync::mpsc;

use service::{OBJECT, Service};

const SECOND: Duration = Duration::from_secs(1);

/// Longer than a put waits for a host, but shorter than the total time of the retries.
const CUT: Duration = Duration::from_secs(40);

#[testkit::test]
async fn an_object_is_put_and_read_back(sim: Sim) {
    let service = Service::start(sim).await;
    assert_eq!(
        service.get("http://coordinator:7000/health").await,
        (StatusCode::OK, "catalog: ok (0ns)\nhosts: ok (0ns)\n".into())
    );
    let (status, object) = service.put("abcdefghij").await;
    assert_eq!(status, StatusCode::OK, "{object}");
    service.check(Some("abcdefghij")).await;
    assert_eq!(service.stop().await, [3; 3]);
}

#[testkit::test]
async fn idle_connections_are_replaced(sim: Sim) {
    let service = Service::start(sim).await;
    assert_eq!(service.put("abcdefghij").await.0, StatusCode::OK);
    sim.sleep(600 * SECOND).await;
    assert_eq!(service.get(OBJECT).await, (StatusCode::OK, "abcdefghij".into()));
    assert_eq!(service.stop().await, [3; 3]);
}

#[testkit::test]
async fn a_crashing_host_leaves_the_whole_object_or_nothing(sim: Sim) {
    let mut service = Service::start(sim).await;
    let crashing = service.hosts.remove(2);
    // The host crashes at some point during the put. The put takes no virtual time, so the delay is a number of polls.
    let crash = sim.spawn("crash", async move {
        for _ in 0..sim.choose(120) {
            tokio::task::yield_now().await;
        }
        drop(crashing);
    });
    let (status, answer) = service.put("abcdefghij").await;
    crash.await.unwrap();
    let kept = service.stop().await;
    match status {
        StatusCode::OK => assert_eq!(kept, [3; 3]),
        _ => assert_eq!(kept[..2], [0; 2], "{answer}"),
    }
}

#[testkit::test]
async fn a_stopping_service_completes_the_put_in_flight(sim: Sim) {
    let service = Service::start(sim).await;
    let client = service.client.clone();
    let (sender, receiver) = mpsc::channel(1);
    let body =
        stream::unfold(receiver, async |mut receiver: mpsc::Receiver<_>| Some((receiver.recv().await?, receiver)));
    let request = Request::put(OBJECT).body(Body::from_stream(body)).unwrap();
    let putting = sim.spawn("put", async move { client.request(request).await.unwrap().status() });
    for piece in ["abc", "def"] {
        sender.send(Ok::<_, std::io::Error>(Bytes::from_static(piece.as_bytes()))).await.unwrap();
    }
    sim.settle().await;
    let stopping = sim.spawn("stop", service.stop());
    sim.settle().await;
    drop(sender);
    assert_eq!(putting.await.unwrap(), StatusCode::OK);
    assert_eq!(stopping.await.unwrap(), [2; 3]);
}

/// Puts an object while faults occur, and another one after they have stopped.
async fn put_under_faults(sim: Sim, service: Service) {
    let (status, answer) = service.put("abcdefghij").await;
    sim.net().calm();
    // Failed calls and deletes are retried for a while.
    sim.sleep(60 * SECOND).await;
    service.check((status == StatusCode::OK).then_some("abcdefghij")).await;
    assert!(status == StatusCode::OK || status.is_server_error(), "{status}: {answer}");
    assert_eq!(service.put("klmno").await.0, StatusCode::OK);
    sim.sleep(60 * SECOND).await;
    service.check(Some("klmno")).await;
    service.stop().await;
    // Connections close once their last packets have arrived.
    sim.sleep(SECOND).await;
}

#[testkit::test]
async fn a_partition_during_a_put_leaves_the_whole_object_or_nothing(sim: Sim) {
    let service = Service::start(sim).await;
    sim.net().latency(SECOND / 1000);
    sim.net().link("coordinator", "host-2").may_cut(CUT);
    put_under_faults(sim, service).await;
}

#[testkit::test]
async fn connection_resets_leave_the_whole_object_or_nothing(sim: Sim) {
    let service = Service::start(sim).await;
    sim.net().link("coordinator", "host-3").may_reset();
    put_under_faults(sim, service).await;
}

#[testkit::test]
async fn lost_packets_only_cost_time(sim: Sim) {
    let service = Service::start(sim).await;
    for host in service::HOSTS {
        sim.net().link("coordinator", host).jitter(SECOND / 100).may_lose();
    }
    put_under_faults(sim, service).await;
}

#[testkit::test]
async fn a_put_waits_for_a_slow_host(sim: Sim) {
    let service = Service::start(sim).await;
    sim.net().link("coordinator", "host-1").latency(SECOND / 2).bandwidth(1000);
    let start = sim.elapsed();
    assert_eq!(service.put("abcdefghij").await.0, StatusCode::OK);
    assert!(sim.elapsed() - start > 2 * SECOND);
    service.check(Some("abcdefghij")).await;
    service.stop().await;
    // Connections to the slow host close once their last packets have arrived.
    sim.sleep(60 * SECOND).await;
}

#[testkit::test]
async fn a_put_that_fails_in_a_long_partition_leaves_nothing(sim: Sim) {
    let service = Service::start(sim).await;
    sim.net().partition(["coordinator"], ["host-2"]);
    let start = sim.elapsed();
    let (status, answer) = service.put("abcdefghij").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{answer}");
    assert!(sim.elapsed() - start < 60 * SECOND);
    sim.net().heal();
    sim.sleep(60 * SECOND).await;
    service.check(None).await;
    service.stop().await;
}

/// Retries calls like `Retrying`, but treats a failed delete as a success.
struct IgnoresDeleteErrors(Arc<dyn HostClient>);

#[async_trait]
impl HostClient for IgnoresDeleteErrors {
    async fn store(&self, host: &HostAddress, shard: &str, pieces: mpsc::Receiver<Piece>) -> Result<Stored, HostError> {
        self.0.store(host, shard, pieces).await
    }

    async fn fetch(&self, host: &HostAddress, shard: &str) -> Result<ByteStream, HostError> {
        for _ in 0..3 {
            if let Ok(content) = self.0.fetch(host, shard).await {
                return Ok(content);
            }
        }
        self.0.fetch(host, shard).await
    }

    async fn delete(&self, host: &HostAddress, shard: &str) -> Result<(), HostError> {
        match self.0.delete(host, shard).await {
            Err(error) if error.is_transient() => Ok(()),
            result => result,
        }
    }
}

#[test]
fn ignored_delete_errors_are_found() {
    let outcome = Explorer::new().schedules(500).run(|sim: Sim| async move {
        let Ambient { clock, spawner, network, .. } = sim.net().host("coordinator").ambient();
        let client = HttpHostClient::new(http_client(clock.clone(), spawner, network), clock);
        let client = Arc::new(IgnoresDeleteErrors(Arc::new(client)));
        let service = Service::start_with(sim, |app| app.storage(|storage| storage.with_host_client(client))).await;
        sim.net().link("coordinator", "host-3").may_reset();
        put_under_faults(sim, service).await;
    });
    let failure = outcome.failure().expect("a shard stays on a host");
    println!("{failure}");
    assert_eq!(failure.kind(), FailureKind::Panic);
    assert!(failure.to_string().contains("shards on the hosts must match the catalog"), "{failure}");
    // The response to the store is lost, and then the delete is lost.
    let resets = failure.choices().iter().filter(|choice| choice.to_string().ends_with("was reset")).count();
    assert_eq!(resets, 2, "{failure}");
}

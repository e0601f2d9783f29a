//! tonic: the server and the clients of tonic-health, over gRPC.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use testkit::net::{Host, Restart};
use testkit::{Explorer, Sim};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Starts the server on its host. Its services `one` and `two` are serving.
async fn start(sim: Sim) -> Host {
    let server = sim.host("server");
    server.run(|| async {
        let (reporter, service) = tonic_health::server::health_reporter();
        for name in ["one", "two"] {
            reporter.set_service_status(name, ServingStatus::Serving).await;
        }
        Server::builder().add_service(service).serve(([0, 0, 0, 0], 50051).into()).await
    });
    sim.settle().await;
    sim.net().latency(10 * MILLISECOND);
    server
}

fn endpoint() -> Endpoint {
    Endpoint::from_static("http://server:50051")
}

/// Asks for the status of a service.
async fn check(client: &HealthClient<Channel>, service: &str) -> Result<ServingStatus, Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    match client.clone().check(request).await?.into_inner().status {
        1 => Ok(ServingStatus::Serving),
        2 => Ok(ServingStatus::NotServing),
        _ => Ok(ServingStatus::Unknown),
    }
}

fn is_serving(status: Result<ServingStatus, Status>) -> bool {
    matches!(status.unwrap(), ServingStatus::Serving)
}

/// `Channel`: clones share a connection, and their requests do not wait for each other.
#[testkit::test(schedules = 200)]
async fn requests_share_a_connection(sim: Sim) {
    start(sim).await;
    let asking = sim.host("client").spawn("client", async move {
        let client = HealthClient::new(endpoint().connect().await.unwrap());
        let connected = sim.elapsed();
        let mut requests = JoinSet::new();
        for service in ["one", "two", "three"] {
            let client = client.clone();
            requests.spawn(async move {
                let status = check(&client, service).await;
                match service {
                    "three" => assert_eq!(status.unwrap_err().code(), Code::NotFound),
                    _ => assert!(is_serving(status)),
                }
            });
        }
        requests.join_all().await;
        assert_eq!(sim.elapsed() - connected, 20 * MILLISECOND);
        assert_eq!(sim.net().netstat().matches("ESTABLISHED").count(), 2, "{}", sim.net().netstat());
    });
    asking.await.unwrap();
}

/// `Health.Watch`: the stream begins with the present status. It may skip a status, but ends with the last.
#[testkit::test(schedules = 500)]
async fn a_watcher_sees_the_last_status(sim: Sim) {
    let (reporter, service) = tonic_health::server::health_reporter();
    reporter.set_service_status("one", ServingStatus::NotServing).await;
    let watched = Arc::new(Barrier::new(2));
    let is_watched = watched.clone();
    sim.host("server").spawn("server", async move {
        let serving = Server::builder().add_service(service).serve(([0, 0, 0, 0], 50051).into());
        let changing = async {
            is_watched.wait().await;
            for status in [ServingStatus::Serving, ServingStatus::NotServing, ServingStatus::Serving] {
                reporter.set_service_status("one", status).await;
                sleep(MILLISECOND).await;
            }
        };
        tokio::join!(serving, changing).0.unwrap();
    });
    sim.settle().await;
    sim.net().latency(10 * MILLISECOND).jitter(10 * MILLISECOND);
    let watching = sim.host("client").spawn("client", async move {
        let mut client = HealthClient::new(endpoint().connect().await.unwrap());
        let request = HealthCheckRequest { service: "one".to_owned() };
        let mut statuses = client.watch(request).await.unwrap().into_inner();
        assert_eq!(statuses.message().await.unwrap().unwrap().status, 2);
        watched.wait().await;
        let mut last = 2;
        while let Ok(message) = tokio::time::timeout(SECOND, statuses.message()).await {
            last = message.unwrap().unwrap().status;
        }
        assert_eq!(last, 1);
    });
    watching.await.unwrap();
}

/// `Endpoint::timeout` limits each request. Without it, a request outlives a partition.
#[testkit::test(schedules = 200)]
async fn a_request_times_out_or_outlives_a_partition(sim: Sim) {
    start(sim).await;
    let asking = sim.host("client").spawn("client", async move {
        let patient = HealthClient::new(endpoint().connect().await.unwrap());
        let hasty = HealthClient::new(endpoint().timeout(5 * SECOND).connect().await.unwrap());
        sim.net().partition(["client"], ["server"]);
        let begun = sim.elapsed();
        let status = check(&hasty, "one").await.unwrap_err();
        assert!(matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded), "{status:?}");
        assert_eq!(sim.elapsed() - begun, 5 * SECOND);
        let (status, ()) = tokio::join!(check(&patient, "one"), async {
            sleep(60 * SECOND).await;
            sim.net().heal();
        });
        assert!(is_serving(status));
        assert!(is_serving(check(&hasty, "one").await));
    });
    asking.await.unwrap();
}

/// `Endpoint::http2_keep_alive_interval` and `Endpoint::keep_alive_timeout`: a dead connection ends, and the channel
/// connects again.
#[testkit::test(schedules = 200)]
async fn pings_detect_a_partition(sim: Sim) {
    start(sim).await;
    let asking = sim.host("client").spawn("client", async move {
        let endpoint = endpoint().http2_keep_alive_interval(10 * SECOND).keep_alive_timeout(5 * SECOND);
        let client = HealthClient::new(endpoint.connect().await.unwrap());
        assert!(is_serving(check(&client, "one").await));
        sim.net().partition(["client"], ["server"]);
        let begun = sim.elapsed();
        let status = check(&client, "one").await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        let took = sim.elapsed() - begun;
        assert!(took <= 16 * SECOND, "{took:?}");
        sim.net().heal();
        // Until the channel has noticed the end of the connection, requests fail with `Code::Cancelled`.
        sim.settle().await;
        assert!(is_serving(check(&client, "one").await));
    });
    asking.await.unwrap();
}

/// A reset ends requests with a status that does not come from the service, and the channel connects again by itself.
#[testkit::test(schedules = 500)]
async fn a_channel_connects_again_after_a_reset(sim: Sim) {
    start(sim).await;
    sim.net().may_reset();
    let mut clients = Vec::new();
    for number in 0..2 {
        let asking = sim.host(&format!("client{number}")).spawn("client", async move {
            let client = HealthClient::new(endpoint().connect_lazy());
            for _ in 0..3 {
                if let Err(status) = check(&client, "one").await {
                    assert!(matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled), "{status:?}");
                }
            }
            sim.net().calm();
            // The reset may have come after the last answer.
            sim.settle().await;
            assert!(is_serving(check(&client, "one").await));
        });
        clients.push(asking);
    }
    join_all(clients).await.into_iter().for_each(|asked| asked.unwrap());
}

/// The server may crash at any step. A client with a timeout that repeats its requests succeeds in the end.
#[testkit::test(schedules = 500)]
async fn a_client_that_tries_again_outlives_crashes(sim: Sim) {
    start(sim).await.may_crash(Restart::After(3 * SECOND));
    let asking = sim.host("client").spawn("client", async move {
        let endpoint = endpoint().timeout(SECOND).connect_timeout(SECOND);
        let client = HealthClient::new(endpoint.connect_lazy());
        let mut attempts = 0;
        while let Err(status) = check(&client, "one").await {
            attempts += 1;
            if attempts == 5 {
                sim.net().calm();
            }
            assert!(attempts < 20, "{status:?}");
            sleep(SECOND).await;
        }
    });
    asking.await.unwrap();
}

async fn a_lost_connection_is_reported_as_unavailable(sim: Sim) {
    start(sim).await;
    let asking = sim.host("client").spawn("client", async move {
        let client = HealthClient::new(endpoint().connect().await.unwrap());
        sim.net().may_reset();
        if let Err(status) = check(&client, "one").await {
            assert_eq!(status.code(), Code::Unavailable);
        }
    });
    asking.await.unwrap();
}

/// tonic breaks the promise of gRPC (section "Status codes and their use in gRPC" of its documentation) that a client
/// reports a connection lost after a request was sent as `UNAVAILABLE`, on which clients usually try again. It reports
/// `Unknown`, and `Cancelled` if the channel has not noticed the end of the connection when the request begins.
#[test]
fn a_lost_connection_is_reported_as_unknown() {
    let outcome = Explorer::new().run(a_lost_connection_is_reported_as_unavailable);
    let report = outcome.failure().expect("the test fails under some schedule").to_string();
    assert!(report.contains("left: Unknown"), "{report}");
}

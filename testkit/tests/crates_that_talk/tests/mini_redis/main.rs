//! mini-redis: its server and its clients.

mod failures;
mod messages;
mod shutdown;
mod values;

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use mini_redis::client::{Subscriber, connect};
use mini_redis::server;
use testkit::net::Host;
use testkit::{Explorer, Sim};
use tokio::net::TcpListener;

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

/// Asserts that a test fails under some schedule, with a text in its report.
#[track_caller]
fn fails_with<R: Future<Output = ()> + 'static>(text: &str, test: fn(Sim) -> R) {
    let outcome = Explorer::new().schedules(1000).run(test);
    let report = outcome.failure().expect("the test fails under some schedule").to_string();
    assert!(report.contains(text), "{report}");
}

/// Returns the content of the next message.
async fn next(subscriber: &mut Subscriber) -> String {
    let message = subscriber.next_message().await.unwrap().expect("the subscription goes on");
    String::from_utf8(message.content.to_vec()).unwrap()
}

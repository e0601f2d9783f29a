//! Time of 1,000 requests from reqwest to axum. Each takes a virtual minute.
//!
//! `cargo bench -p crates-that-talk --features sockets --bench requests` prints the best and the average of several runs.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use reqwest::Client;
use testkit::{Explorer, Scheduler, Sim};
use tokio::net::TcpListener;

const REQUESTS: usize = 1_000;
const RUNS: u32 = 20;
const MINUTE: Duration = Duration::from_secs(60);

async fn answer() -> &'static str {
    tokio::time::sleep(MINUTE).await;
    "hello"
}

async fn ask(sim: Sim) {
    let server = sim.host("server");
    server.run(|| async {
        let router = Router::new().route("/", get(answer));
        axum::serve(TcpListener::bind("0.0.0.0:80").await?, router).await
    });
    sim.settle().await;
    let (client, url) = (Client::new(), format!("http://{}/", server.address()));
    for _ in 0..REQUESTS {
        let response = client.get(&url).send().await.expect("the server answers");
        assert_eq!(response.text().await.expect("the answer is a text"), "hello");
    }
    assert_eq!(sim.elapsed(), MINUTE * REQUESTS as u32);
}

fn main() {
    let mut best = f64::INFINITY;
    let start = Instant::now();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let explorer = Explorer::new().scheduler(Scheduler::Fifo).check_determinism(false).max_steps(u64::MAX);
        if let Some(failure) =
            explorer.max_virtual_time(MINUTE * 2 * REQUESTS as u32).allow_leaks(true).run(ask).failure()
        {
            panic!("{failure}");
        }
        best = best.min(begun.elapsed().as_secs_f64());
    }
    let average = start.elapsed().as_secs_f64() / f64::from(RUNS);
    println!("{REQUESTS} requests from reqwest to axum, a virtual minute each");
    println!("  best     {:>6.1} ms", best * 1e3);
    println!("  average  {:>6.1} ms", average * 1e3);
}

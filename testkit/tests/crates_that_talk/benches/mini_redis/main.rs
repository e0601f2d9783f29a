//! Schedules per second of a scenario on mini-redis, compared with madsim and turmoil in the same run.
//!
//! `cargo testkit bench -p crates-that-talk --features sockets --bench mini_redis` prints the times. The first run builds
//! the alternatives, which takes a few minutes. If that fails, the benchmark reports it and continues without them.

mod peer;
mod scenario;

use std::time::{Duration, Instant};

use mini_redis::server;
use testkit::{Explorer, Sim};
use tokio::net::TcpListener;

use peer::Peer;
use scenario::scenario;

/// Number of schedules of each tool.
const SCHEDULES: u64 = 2_000;

/// Number of rounds. The best one counts.
const ROUNDS: usize = 3;

async fn simulation(sim: Sim) {
    let redis = sim.host("redis");
    redis.run(|| async { server::run(TcpListener::bind("0.0.0.0:6379").await?, std::future::pending::<()>()).await });
    sim.net().latency(Duration::from_millis(1));
    sim.settle().await;
    sim.host("client").spawn("client", scenario("redis:6379")).await.expect("the client does not panic");
}

/// Returns the time of a schedule, in seconds.
fn ours() -> f64 {
    let start = Instant::now();
    let explorer = Explorer::new().schedules(SCHEDULES as usize).time(Duration::from_secs(600)).jobs(1);
    if let Some(failure) = explorer.check_determinism(false).run(simulation).failure() {
        panic!("{failure}");
    }
    start.elapsed().as_secs_f64() / SCHEDULES as f64
}

fn main() {
    let peers = [Peer::MADSIM, Peer::TURMOIL].map(|peer| (peer.name, peer.build()));
    let mut best = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        best[0] = best[0].min(ours());
        for ((_, built), best) in peers.iter().zip(&mut best[1..]) {
            if let Ok(program) = built {
                *best = best.min(program.measure());
            }
        }
    }
    println!("mini-redis: connect, set, get, expire, subscribe, publish and close; best of {ROUNDS} rounds");
    println!("  testkit  {:>8.0} schedules/s", 1.0 / best[0]);
    for ((name, built), time) in peers.iter().zip(&best[1..]) {
        match built {
            Ok(_) => {
                println!("  {name:8} {:>8.0} schedules/s; testkit runs {:.1} times as many", 1.0 / time, time / best[0])
            }
            Err(error) => println!("  {name:8} could not be built: {error}"),
        }
    }
}

//! Measures how long it takes to simulate one minute of the whole service: coordinator, three hosts and a client, with
//! real axum, hyper and SQLite, a slow host, a partition during a put, and a host that resets its connections.
//!
//! `cargo bench -p distridata --bench one_simulation` prints the best and the average time of a run over many
//! schedules. The disks of the hosts are simulated, but the catalog is a real file: if your disk is slow, set `TMPDIR`
//! to a directory in memory to measure the simulation itself.

#[path = "../tests/one_simulation/service.rs"]
mod service;

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use service::{OBJECT, Service};
use testkit::{Explorer, Sim};

const SECOND: Duration = Duration::from_secs(1);

/// Number of seeds, each with two schedules.
const SCHEDULES: usize = 50;

async fn minute(sim: Sim) {
    let net = sim.net();
    let service = Service::start(sim).await;
    net.latency(SECOND / 1000);
    net.link("coordinator", "host-1").latency(SECOND / 10).bandwidth(100_000);
    assert_eq!(service.put("slow host").await.0, StatusCode::OK);

    net.link("coordinator", "host-2").cut();
    sim.spawn("heal", async move {
        sim.sleep(5 * SECOND).await;
        net.heal();
    });
    assert_eq!(service.put("cut off").await.0, StatusCode::OK);
    net.reset("host-3");
    assert_eq!(service.put("reset").await.0, StatusCode::OK);
    while sim.elapsed() < 60 * SECOND {
        assert_eq!(service.get(OBJECT).await.0, StatusCode::OK);
        sim.sleep(5 * SECOND).await;
    }
    service.check(Some("reset")).await;
    service.stop().await;
}

fn main() {
    let mut best = f64::INFINITY;
    let start = Instant::now();
    for seed in 0..SCHEDULES as u64 {
        let run_start = Instant::now();
        // Two schedules, because only the second one is random.
        let explorer = Explorer::new().schedules(2).seed(seed).check_determinism(false).jobs(1);
        let outcome = explorer.run(minute);
        if let Some(failure) = outcome.failure() {
            panic!("{failure}");
        }
        best = best.min(run_start.elapsed().as_secs_f64() / 2.0);
    }
    let average = start.elapsed().as_secs_f64() / SCHEDULES as f64 / 2.0;
    println!("60 virtual seconds of coordinator, three hosts and a client");
    println!("     best     {:>6.1} ms", best * 1e3);
    println!("     average  {:>6.1} ms", average * 1e3);
}

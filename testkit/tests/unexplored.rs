//! What a test that passes says of what its schedules have not explored.

mod support;

use std::time::Duration;

use support::{assert_tells, failure, printed, run_alone};
use testkit::{Explorer, Sim};

/// What is said of raw tasks.
const RAW: &str = "tasks of `tokio::spawn` kept the order of their wakes";

async fn spawned() {
    let tasks = [1, 2].map(|_| tokio::spawn(tokio::task::yield_now()));
    for task in tasks {
        task.await.unwrap();
    }
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn has_raw_tasks() {
    spawned().await;
}

#[testkit::test(schedules = 1)]
#[ignore = "run by other tests, with environment variables"]
async fn has_raw_tasks_in_one_schedule() {
    spawned().await;
}

#[testkit::test(exhaustive = 1)]
#[ignore = "run by other tests, with environment variables"]
async fn has_raw_tasks_in_all_schedules() {
    spawned().await;
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn has_raw_tasks_and_inputs(#[strategy(1..10)] count: i32) {
    assert!(count > 0);
    spawned().await;
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn has_tasks_of_the_simulation(sim: Sim) {
    sim.spawn("one", async {}).await.unwrap();
    di_core::task::spawn(async {}).await.unwrap();
    di_core::task::spawn_blocking(|| {}).await.unwrap();
    tokio::time::timeout(Duration::from_secs(1), std::future::pending::<()>()).await.unwrap_err();
    let net = sim.net();
    let mut listener = net.host("server").network().bind("0.0.0.0:80").await.unwrap();
    net.host("client").network().connect("server:80").await.unwrap();
    listener.accept().await.unwrap();
}

/// All that a test prints which passes.
#[track_caller]
fn printed_by(test: &str) -> String {
    let output = run_alone(test, &[]);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn raw_tasks_are_told_of_in_one_line() {
    for test in ["has_raw_tasks", "has_raw_tasks_in_all_schedules", "has_raw_tasks_and_inputs"] {
        let text = printed_by(test);
        let lines: Vec<_> = text.lines().filter(|line| line.contains(RAW)).collect();
        let [line] = lines[..] else { panic!("{text}") };
        assert!(line.contains(&format!("unexplored::{test}: {RAW}, and no other was explored")), "{line}");
        assert!(line.contains("`di_core::task::spawn`"), "{line}");
    }
}

#[test]
fn one_schedule_is_one_order() {
    let text = printed_by("has_raw_tasks_in_one_schedule");
    assert!(!text.contains(RAW), "{text}");
}

#[test]
fn what_is_explored_is_not_spoken_of() {
    let text = printed_by("has_tasks_of_the_simulation");
    assert!(!text.contains("tokio::spawn"), "{text}");
}

#[test]
fn the_coverage_tells_of_raw_tasks_whoever_runs_them() {
    for jobs in [1, 3] {
        let in_the_last = |sim: Sim| async move {
            if sim.choose(100) == 99 {
                spawned().await;
            }
        };
        let seldom = Explorer::new().jobs(jobs).schedules(1_000).run(in_the_last).coverage();
        assert!(seldom.has_raw_tasks() && seldom.to_string().contains("; tasks of `tokio::spawn` kept"), "{seldom}");
        let none = Explorer::new().jobs(jobs).run(|_| async {}).coverage();
        assert!(!none.has_raw_tasks() && !none.to_string().contains("tokio::spawn"), "{none}");
    }
}

#[test]
fn a_report_tells_beside_the_coverage_that_raw_tasks_keep_their_order() {
    let found = failure(Explorer::new(), |sim| async move {
        spawned().await;
        assert!(sim.choose(20) != 19);
    });
    assert_tells(&found, &[" schedules were distinct", "; tasks of `tokio::spawn` kept their order\n"]);
}

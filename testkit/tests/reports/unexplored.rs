//! Notes that a passing test prints about schedules it did not explore.

use std::time::Duration;

use testkit::{Explorer, Sim};

use crate::support::{MILLISECOND, assert_report_contains, failure, printed, run_alone};

/// The note on raw tasks.
const RAW: &str = "`tokio::spawn` tasks ran only in the order of their wakes";

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

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn blocks() {
    std::thread::sleep(20 * MILLISECOND);
}

#[testkit::test(time = "300ms")]
#[ignore = "run by other tests, with environment variables"]
async fn blocks_with_inputs(#[strategy(0..1_000)] _number: i32) {
    std::thread::sleep(20 * MILLISECOND);
}

#[testkit::test(schedules = 100)]
#[ignore = "run by other tests, with environment variables"]
async fn blocks_with_explicit_schedules() {
    std::thread::sleep(11 * MILLISECOND);
}

/// Returns the output of a passing test.
#[track_caller]
fn printed_by(test: &str) -> String {
    let output = run_alone(&format!("unexplored::{test}"), &[]);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn raw_tasks_are_noted_in_one_line() {
    for test in ["has_raw_tasks", "has_raw_tasks_in_all_schedules", "has_raw_tasks_and_inputs"] {
        let text = printed_by(test);
        let lines: Vec<_> = text.lines().filter(|line| line.contains(RAW)).collect();
        let [line] = lines[..] else { panic!("{text}") };
        assert!(line.contains(&format!("unexplored::{test}: {RAW}; `cargo testkit test` explores")), "{line}");
    }
}

#[test]
fn a_single_schedule_has_no_note_about_raw_tasks() {
    let text = printed_by("has_raw_tasks_in_one_schedule");
    assert!(!text.contains(RAW), "{text}");
}

#[test]
fn tasks_spawned_with_sim_have_no_note() {
    let text = printed_by("has_tasks_of_the_simulation");
    assert!(!text.contains("tokio::spawn"), "{text}");
}

#[test]
fn the_coverage_mentions_raw_tasks_for_any_number_of_jobs() {
    for jobs in [1, 3] {
        let in_the_last = |sim: Sim| async move {
            if sim.choose(100) == 99 {
                spawned().await;
            }
        };
        let seldom = Explorer::new().jobs(jobs).schedules(1_000).run(in_the_last).coverage();
        assert!(seldom.has_raw_tasks() && seldom.to_string().contains("; `tokio::spawn` tasks kept"), "{seldom}");
        let none = Explorer::new().jobs(jobs).run(|_| async {}).coverage();
        assert!(!none.has_raw_tasks() && !none.to_string().contains("tokio::spawn"), "{none}");
    }
}

#[test]
fn the_coverage_in_a_report_states_that_raw_tasks_keep_their_order() {
    let found = failure(Explorer::new(), |sim| async move {
        spawned().await;
        assert!(sim.choose(20) != 19);
    });
    assert_report_contains(&found, &[" schedules were distinct", "; `tokio::spawn` tasks kept their order\n"]);
}

/// Parses the note of a test that ran out of time. Returns the number of schedules that ran, and the total.
#[track_caller]
fn run_in_time(test: &str, time: &str) -> (usize, usize) {
    let text = printed_by(test);
    let begin = format!("unexplored::{test}: time was up after {time}: ");
    let [line] = text.lines().filter_map(|line| Some(line.split_once(&begin)?.1)).collect::<Vec<_>>()[..] else {
        panic!("{text}")
    };
    assert!(line.contains("`std::thread::sleep`") && line.contains("TESTKIT_TIME"), "{line}");
    let (run, all) = line.split_once(" schedules were run").unwrap().0.split_once(" of ").unwrap();
    let number = |text: &str| text.replace(',', "").parse().unwrap();
    (number(run), number(all))
}

#[test]
fn a_slow_test_prints_how_many_schedules_it_ran() {
    let (run, all) = run_in_time("blocks", "1 s");
    assert!((1..=51).contains(&run) && all == 200, "{run} of {all}");
}

#[test]
fn schedules_of_skipped_inputs_count() {
    let (run, all) = run_in_time("blocks_with_inputs", "300 ms");
    assert!((1..=17).contains(&run) && all == 64 * 25, "{run} of {all}");
}

#[test]
fn a_test_with_time_for_all_schedules_has_no_note() {
    for test in ["blocks_with_explicit_schedules", "has_tasks_of_the_simulation"] {
        let text = printed_by(test);
        assert!(!text.contains("time was up"), "{text}");
    }
}

#[test]
fn the_coverage_counts_the_skipped_schedules() {
    let brief = |explorer: Explorer| {
        let outcome = explorer.time(10 * MILLISECOND).run(|_| async { std::thread::sleep(MILLISECOND) });
        (outcome.schedules_run(), outcome.coverage())
    };
    for jobs in [1, 3] {
        let (run, coverage) = brief(Explorer::new().jobs(jobs).schedules(1_000));
        assert_eq!(coverage.skipped(), 1_000 - run, "{coverage}");
        assert!(coverage.to_string().contains("; time was up before "), "{coverage}");
    }
    // Without a limit on schedules, and with a failure, none is skipped.
    assert_eq!(brief(Explorer::new().schedules(usize::MAX)).1.skipped(), 0);
    let fails = Explorer::new().time(Duration::ZERO).run(|_| async { Err::<(), _>("boom") });
    assert_eq!(fails.coverage().skipped(), 0);
}

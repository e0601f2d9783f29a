//! Failing inputs are kept in a file. Environment variables set the number of inputs.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use testkit::Sim;

use super::account::{Op, deposits_are_lost, op};
use crate::support::{printed, run_alone};

#[testkit::test(config = ProptestConfig {
    failure_persistence: std::env::var("PROPERTY_KEPT")
        .ok()
        .map(|path| Box::new(FileFailurePersistence::Direct(path.leak())) as _),
    ..ProptestConfig::with_cases(64)
})]
#[ignore = "run by other tests, with environment variables"]
async fn kept(sim: Sim, #[strategy(vec(op(), 1..20))] ops: Vec<Op>) {
    deposits_are_lost(sim, ops).await;
}

/// Returns the path of a file that does not exist.
fn new_file() -> std::path::PathBuf {
    let name = format!("testkit-property-{}-{:?}.txt", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    _ = std::fs::remove_file(&path);
    path
}

/// Returns the schedule in the `replay` line of a report.
fn replayed(text: &str) -> String {
    let (_, schedule) = text.split_once("TESTKIT_REPLAY='").expect("a report");
    schedule.split_once('\'').unwrap().0.to_owned()
}

const IN_REPORT: &str = ":\n    ops = [\n        Deposit(\n            1,\n        ),\n        Deposit(\n            1,\n        ),\n    ]\n";

#[test]
fn a_failing_input_is_kept_and_runs_first_the_next_time() {
    let path = new_file();
    let variables = [("PROPERTY_KEPT", path.to_str().unwrap())];
    let first = printed(&run_alone("inputs::kept::kept", &variables));
    assert!(first.contains(&format!("of 64, simplified{IN_REPORT}")), "{first}");
    let written = std::fs::read_to_string(&path).expect("a file is written");
    assert!(written.contains("cc ") && written.contains("# shrinks to ops = [Deposit(1), Deposit(1)]"), "{written}");

    let second = printed(&run_alone("inputs::kept::kept", &variables));
    assert!(second.contains(&format!("  kept input 1 of 1, simplified{IN_REPORT}")), "{second}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written, "it is written once");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn the_replay_line_of_a_report_reproduces_the_failure() {
    let found = printed(&run_alone("inputs::kept::kept", &[]));
    let line = "cargo test inputs::kept::kept\n";
    assert!(found.contains(line), "{found}");
    let schedule = replayed(&found);
    let again = printed(&run_alone("inputs::kept::kept", &[("TESTKIT_REPLAY", &schedule)]));
    assert!(again.contains(&format!("input of the replayed schedule{IN_REPORT}")), "{again}");
    assert_eq!(replayed(&again), schedule);
    let cut = schedule.split(";input=").next().unwrap();
    let refused = printed(&run_alone("inputs::kept::kept", &[("TESTKIT_REPLAY", cut)]));
    assert!(refused.contains("it contains no input, but this test takes inputs"), "{refused}");
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn alone(#[strategy(0..u64::MAX)] number: u64) {
    println!("input {number}");
}

/// Returns the inputs and the number of runs of a process with environment variables.
fn inputs_of(variables: &[(&str, &str)]) -> (BTreeSet<String>, usize) {
    let output = run_alone("inputs::kept::alone", variables);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    let inputs: Vec<_> =
        text.lines().filter_map(|line| line.split_once("input ")).map(|(_, input)| input.to_owned()).collect();
    (inputs.iter().cloned().collect(), inputs.len())
}

#[test]
fn the_environment_sets_the_number_of_inputs() {
    let (inputs, runs) = inputs_of(&[("PROPTEST_CASES", "7"), ("TESTKIT_SCHEDULES", "3")]);
    // Two schedules of each input run twice.
    assert_eq!((inputs.len(), runs), (7, 7 * 5));
    let (inputs, _) = inputs_of(&[("PROPTEST_CASES", "7"), ("TESTKIT_TIME", "2s")]);
    assert!(inputs.len() > 7, "{}", inputs.len());
}

#[test]
fn shards_divide_the_inputs() {
    let schedules = ("TESTKIT_SCHEDULES", "2");
    let (all, _) = inputs_of(&[schedules]);
    let mut together = BTreeSet::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let (part, runs) = inputs_of(&[schedules, ("TESTKIT_SHARD", shard)]);
        assert!((21..=22).contains(&part.len()) && runs == 4 * part.len(), "{part:?}");
        assert!(together.is_disjoint(&part));
        together.extend(part);
    }
    assert_eq!(together, all);
}

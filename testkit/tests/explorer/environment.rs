//! Environment variables set the number of schedules, the time limit, the seed, the replay and the shard.

use std::collections::BTreeSet;
use std::time::Instant;

use testkit::{Explorer, Sim};

use crate::search::{explorer, rarely_fails};
use crate::support::{SECOND, failure, identity_of, printed, run_alone};

#[test]
#[ignore = "run by other tests, with environment variables"]
fn explored_alone() {
    let outcome = Explorer::new().schedules(40).run(|sim: Sim| async move {
        println!("entropy {:x}", sim.entropy().next_u64());
    });
    println!("{} schedules", outcome.schedules_run());
    assert!(outcome.failure().is_none());
}

#[test]
#[ignore = "run by other tests, with environment variables"]
fn explored_alone_and_fails() {
    println!("{:?}", identity_of(&failure(explorer().shrink(false), rarely_fails)));
}

fn alone(variables: &[(&str, &str)]) -> String {
    let output = run_alone("environment::explored_alone", variables);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    text
}

/// Returns the random numbers that the schedules drew. Two schedules run twice.
fn drawn(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.split_once("entropy ")).map(|(_, number)| number.to_owned()).collect()
}

#[test]
fn the_environment_sets_the_number_of_schedules() {
    assert!(alone(&[]).contains("40 schedules"));
    assert!(alone(&[("TESTKIT_SCHEDULES", "7")]).contains("7 schedules"));
}

#[test]
fn the_environment_sets_the_time() {
    let begun = Instant::now();
    let text = alone(&[("TESTKIT_TIME", "100ms")]);
    assert!(begun.elapsed() < 20 * SECOND);
    assert!(drawn(&text).len() > 40);
}

#[test]
fn the_environment_sets_the_seed() {
    let drawn_with = |seed| drawn(&alone(&[("TESTKIT_SEED", seed)]));
    assert_eq!(drawn_with("3"), drawn_with("3"));
    assert!(drawn_with("3").is_disjoint(&drawn_with("4")));
}

#[test]
fn the_environment_replays_a_schedule() {
    let found = failure(explorer(), rarely_fails);
    let schedule = found.schedule().to_string();
    let text = printed(&run_alone("environment::explored_alone_and_fails", &[("TESTKIT_REPLAY", &schedule)]));
    assert!(text.contains("schedule 1 of"), "{text}");
    assert!(text.contains(&schedule), "{text}");
}

#[test]
fn shards_divide_the_schedules() {
    let all = drawn(&alone(&[]));
    let first = drawn(&alone(&[("TESTKIT_SCHEDULES", "1")]));
    let mut together = BTreeSet::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let mut part = drawn(&alone(&[("TESTKIT_SHARD", shard)]));
        // The other shards also run the first schedule, to measure its length.
        if shard != "1/3" {
            part = &part - &first;
        }
        assert!((13..=14).contains(&part.len()), "{part:?}");
        assert!(together.is_disjoint(&part));
        together.extend(part);
    }
    assert_eq!(together, all);
    assert_eq!(all.len(), 40);
}

#[test]
fn an_invalid_variable_fails_the_test() {
    for (name, value) in [
        ("TESTKIT_SEED", "x"),
        ("TESTKIT_SCHEDULES", "-1"),
        ("TESTKIT_TIME", "5"),
        ("TESTKIT_REPLAY", "v2:0"),
        ("TESTKIT_SHARD", "9/8"),
    ] {
        let output = run_alone("environment::explored_alone", &[(name, value)]);
        assert!(!output.status.success());
        let text = printed(&output);
        assert!(text.contains(&format!("invalid value `{value}` for the environment variable {name}")), "{text}");
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    assert!(alone(&[("TESTKIT_SEED", ""), ("TESTKIT_SHARD", "")]).contains("40 schedules"));
}

#[test]
fn every_shard_runs_a_replay() {
    let found = failure(explorer().shrink(false), rarely_fails);
    let variables = [("TESTKIT_REPLAY", &*found.schedule().to_string()), ("TESTKIT_SHARD", "2/8")];
    let text = printed(&run_alone("environment::explored_alone_and_fails", &variables));
    assert!(text.contains("assertion `left != right` failed"), "{text}");
}

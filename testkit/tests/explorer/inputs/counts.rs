//! The number of inputs, and the number of schedules for each of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use testkit::{Explorer, Outcome, Property, Sim};

use super::account::{SMALLEST, deposits_are_lost, of_ops};
use super::{explorer, failure, numbers, passes};
use crate::support::SECOND;

/// Returns the inputs, and the number of runs.
fn counted(property: Property<std::ops::Range<u64>>) -> (BTreeSet<u64>, usize, Outcome) {
    let inputs = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = inputs.clone();
    let outcome = property.run(move |_, input| {
        seen.lock().unwrap().insert(input);
        async {}
    });
    passes(&outcome);
    let inputs = inputs.lock().unwrap().clone();
    (inputs, outcome.schedules_run(), outcome)
}

#[test]
fn the_default_is_64_inputs_with_25_schedules_each() {
    let (inputs, runs, _) = counted(explorer().with_inputs(numbers));
    assert_eq!((inputs.len(), runs), (64, 64 * 25));
}

#[test]
fn an_exhaustive_search_runs_all_schedules_of_each_input() {
    let orders = |sim: Sim, count: usize| async move {
        let tasks: Vec<_> = (0..count).map(|_| sim.spawn("task", async {})).collect();
        for task in tasks {
            task.await.unwrap();
        }
    };
    let outcome =
        Explorer::new().exhaustive(2).with_inputs(|| Just(3_usize)).config(ProptestConfig::with_cases(4)).run(orders);
    passes(&outcome);
    let of_one = Explorer::new().exhaustive(2).run(move |sim| orders(sim, 3)).schedules_run();
    assert!(outcome.is_exhaustive() && outcome.schedules_run() == 4 * of_one, "{outcome:?}");
    let found = failure(&of_ops(Explorer::new().exhaustive(1)).run(deposits_are_lost));
    assert_eq!((found.input(), found.choices().len()), (Some(SMALLEST), 1), "{found}");
}

#[test]
fn the_configuration_sets_the_number_of_inputs() {
    let (inputs, runs, _) =
        counted(Explorer::new().schedules(3).with_inputs(numbers).config(ProptestConfig::with_cases(100)));
    assert_eq!((inputs.len(), runs), (100, 300));
}

#[test]
fn the_inputs_are_the_same_each_time_unless_a_seed_is_set() {
    let of = |explorer: Explorer| counted(explorer.schedules(1).with_inputs(numbers)).0;
    assert_eq!(of(Explorer::new()), of(Explorer::new()));
    assert!(of(Explorer::new()).is_disjoint(&of(Explorer::new().seed(1))));
}

#[test]
fn a_slow_test_runs_many_inputs_rather_than_many_schedules() {
    let inputs = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = inputs.clone();
    let begun = Instant::now();
    let explorer = Explorer::new().time(SECOND).check_determinism(false);
    let outcome = explorer.with_inputs(numbers).run(move |_, input| {
        seen.lock().unwrap().insert(input);
        async { std::thread::sleep(Duration::from_millis(10)) }
    });
    passes(&outcome);
    assert!(begun.elapsed() < 20 * SECOND);
    let inputs = inputs.lock().unwrap().len();
    assert!(inputs > 10 && outcome.schedules_run() < 5 * inputs, "{inputs} inputs, {}", outcome.schedules_run());
}

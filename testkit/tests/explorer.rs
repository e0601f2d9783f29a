//! The explorer: what it finds depends on the seed alone, is replayed and shrunk, and the environment has its say.

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use support::{SECOND, all_of, failure, printed, run_alone};
use testkit::{Explorer, Failure, FailureKind, Schedule, Scheduler, Sim};

/// Fails where the second of two tasks with a yield each overtakes the first: rarely first in line.
async fn rarely_fails(sim: Sim) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..4)
        .map(|number| {
            let order = order.clone();
            sim.spawn(&format!("task {number}"), async move {
                tokio::task::yield_now().await;
                order.lock().unwrap().push(number);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let order = order.lock().unwrap().clone();
    assert_ne!(order, [3, 2, 1, 0]);
}

fn explorer() -> Explorer {
    Explorer::new().schedules(2_000)
}

#[test]
fn what_is_found_does_not_depend_on_the_number_of_jobs() {
    let found = |jobs| all_of(&failure(explorer().jobs(jobs).shrink(false), rarely_fails));
    let one = found(1);
    assert!(one.0 > 1);
    for jobs in [1, 2, 4] {
        for _ in 0..3 {
            assert_eq!(found(jobs), one, "with {jobs} jobs");
        }
    }
}

#[test]
fn what_shrinking_leaves_does_not_depend_on_the_number_of_jobs() {
    let found = |jobs| all_of(&failure(explorer().jobs(jobs), rarely_fails));
    let smallest = found(1);
    for jobs in [1, 2, 4] {
        assert_eq!(found(jobs), smallest, "with {jobs} jobs");
    }
}

#[test]
fn what_passes_does_not_depend_on_the_number_of_jobs() {
    for jobs in [1, 2, 4] {
        let outcome = Explorer::new().schedules(301).jobs(jobs).run(|sim: Sim| async move { sim.sleep(SECOND).await });
        assert!(outcome.failure().is_none());
        assert_eq!(outcome.schedules_run(), 301);
    }
}

#[test]
fn one_seed_is_one_result_and_another_is_another() {
    let found = |seed, shrinks| all_of(&failure(explorer().seed(seed).shrink(shrinks), rarely_fails));
    assert_eq!(found(7, true), found(7, true));
    let different: BTreeSet<_> = (0..5).map(|seed| found(seed, false).0).collect();
    assert!(different.len() > 1);
}

#[test]
fn a_schedule_is_replayed_from_its_text() {
    let found = failure(explorer(), rarely_fails);
    let schedule: Schedule = found.schedule().to_string().parse().unwrap();
    assert_eq!(&schedule, found.schedule());
    let again = failure(Explorer::new().replay(&schedule), rarely_fails);
    assert_eq!(again.choices(), found.choices());
    assert_eq!(again.schedule(), found.schedule());
    assert_eq!(again.found_after(), 1);
}

#[test]
fn a_replay_is_one_schedule() {
    let schedule: Schedule = "v1:0".parse().unwrap();
    let outcome = explorer().replay(&schedule).jobs(4).run(|_| async {});
    assert_eq!(outcome.schedules_run(), 1);
}

#[test]
fn it_ends_at_the_first_failure() {
    let outcome = explorer().run(rarely_fails);
    assert_eq!(outcome.schedules_run(), outcome.failure().unwrap().found_after());
}

#[test]
fn shrinking_leaves_few_choices_and_the_same_failure() {
    let whole = failure(explorer().shrink(false), rarely_fails);
    let small = failure(explorer(), rarely_fails);
    assert!(small.choices().len() < whole.choices().len(), "{small}");
    assert!(small.choices().len() <= 6, "{small}");
    assert_eq!((small.kind(), small.found_after()), (whole.kind(), whole.found_after()));
}

#[test]
fn shrinking_keeps_the_place_of_a_panic() {
    // The second failure takes fewer choices, and is another one.
    let test = |sim: Sim| async move {
        let (a, b) = (sim.choose(8), sim.choose(8));
        assert!(!(a == 5 && b == 6), "both");
        if a == 7 && sim.choose(64) == 9 {
            panic!("one");
        }
    };
    let found = failure(Explorer::new().schedules(5_000), test);
    let kept = failure(Explorer::new().schedules(5_000).shrink(false), test);
    let first_line = |failure: &Failure| failure.to_string().lines().next().unwrap().to_owned();
    assert_eq!(first_line(&found), first_line(&kept));
    assert_eq!(found.choices().len(), 2, "{found}");
}

#[test]
fn shrinking_keeps_the_kind() {
    let test = |sim: Sim| async move {
        let chosen = sim.choose(3);
        if chosen == 1 && sim.choose(2) == 1 {
            panic!("boom");
        }
        if chosen == 1 {
            std::future::pending::<()>().await;
        }
    };
    for seed in 0..8 {
        let found = failure(Explorer::new().seed(seed), test);
        let kept = failure(Explorer::new().seed(seed).shrink(false), test);
        assert_eq!(found.kind(), kept.kind());
    }
}

#[test]
fn found_after_counts_from_one() {
    assert_eq!(failure(Explorer::new(), |_| async { panic!("boom") }).found_after(), 1);
    let runs = Arc::new(AtomicUsize::new(0));
    let outcome = Explorer::new().check_determinism(false).schedules(10).run(move |_| {
        let number = runs.fetch_add(1, Ordering::Relaxed);
        async move { assert!(number < 4) }
    });
    assert_eq!(outcome.failure().unwrap().found_after(), 5);
}

#[test]
fn time_ends_an_exploration() {
    let begun = Instant::now();
    let outcome = Explorer::new()
        .schedules(usize::MAX)
        .time(Duration::from_millis(200))
        .run(|sim: Sim| async move { sim.sleep(SECOND).await });
    assert!(outcome.failure().is_none() && outcome.schedules_run() > 10);
    assert!(begun.elapsed() < 5 * SECOND);
}

#[test]
fn a_time_that_is_set_before_the_schedules_holds() {
    let explorer = Explorer::new().time(Duration::from_millis(200)).schedules(200_000_000);
    let begun = Instant::now();
    let over = Duration::from_secs(1);
    let outcome = explorer.run(move |_| async move { assert!(begun.elapsed() < over, "it goes on") });
    assert!(outcome.failure().is_none(), "{outcome:?}");
}

#[test]
fn no_schedules_are_no_pass() {
    let outcome = std::panic::catch_unwind(|| Explorer::new().schedules(0).run(|_| async {}));
    assert!(outcome.is_err());
}

#[test]
fn a_choice_behind_the_tasks_of_tokio_spawn_is_replayed() {
    let test = |sim: Sim| async move {
        let steps = Arc::new(Mutex::new(Vec::new()));
        for name in ["raw", "ours"] {
            let steps = steps.clone();
            let stepping = async move {
                for _ in 0..4 {
                    steps.lock().unwrap().push(name);
                    tokio::task::yield_now().await;
                }
            };
            if name == "raw" {
                tokio::spawn(stepping);
            } else {
                drop(sim.spawn(name, stepping));
            }
        }
        sim.settle().await;
        let steps = steps.lock().unwrap().clone();
        assert_ne!(steps[..6], ["raw", "ours", "ours", "raw", "raw", "ours"]);
    };
    let found = failure(explorer(), test);
    assert_eq!(found.kind(), FailureKind::Panic);
    let again = failure(Explorer::new().replay(found.schedule()).shrink(false), test);
    assert_eq!((again.kind(), again.schedule()), (FailureKind::Panic, found.schedule()));
}

// The environment.

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
    println!("{:?}", all_of(&failure(explorer().shrink(false), rarely_fails)));
}

fn alone(variables: &[(&str, &str)]) -> String {
    let output = run_alone("explored_alone", variables);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    text
}

/// What the schedules have drawn; two are run twice.
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
fn the_environment_replays() {
    let found = failure(explorer(), rarely_fails);
    let schedule = found.schedule().to_string();
    let text = printed(&run_alone("explored_alone_and_fails", &[("TESTKIT_REPLAY", &schedule)]));
    assert!(text.contains("schedule 1 of"), "{text}");
    assert!(text.contains(&schedule), "{text}");
}

#[test]
fn shards_are_the_schedules_each_once() {
    let all = drawn(&alone(&[]));
    let first = drawn(&alone(&[("TESTKIT_SCHEDULES", "1")]));
    let mut together = BTreeSet::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let mut part = drawn(&alone(&[("TESTKIT_SHARD", shard)]));
        // Others run the first one, too: they go by how long it is.
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
fn a_variable_that_cannot_be_read_fails_the_test() {
    for (name, value) in [
        ("TESTKIT_SEED", "x"),
        ("TESTKIT_SCHEDULES", "-1"),
        ("TESTKIT_TIME", "5"),
        ("TESTKIT_REPLAY", "v2:0"),
        ("TESTKIT_SHARD", "9/8"),
    ] {
        let output = run_alone("explored_alone", &[(name, value)]);
        assert!(!output.status.success());
        let text = printed(&output);
        assert!(text.contains(&format!("the environment variable {name} is `{value}`")), "{text}");
    }
}

#[test]
fn a_variable_that_is_empty_is_as_if_it_were_not_set() {
    assert!(alone(&[("TESTKIT_SEED", ""), ("TESTKIT_SHARD", "")]).contains("40 schedules"));
}

#[test]
fn a_replay_is_run_in_each_shard() {
    let found = failure(explorer().shrink(false), rarely_fails);
    let variables = [("TESTKIT_REPLAY", &*found.schedule().to_string()), ("TESTKIT_SHARD", "2/8")];
    let text = printed(&run_alone("explored_alone_and_fails", &variables));
    assert!(text.contains("assertion `left != right` failed"), "{text}");
}

#[test]
fn strategies_are_read_from_texts() {
    assert_eq!("random".parse(), Ok(Scheduler::Random));
    assert!("fofo".parse::<Strategy>().unwrap_err().contains("`fifo`"));
    let all = [Scheduler::Auto, Scheduler::Fifo, Scheduler::Random, Scheduler::Pct(5), Scheduler::Pos, Scheduler::Surw];
    for strategy in all {
        assert_eq!(strategy.to_string().parse(), Ok(strategy));
    }
    assert_eq!("pct".parse(), Ok(Scheduler::Pct(3)));
    assert!("pct(x)".parse::<Strategy>().is_err());
}

//! Tests with inputs: what they find, how input and schedule are made small, and how both come back.

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use support::{SECOND, all_of, assert_tells, printed, run_alone};
use testkit::{Explorer, Failure, FailureKind, Outcome, Property, Schedule, Sim};

/// What is done to an account.
#[derive(Clone, Debug)]
enum Op {
    Deposit(u32),
    Rename(String),
    Read,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![(1..100_u32).prop_map(Op::Deposit), "[a-z]{1,8}".prop_map(Op::Rename), Just(Op::Read)]
}

/// Each op in a task of its own. A deposit is lost where another comes between its two locks: that takes two deposits, and a
/// preemption between the locks.
async fn deposits_are_lost(sim: Sim, ops: Vec<Op>) {
    let account = Arc::new(tokio::sync::Mutex::new((0, String::new())));
    let expected: u32 = ops.iter().map(|op| if let Op::Deposit(amount) = op { *amount } else { 0 }).sum();
    let tasks: Vec<_> = ops
        .into_iter()
        .map(|op| {
            let account = account.clone();
            sim.spawn("op", async move {
                match op {
                    Op::Deposit(amount) => {
                        let balance = account.lock().await.0;
                        account.lock().await.0 = balance + amount;
                    }
                    Op::Rename(name) => account.lock().await.1 = name,
                    Op::Read => _ = account.lock().await.0,
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(account.lock().await.0, expected);
}

fn of_ops(explorer: Explorer) -> Property<impl Strategy<Value = Vec<Op>> + 'static> {
    explorer.with_inputs(|| vec(op(), 1..20))
}

/// With as much time as a busy machine may need.
fn explorer() -> Explorer {
    Explorer::new().time(60 * SECOND)
}

fn failure(outcome: &Outcome) -> Failure {
    let failure = outcome.failure().expect("the test fails").clone();
    println!("{failure}");
    failure
}

#[track_caller]
fn passes(outcome: &Outcome) {
    if let Some(failure) = outcome.failure() {
        panic!("{failure}");
    }
}

const SMALLEST: &str = "input = [\n    Deposit(\n        1,\n    ),\n    Deposit(\n        1,\n    ),\n]";

#[test]
fn input_and_schedule_are_made_small_together() {
    for seed in 0..5 {
        let found = failure(&of_ops(explorer().seed(seed)).run(deposits_are_lost));
        assert_eq!((found.kind(), found.input()), (FailureKind::Panic, Some(SMALLEST)), "{found}");
        assert_eq!(found.choices().len(), 1, "{found}");
    }
}

#[test]
fn a_report_tells_the_input_and_the_choices() {
    let found = failure(&of_ops(explorer()).run(deposits_are_lost));
    assert_eq!(found.choices().len(), 1, "{found}");
    let number = found.found_after().div_ceil(25);
    assert_tells(
        &found,
        &[
            "panic: task 0 `main` panicked at testkit/tests/property.rs:",
            "left: 1\n right: 2\n",
            &format!("\n  input {number} of 64, simplified:\n    input = [\n        Deposit(\n"),
            " of 25; ",
            "preempted `op` at property.rs:",
            &format!("replay    TESTKIT_REPLAY='{}' cargo test", found.schedule()),
        ],
    );
}

#[test]
fn without_shrinking_both_are_left_as_they_were_found() {
    let small = failure(&of_ops(explorer()).run(deposits_are_lost));
    let whole = failure(&of_ops(explorer().shrink(false)).run(deposits_are_lost));
    assert_eq!(whole.found_after(), small.found_after());
    assert!(whole.input().unwrap().len() > small.input().unwrap().len(), "{whole}");
    assert!(whole.choices().len() > small.choices().len(), "{whole}");
    let config = ProptestConfig { max_shrink_iters: 0, ..ProptestConfig::with_cases(64) };
    let schedule_only = failure(&of_ops(explorer()).config(config).run(deposits_are_lost));
    assert_eq!(schedule_only.input(), whole.input());
    assert!(schedule_only.choices().len() < whole.choices().len(), "{schedule_only}");
}

#[test]
fn a_simpler_input_that_fails_otherwise_does_not_count() {
    // Below 100 it fails in another place, below 10 in another way.
    let test = |_: Sim, number: u32| async move {
        assert!(number < 100, "large");
        assert!(number < 10, "small");
        if number < 5 {
            std::future::pending::<()>().await;
        }
    };
    let found = failure(&explorer().with_inputs(|| 100..1000_u32).run(test));
    assert_eq!(found.input(), Some("input = 100"));
    let found = failure(&explorer().with_inputs(|| 0..100_u32).run(test));
    assert_ne!(found.input(), Some("input = 100"));
    let found = failure(&explorer().with_inputs(|| (50..100_u32).prop_map(|number| number - 45)).run(test));
    assert_eq!(found.input(), Some("input = 10"));
}

#[test]
fn a_deadlock_may_have_fewer_tasks_with_a_simpler_input() {
    let test = |sim: Sim, more: usize| async move {
        for _ in 0..more {
            drop(sim.spawn("waits elsewhere", std::future::pending::<()>()));
        }
        sim.spawn("waits", std::future::pending::<()>()).await.unwrap();
    };
    let whole = failure(&explorer().shrink(false).with_inputs(|| 0..10_usize).run(test));
    assert_ne!(whole.input(), Some("input = 0"));
    let found = failure(&explorer().with_inputs(|| 0..10_usize).run(test));
    assert_eq!((found.kind(), found.input()), (FailureKind::Deadlock, Some("input = 0")));
}

// What comes back.

#[test]
fn a_schedule_brings_back_the_input_too() {
    let found = failure(&of_ops(explorer()).run(deposits_are_lost));
    let schedule: Schedule = found.schedule().to_string().parse().unwrap();
    let outcome = of_ops(explorer().replay(&schedule)).run(deposits_are_lost);
    let again = failure(&outcome);
    assert_eq!((outcome.schedules_run(), again.found_after()), (1, 1));
    assert_eq!((again.input(), again.choices(), again.schedule()), (found.input(), found.choices(), found.schedule()));
    assert_tells(&again, &["\n  the input of the schedule that is replayed:\n    input = ["]);
}

#[test]
fn a_schedule_brings_back_the_same_input_however_many_there_are() {
    let lists = || (1..20_usize).prop_flat_map(|length| vec(0..100_u32, length));
    let run = |explorer: Explorer, cases| {
        let property = explorer.with_inputs(lists).config(ProptestConfig { cases, ..nothing_kept() });
        failure(&property.run(|_, list| async move { assert!(list.iter().sum::<u32>() < 140) }))
    };
    let found = run(explorer(), 64);
    for cases in [1, 7, 1_000] {
        assert_eq!(run(explorer().replay(found.schedule()), cases).input(), found.input(), "{cases} cases");
    }
}

#[test]
fn the_same_seed_finds_the_same() {
    let found = |seed| {
        let failure = failure(&of_ops(explorer().seed(seed)).run(deposits_are_lost));
        (all_of(&failure), failure.input().unwrap().to_owned())
    };
    assert_eq!(found(3), found(3));
    assert_ne!(found(3).0.2, found(4).0.2);
}

#[test]
fn what_is_found_does_not_depend_on_the_number_of_jobs() {
    let found = |jobs| {
        let failure = failure(&of_ops(explorer().jobs(jobs)).run(deposits_are_lost));
        (all_of(&failure), failure.input().unwrap().to_owned())
    };
    assert_eq!(found(3), found(1));
}

fn panic_of(run: impl FnOnce() -> Outcome + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(run).expect_err("it panics");
    match panic.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => panic.downcast_ref::<&str>().expect("a text").to_string(),
    }
}

#[test]
fn a_schedule_without_an_input_is_not_replayed() {
    let schedule: Schedule = "v1:7;p1.0.0=1".parse().unwrap();
    let text = panic_of(move || of_ops(explorer().replay(&schedule)).run(deposits_are_lost));
    assert!(text.starts_with("the schedule `v1:7;p1.0.0=1` is replayed, and tells no input"), "{text}");
}

#[test]
fn an_input_that_is_not_made_any_more_is_not_replayed() {
    let found = failure(&of_ops(explorer()).run(deposits_are_lost));
    let schedule = found.schedule().clone();
    // Nothing in it can be made simpler.
    let text =
        panic_of(move || Explorer::new().replay(&schedule).with_inputs(|| Just(vec![Op::Read])).run(deposits_are_lost));
    assert!(text.contains("its input cannot be made again: the strategy makes others than it did"), "{text}");
}

// How many there are.

/// Which inputs there were, and how many runs.
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

fn numbers() -> std::ops::Range<u64> {
    0..u64::MAX
}

#[test]
fn there_are_64_inputs_of_25_schedules() {
    let (inputs, runs, _) = counted(explorer().with_inputs(numbers));
    assert_eq!((inputs.len(), runs), (64, 64 * 25));
}

#[test]
fn all_schedules_are_those_of_each_input() {
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
fn a_configuration_sets_how_many_inputs_there_are() {
    let (inputs, runs, _) =
        counted(Explorer::new().schedules(3).with_inputs(numbers).config(ProptestConfig::with_cases(100)));
    assert_eq!((inputs.len(), runs), (100, 300));
}

#[test]
fn the_inputs_are_the_same_each_time_until_a_seed_is_set() {
    let of = |explorer: Explorer| counted(explorer.schedules(1).with_inputs(numbers)).0;
    assert_eq!(of(Explorer::new()), of(Explorer::new()));
    assert!(of(Explorer::new()).is_disjoint(&of(Explorer::new().seed(1))));
}

#[test]
fn a_slow_test_sees_many_inputs_rather_than_many_schedules() {
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

// What strategies may be, and do.

#[test]
fn inputs_need_not_be_cloned_or_sent() {
    #[derive(Debug)]
    struct Own(std::rc::Rc<u32>);
    let strategy = || (0..10_u32).prop_map(|number| Own(number.into())).boxed();
    let outcome = Explorer::new().with_inputs(strategy).run(|_, own: Own| async move { assert!(*own.0 < 3) });
    assert_eq!(failure(&outcome).input(), Some("input = Own(\n    3,\n)"));
}

#[test]
fn inputs_of_all_kinds_of_strategies_are_made_simpler() {
    let nested = || {
        let leaf = any::<u8>().prop_map(|number| vec![number]);
        leaf.prop_recursive(3, 20, 4, |inner| vec(inner, 1..4).prop_map(|lists| lists.concat()))
            .prop_flat_map(|list| (Just(list.clone()), 0..list.len()))
            .prop_filter("the number is odd", |(list, at)| list[*at] % 2 == 1)
    };
    let test = |sim: Sim, (list, at): (Vec<u8>, usize)| async move {
        let (sum, number) = (list.iter().map(|&number| u32::from(number)).sum::<u32>(), list[at]);
        let task = sim.spawn("sum", async move { sum });
        assert!(task.await.unwrap() < 40 || number < 7);
    };
    let whole = failure(&Explorer::new().shrink(false).with_inputs(nested).run(test));
    // How far it gets in a second is enough.
    let config = ProptestConfig { max_shrink_time: 1_000, ..ProptestConfig::default() };
    let found = failure(&Explorer::new().with_inputs(nested).config(config).run(test));
    assert!(found.input().unwrap().len() < whole.input().unwrap().len(), "{found}");
    let replay = Explorer::new().replay(found.schedule()).with_inputs(nested);
    let again = failure(&replay.run(|_, (list, at)| async move { assert!(list[at] < 7) }));
    assert_eq!(again.input(), found.input());
}

#[test]
fn no_inputs_are_no_pass() {
    let text =
        panic_of(|| Explorer::new().with_inputs(numbers).config(ProptestConfig::with_cases(0)).run(|_, _| async {}));
    assert!(text.contains("`cases` of its configuration is 0"), "{text}");
}

#[test]
fn a_strategy_that_rejects_everything_fails_the_test() {
    let text = panic_of(|| {
        Explorer::new()
            .with_inputs(|| (0..10_u32).prop_filter("no number is large", |number| *number > 10))
            .run(|_, _| async {})
    });
    assert!(text.starts_with("input 1 of 64 could not be made: Too many local rejects"), "{text}");
}

#[test]
fn a_panic_of_a_strategy_fails_the_test() {
    let text = panic_of(|| {
        let strategy = || (0..10_u32).prop_perturb(|_, _| -> u32 { panic!("no input today") });
        Explorer::new().with_inputs(strategy).run(|_, _| async {})
    });
    assert!(text.contains("no input today"), "{text}");
}

#[test]
fn what_hangs_is_told_with_its_input_and_not_run_again_and_again() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let begun = Instant::now();
    let explorer = Explorer::new().max_poll_time(Duration::from_millis(300));
    let outcome = explorer.with_inputs(|| 5..100_u32).run(|_, _| async {
        RUNS.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(3600 * SECOND);
    });
    let found = failure(&outcome);
    assert_eq!(found.kind(), FailureKind::StepLimit);
    assert!(found.input().unwrap().starts_with("input = "), "{found}");
    assert!(RUNS.load(Ordering::Relaxed) <= 2 && begun.elapsed() < 30 * SECOND);
}

// The attribute.

/// Nothing is written beside this file.
fn nothing_kept() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) }
}

#[testkit::test]
async fn a_test_with_one_input(sim: Sim, #[strategy(0..10_u32)] number: u32) {
    let task = sim.spawn("task", async move { number });
    assert!(task.await.unwrap() < 10);
}

#[testkit::test(schedules = 2, config = ProptestConfig::with_cases(8))]
async fn a_test_with_patterns_and_without_a_simulation(
    #[strategy((0..10_u32, 10..20_u32))] (low, high): (u32, u32),
    #[strategy(vec(any::<u8>(), 0..3))] mut list: Vec<u8>,
) -> Result<(), String> {
    list.push(0);
    if low < high { Ok(()) } else { Err(format!("{list:?}")) }
}

#[testkit::test(config = nothing_kept())]
#[should_panic(expected = "simplified:
    (low, _) = (
        3,
        0,
    )
    names = [
        \"\",
    ]
")]
async fn a_report_names_each_input(
    _: Sim,
    #[strategy((0..10_u32, any::<u32>()))] (low, _): (u32, u32),
    #[strategy(vec("[a-z]*", 0..5))] names: Vec<String>,
) {
    assert!(low < 3 || names.is_empty());
}

// The environment, and what is kept.

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

/// A file that is not there yet.
fn new_file() -> std::path::PathBuf {
    let name = format!("testkit-property-{}-{:?}.txt", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    _ = std::fs::remove_file(&path);
    path
}

/// The report's line that replays, without what stands before and behind the schedule.
fn replayed(text: &str) -> String {
    let (_, schedule) = text.split_once("TESTKIT_REPLAY='").expect("a report");
    schedule.split_once('\'').unwrap().0.to_owned()
}

const IN_REPORT: &str = ":\n    ops = [\n        Deposit(\n            1,\n        ),\n        Deposit(\n            1,\n        ),\n    ]\n";

#[test]
fn a_failing_input_is_kept_and_comes_first_the_next_time() {
    let path = new_file();
    let variables = [("PROPERTY_KEPT", path.to_str().unwrap())];
    let first = printed(&run_alone("kept", &variables));
    assert!(first.contains(&format!("of 64, simplified{IN_REPORT}")), "{first}");
    let written = std::fs::read_to_string(&path).expect("a file is written");
    assert!(written.contains("cc ") && written.contains("# shrinks to ops = [Deposit(1), Deposit(1)]"), "{written}");

    let second = printed(&run_alone("kept", &variables));
    assert!(second.contains(&format!("  input 1 of 1 that were kept, simplified{IN_REPORT}")), "{second}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written, "it is written once");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn the_line_of_a_report_replays() {
    let found = printed(&run_alone("kept", &[]));
    let line = "cargo test kept\n";
    assert!(found.contains(line), "{found}");
    let schedule = replayed(&found);
    let again = printed(&run_alone("kept", &[("TESTKIT_REPLAY", &schedule)]));
    assert!(again.contains(&format!("the input of the schedule that is replayed{IN_REPORT}")), "{again}");
    assert_eq!(replayed(&again), schedule);
    let cut = schedule.split(";input=").next().unwrap();
    let refused = printed(&run_alone("kept", &[("TESTKIT_REPLAY", cut)]));
    assert!(refused.contains("is replayed, and tells no input, which this test takes"), "{refused}");
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn alone(#[strategy(0..u64::MAX)] number: u64) {
    println!("input {number}");
}

/// Which inputs there were, in a process of its own, and how many runs.
fn inputs_of(variables: &[(&str, &str)]) -> (BTreeSet<String>, usize) {
    let output = run_alone("alone", variables);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    let inputs: Vec<_> =
        text.lines().filter_map(|line| line.split_once("input ")).map(|(_, input)| input.to_owned()).collect();
    (inputs.iter().cloned().collect(), inputs.len())
}

#[test]
fn the_environment_sets_how_many_inputs_there_are() {
    let (inputs, runs) = inputs_of(&[("PROPTEST_CASES", "7"), ("TESTKIT_SCHEDULES", "3")]);
    // Two of each are run twice.
    assert_eq!((inputs.len(), runs), (7, 7 * 5));
    let (inputs, _) = inputs_of(&[("PROPTEST_CASES", "7"), ("TESTKIT_TIME", "2s")]);
    assert!(inputs.len() > 7, "{}", inputs.len());
}

#[test]
fn shards_are_the_inputs_each_once() {
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

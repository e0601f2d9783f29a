//! All kinds of proptest strategies, including some that fail.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use testkit::{Explorer, FailureKind, Sim};

use super::{failure, numbers, panic_of};
use crate::support::SECOND;

#[test]
fn inputs_need_not_be_clone_or_send() {
    #[derive(Debug)]
    struct Own(std::rc::Rc<u32>);
    let strategy = || (0..10_u32).prop_map(|number| Own(number.into())).boxed();
    let outcome = Explorer::new().with_inputs(strategy).run(|_, own: Own| async move { assert!(*own.0 < 3) });
    assert_eq!(failure(&outcome).input(), Some("input = Own(\n    3,\n)"));
}

#[test]
fn inputs_from_all_kinds_of_strategies_are_shrunk() {
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
    // A second of shrinking is enough.
    let config = ProptestConfig { max_shrink_time: 1_000, ..ProptestConfig::default() };
    let found = failure(&Explorer::new().with_inputs(nested).config(config).run(test));
    assert!(found.input().unwrap().len() < whole.input().unwrap().len(), "{found}");
    let replay = Explorer::new().replay(found.schedule()).with_inputs(nested);
    let again = failure(&replay.run(|_, (list, at)| async move { assert!(list[at] < 7) }));
    assert_eq!(again.input(), found.input());
}

#[test]
fn zero_inputs_are_rejected() {
    let text =
        panic_of(|| Explorer::new().with_inputs(numbers).config(ProptestConfig::with_cases(0)).run(|_, _| async {}));
    assert!(text.contains("`cases` must not be 0"), "{text}");
}

#[test]
fn a_strategy_that_rejects_everything_fails_the_test() {
    let text = panic_of(|| {
        Explorer::new()
            .with_inputs(|| (0..10_u32).prop_filter("no number is large", |number| *number > 10))
            .run(|_, _| async {})
    });
    assert!(text.starts_with("input 1 of 64 could not be generated: Too many local rejects"), "{text}");
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
fn a_hang_is_reported_with_its_input_and_not_repeated() {
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

//! Parameters with a `#[strategy]` in `#[testkit::test]` functions.

use proptest::collection::vec;
use proptest::prelude::*;
use testkit::Sim;

use super::nothing_kept;

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

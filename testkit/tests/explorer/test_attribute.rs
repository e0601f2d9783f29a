//! `#[testkit::test]`: signatures, other attributes, and settings.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use testkit::Sim;

#[testkit::test]
async fn a_test_without_a_simulation() {
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(Sim::current().elapsed(), Duration::from_secs(3600));
}

#[testkit::test]
async fn a_test_with_a_simulation(sim: Sim) {
    sim.sleep(Duration::from_secs(3600)).await;
}

#[testkit::test]
async fn a_parameter_may_be_a_pattern(_: Sim) {}

#[testkit::test]
async fn a_test_may_return_a_result_with_a_string(sim: Sim) -> Result<(), String> {
    sim.spawn("task", async { Ok(()) }).await.map_err(|error| error.to_string())?
}

#[testkit::test]
async fn a_test_may_return_a_result_with_any_error() -> Result<(), Box<dyn Error>> {
    let number: u32 = "42".parse()?;
    assert_eq!(number, 42);
    Ok(())
}

#[testkit::test]
#[should_panic(expected = "error: the test returned an error: invalid digit found in string")]
async fn an_error_fails_the_test() -> Result<(), Box<dyn Error>> {
    let _: u32 = "x".parse()?;
    Ok(())
}

#[testkit::test]
#[should_panic(expected = "deadlock")]
async fn a_deadlock_may_be_expected() {
    std::future::pending::<()>().await;
}

#[testkit::test]
#[should_panic(expected = "cargo test test_attribute::a_report_names_the_test")]
async fn a_report_names_the_test() {
    panic!("boom");
}

#[testkit::test]
#[ignore = "to show that it is ignored"]
async fn an_ignored_test() {
    panic!("an ignored test is not run");
}

#[testkit::test]
#[cfg(any())]
async fn a_test_may_be_disabled_by_cfg() {
    there_is_no_such_function();
}

/// A doc comment, and other attributes.
#[testkit::test]
#[allow(unused_variables, clippy::unused_async)]
async fn other_attributes_pass_through() {
    let unused = 1;
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

#[testkit::test(schedules = 30, check_determinism = false)]
async fn counted() {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn settings_apply() {
    let before = RUNS.load(Ordering::Relaxed);
    counted();
    // The test harness may run `counted` at the same time.
    assert!(matches!(RUNS.load(Ordering::Relaxed) - before, 30..=60));
}

#[testkit::test(
    schedules = 2 * 5,
    time = "500ms",
    scheduler = "random",
    seed = 7,
    preempt = false,
    max_steps = 1_000,
    max_virtual_time = "2h",
    max_poll_time = "5s",
    allow_leaks,
    shrink = true,
    jobs = 2,
    check_determinism
)]
async fn all_settings_can_be_combined(sim: Sim) {
    drop(sim.spawn("left", std::future::pending::<()>()));
    sim.sleep(Duration::from_secs(3600)).await;
}

#[testkit::test(max_virtual_time = "1h")]
#[should_panic(expected = "time limit: the test has not ended after 3600 s of virtual time")]
async fn the_limit_of_virtual_time_applies(sim: Sim) {
    sim.sleep(Duration::from_secs(7200)).await;
}

#[testkit::test(max_steps = 100)]
#[should_panic(expected = "step limit: the test has not ended after 100 steps")]
async fn the_step_limit_applies() {
    loop {
        tokio::task::yield_now().await;
    }
}

#[testkit::test(max_virtual_time = "1h")]
#[should_panic(expected = "time limit: the test has not ended after 3600 s of virtual time")]
async fn a_test_may_return_the_never_type(sim: Sim) -> ! {
    loop {
        sim.sleep(Duration::from_secs(60)).await;
    }
}

#[testkit::test(replay = "v1:2a")]
async fn a_schedule_is_replayed(sim: Sim) {
    let first = sim.entropy().next_u64();
    assert_eq!(first, fastrand_of(0x2a));
}

/// Returns the first random number of a seed.
fn fastrand_of(seed: u64) -> u64 {
    let schedule = format!("v1:{seed:x}").parse().unwrap();
    let number = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let seen = number.clone();
    let outcome = testkit::Explorer::new().replay(&schedule).run(move |sim: Sim| {
        let seen = seen.clone();
        async move { seen.store(sim.entropy().next_u64(), Ordering::Relaxed) }
    });
    assert!(outcome.failure().is_none());
    number.load(Ordering::Relaxed)
}

mod nested {
    #[testkit::test]
    #[should_panic(expected = "cargo test test_attribute::nested::a_report_names_the_module")]
    pub(crate) async fn a_report_names_the_module() {
        panic!("boom");
    }
}

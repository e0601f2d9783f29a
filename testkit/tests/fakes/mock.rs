//! mockall's mocks: delayed answers, and reports of failed expectations in a simulation.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use di_core::ambient::Clock;
use mockall::automock;
use mockall::predicate::eq;
use testkit::{Explorer, FailureKind, Gate, MockClock, Sim, mock};
use tokio::time::timeout;

const SECOND: Duration = Duration::from_secs(1);

#[async_trait]
#[automock]
trait Host: Send + Sync {
    async fn fetch(&self, shard: &str) -> Result<u32, String>;
}

#[automock]
trait Native: Send + Sync {
    fn fetch(&self, shard: u32) -> impl Future<Output = Result<u32, String>> + Send;
}

/// Returns the first answer of two hosts.
async fn race(hosts: [Arc<dyn Host>; 2]) -> Result<u32, String> {
    let [first, second] = &hosts;
    di_core::select! {
        answer = first.fetch("a") => answer,
        answer = second.fetch("a") => answer,
    }
}

#[testkit::test]
async fn answers_take_virtual_time(sim: Sim) {
    let (mut slow, mut fast) = (MockHost::new(), MockHost::new());
    slow.expect_fetch().returning(|_| mock::after(3600 * SECOND, Ok(1)));
    fast.expect_fetch().returning(|_| mock::after(SECOND, Ok(2)));
    assert_eq!(race([Arc::new(slow), Arc::new(fast)]).await, Ok(2));
    assert_eq!(sim.elapsed(), SECOND);
}

#[testkit::test]
async fn answers_wait_for_a_gate(sim: Sim) {
    let gate = Gate::new();
    let passed = gate.clone();
    let mut host = MockHost::new();
    host.expect_fetch().times(2).returning(move |_| mock::when(passed.pass(), Ok(1)));
    let host = Arc::new(host);
    let calls = [0, 1].map(|_| {
        let host = host.clone();
        sim.spawn("fetching", async move { host.fetch("a").await })
    });
    gate.reached_by(2).await;
    gate.open();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(1));
    }
}

#[tokio::test]
async fn answers_wait_for_a_clock() {
    let clock = MockClock::new();
    let dynamic: Arc<dyn Clock> = Arc::new(clock.clone());
    let mut host = MockHost::new();
    host.expect_fetch().returning(move |_| mock::when(dynamic.sleep(SECOND), Err("late".into())));
    let fetching = tokio::spawn(async move { host.fetch("a").await });
    clock.wait_for_sleepers(1).await;
    clock.advance(SECOND);
    assert_eq!(fetching.await.unwrap(), Err("late".into()));
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_never_arrive() {
    let mut host = MockHost::new();
    host.expect_fetch().returning(|_| mock::never());
    assert!(timeout(SECOND, host.fetch("a")).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_method_that_returns_a_future_needs_no_attribute() {
    let mut native = MockNative::new();
    native.expect_fetch().with(eq(1)).returning(|shard| mock::after(SECOND, Ok(shard)));
    native.expect_fetch().with(eq(2)).returning(|_| mock::ready(Err("gone".into())));
    assert_eq!(native.fetch(1).await, Ok(1));
    assert_eq!(native.fetch(2).await, Err("gone".into()));
}

#[test]
fn the_report_of_an_unexpected_call_names_its_task() {
    let outcome = Explorer::new().run(|sim: Sim| async move {
        let mut host = MockHost::new();
        host.expect_fetch().with(eq("a")).returning(|_| mock::after(SECOND, Ok(1)));
        drop(sim.spawn("fetching", async move {
            host.fetch("a").await.unwrap();
            host.fetch("b").await.unwrap();
        }));
        sim.sleep(60 * SECOND).await;
    });
    let failure = outcome.failure().unwrap();
    assert_eq!(failure.kind(), FailureKind::Panic);
    for text in ["task 1 `fetching` panicked at ", "MockHost::fetch(\"b\"): No matching expectation found"] {
        assert!(failure.to_string().contains(text), "`{text}` is not in:\n{failure}");
    }
    println!("{failure}");
}

#[test]
fn the_report_of_a_missing_call_names_the_task_that_held_the_mock() {
    let outcome = Explorer::new().run(|sim: Sim| async move {
        let mut host = MockHost::new();
        host.expect_fetch().times(1).returning(|_| mock::ready(Ok(1)));
        drop(sim.spawn("forgetting", async move { drop(host) }));
        sim.sleep(SECOND).await;
    });
    let report = outcome.failure().unwrap().to_string();
    assert!(report.contains("task 1 `forgetting` panicked at "), "{report}");
    assert!(report.contains("called 0 time(s) which is fewer than expected 1"), "{report}");
}

//! `testkit::fault`: calls to a real component fail, are delayed, and are recorded.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use di_core::intercept::{Retry, RetryPolicy};
use di_core::{Component, Container, Intercepted};
use futures_util::FutureExt;
use testkit::fault::{self, CallEnding, Calls};
use testkit::{Explorer, FailureKind, Sim};

use crate::support::*;

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum StoreError {
    #[error("Gone")]
    Gone,
    #[error("no such key: {0}")]
    NoSuchKey(String),
}

#[di_core::intercept]
#[async_trait]
trait ShardStore: Send + Sync {
    async fn get(&self, key: &str) -> Result<u32, StoreError>;
    async fn put(&self, key: String, value: u32) -> Result<(), StoreError>;
    async fn add(&self, key: &str, value: u32) -> Result<(), StoreError>;
    async fn wait(&self);
    fn count(&self) -> Result<usize, StoreError>;
}

#[derive(Component)]
struct Memory {
    #[default]
    shards: Mutex<Vec<(String, u32)>>,
}

#[async_trait]
impl ShardStore for Memory {
    async fn get(&self, key: &str) -> Result<u32, StoreError> {
        let shards = self.shards.lock().unwrap();
        let found = shards.iter().rfind(|(other, _)| other == key);
        found.map(|(_, value)| *value).ok_or_else(|| StoreError::NoSuchKey(key.into()))
    }

    async fn put(&self, key: String, value: u32) -> Result<(), StoreError> {
        self.shards.lock().unwrap().push((key, value));
        Ok(())
    }

    async fn add(&self, key: &str, value: u32) -> Result<(), StoreError> {
        let before = self.get(key).await.unwrap_or(0);
        self.put(key.into(), before + value).await
    }

    async fn wait(&self) {
        std::future::pending().await
    }

    fn count(&self) -> Result<usize, StoreError> {
        Ok(self.shards.lock().unwrap().len())
    }
}

fn memory() -> Arc<dyn ShardStore> {
    Arc::new(Memory { shards: Mutex::default() })
}

fn lines(calls: &Calls) -> Vec<String> {
    calls.list().iter().map(ToString::to_string).collect()
}

#[testkit::test]
async fn calls_of_the_real_component_are_recorded(sim: Sim) {
    let (store, calls) = fault::on(memory()).build();
    store.put("a".into(), 7).await.unwrap();
    sim.sleep(5 * SECOND).await;
    let reading = store.clone();
    assert_eq!(sim.spawn("reader", async move { reading.get("a").await }).await.unwrap(), Ok(7));
    store.get("b").await.unwrap_err();
    assert!(store.wait().now_or_never().is_none());
    assert_eq!(store.count(), Ok(1));
    assert_eq!(
        lines(&calls),
        [
            r#"0 s  main  put(key: "a", value: 7)  returned"#,
            r#"5 s  reader  get(key: "a")  returned"#,
            r#"5 s  main  get(key: "b")  failed: no such key: b"#,
            "5 s  main  wait()  dropped",
            "5 s  main  count()  returned",
        ]
    );
    assert_eq!((calls.count(), calls.of("get").count(), calls.of("add").count()), (5, 2, 0));
    let second = &calls.of("get").list()[1];
    assert_eq!((second.trait_name, second.method, second.number), ("ShardStore", "get", 2));
}

#[testkit::test]
async fn the_nth_call_fails_and_does_not_reach_the_component(_: Sim) {
    let (store, calls) =
        fault::on(memory()).fail("put", 2, || StoreError::Gone).fail("count", 1, || StoreError::Gone).build();
    for (value, expected) in [(1, Ok(())), (2, Err(StoreError::Gone)), (3, Ok(()))] {
        assert_eq!(store.put("a".into(), value).await, expected);
    }
    assert_eq!((store.count(), store.count()), (Err(StoreError::Gone), Ok(2)));
    assert_eq!(calls.of("put").list()[1].ending, CallEnding::Failed("Gone".into()));
}

#[testkit::test]
async fn a_call_that_fails_afterwards_has_its_effect(_: Sim) {
    let (store, calls) = fault::on(memory()).fail_after("add", 1, || StoreError::Gone).build();
    assert_eq!(store.add("a", 7).await, Err(StoreError::Gone));
    assert_eq!(store.get("a").await, Ok(7));
    assert_eq!(lines(&calls)[0], r#"0 s  main  add(key: "a", value: 7)  failed: Gone"#);
}

#[testkit::test]
async fn a_delay_takes_virtual_time(sim: Sim) {
    let (store, calls) = fault::on(memory()).delay("put", 3600 * SECOND).build();
    store.put("a".into(), 1).await.unwrap();
    assert_eq!(sim.elapsed(), 3600 * SECOND);
    let mut late = Box::pin(store.put("b".into(), 1));
    assert!((&mut late).now_or_never().is_none());
    assert_eq!(calls.list()[1].ending, CallEnding::Pending);
    drop(late);
    assert_eq!(calls.list()[1].ending, CallEnding::Dropped);
    assert_eq!(store.count(), Ok(1), "it was dropped before it reached the component");
}

#[tokio::test(start_paused = true)]
async fn a_delay_outside_a_simulation_takes_tokios_time() {
    let (store, calls) = fault::on(memory()).delay("put", 5 * SECOND).fail("get", 1, || StoreError::Gone).build();
    store.put("a".into(), 1).await.unwrap();
    store.get("a").await.unwrap_err();
    assert_eq!(lines(&calls)[1], r#"5 s  -  get(key: "a")  failed: Gone"#);
}

#[test]
fn a_panic_of_the_component_is_passed_on_and_recorded() {
    struct Broken;

    #[di_core::intercept]
    trait Fragile: Send + Sync {
        fn touch(&self);
    }

    impl Fragile for Broken {
        fn touch(&self) {
            panic!("as requested");
        }
    }

    let (fragile, calls) = fault::on(Arc::new(Broken) as Arc<dyn Fragile>).build();
    catch_unwind(AssertUnwindSafe(|| fragile.touch())).unwrap_err();
    assert_eq!(calls.list()[0].ending, CallEnding::Panicked);
}

#[test]
fn the_schedule_decides_call_by_call() {
    let seen = seen(|_| async {
        let (store, _) = fault::on(memory()).maybe_fail("put", || StoreError::Gone).build();
        [store.put("a".into(), 1).await.is_ok(), store.put("b".into(), 1).await.is_ok()]
    });
    assert_eq!(seen.len(), 4, "{seen:?}");
    let late = crate::support::seen(|sim| async move {
        let (store, _) = fault::on(memory()).maybe_delay("get", SECOND).maybe_delay("get", 10 * SECOND).build();
        _ = store.get("a").await;
        sim.elapsed()
    });
    assert_eq!(late.into_iter().collect::<Vec<_>>(), [Duration::ZERO, SECOND, 10 * SECOND]);
}

#[test]
fn the_default_schedule_injects_no_faults() {
    let outcome = Explorer::new().schedules(1).run(|_| async {
        let (store, _) = fault::on(memory()).maybe_fail("put", || StoreError::Gone).maybe_delay("put", SECOND).build();
        store.put("a".into(), 1).await.unwrap();
    });
    assert!(outcome.failure().is_none());
}

/// Repeats a failed `add`. This is correct only if a failed call has no effect.
struct Stubborn;

impl RetryPolicy for Stubborn {
    fn attempts(&self) -> u32 {
        3
    }

    fn pause(&self, _attempt: u32) -> Duration {
        SECOND
    }
}

#[test]
fn a_retry_of_a_non_idempotent_call_is_found_and_shrunk_to_one_choice() {
    let failure = replayed_failure(Explorer::new().schedules(1_000), |sim| async move {
        let (store, _) = fault::on(memory())
            .maybe_fail("add", || StoreError::Gone)
            .maybe_fail_after("add", || StoreError::Gone)
            .maybe_delay("add", SECOND)
            .maybe_fail("get", || StoreError::Gone)
            .build();
        let store: Arc<dyn ShardStore> = Arc::new(Intercepted::new(store, Retry::new(Stubborn, sim.clock())));
        for _ in 0..3 {
            if store.add("a", 1).await.is_err() {
                return;
            }
        }
        if let Ok(sum) = store.get("a").await {
            assert_eq!(sum, 3);
        }
    });
    assert_eq!(failure.kind(), FailureKind::Panic);
    let [choice] = failure.choices() else { panic!("one choice is enough: {failure}") };
    assert!(choice.to_string().contains("the result of the "), "{choice}");
    assert!(choice.to_string().contains(" call of `ShardStore::add` was lost: Gone"), "{choice}");
    assert_report_contains(&failure, &["calls of `ShardStore`:", r#"  main  add(key: "a", value: 1)  failed: Gone"#]);
}

#[test]
fn each_choice_is_described_in_a_sentence() {
    let choices = |failing: fn(&[Result<(), StoreError>], Duration) -> bool| {
        let failure = failure(Explorer::new().schedules(1_000), move |sim| async move {
            let (store, _) =
                fault::on(memory()).maybe_fail("put", || StoreError::Gone).maybe_delay("put", 2 * SECOND).build();
            let puts = [store.put("a".into(), 1).await, store.put("b".into(), 1).await];
            assert!(!failing(&puts, sim.elapsed()));
        });
        failure.choices().iter().map(|choice| choice.to_string()).collect::<Vec<_>>()
    };
    let sentences = choices(|puts, _| puts[1].is_err());
    assert!(sentences[0].ends_with("the 2nd call of `ShardStore::put` failed: Gone"), "{sentences:?}");
    let sentences = choices(|_, elapsed| elapsed == 2 * SECOND);
    assert!(sentences[0].ends_with(" call of `ShardStore::put` was 2 s late"), "{sentences:?}");
}

/// A component with faults overrides a component in a container.
#[testkit::test]
async fn a_component_with_faults_is_an_ordinary_override(_: Sim) {
    #[derive(Component)]
    struct Reader {
        store: Arc<dyn ShardStore>,
    }

    #[derive(Container)]
    #[allow(dead_code)]
    struct App {
        #[component(Memory)]
        store: Arc<dyn ShardStore>,
        #[component]
        reader: Arc<Reader>,
    }

    let (store, calls) = fault::on(memory()).fail("get", 1, || StoreError::Gone).build();
    let reader: Arc<Reader> = App::slice().with_store(store).get().await.unwrap();
    assert_eq!(reader.store.get("a").await, Err(StoreError::Gone));
    assert_eq!(calls.count(), 1);
}

#[test]
fn calls_of_a_supertrait_are_recorded() {
    #[di_core::intercept]
    trait Below: Send + Sync {
        fn count(&self) -> u8;
    }

    #[di_core::intercept]
    trait Above: Below {
        fn count_all(&self) -> u8;
    }

    impl Below for u8 {
        fn count(&self) -> u8 {
            *self
        }
    }

    impl Above for u8 {
        fn count_all(&self) -> u8 {
            *self
        }
    }

    let (above, calls) = fault::on(Arc::new(3_u8) as Arc<dyn Above>).build();
    assert_eq!((above.count(), above.count_all()), (3, 3));
    let methods: Vec<_> = calls.list().iter().map(|call| format!("{}::{}", call.trait_name, call.method)).collect();
    assert_eq!(methods, ["Below::count", "Above::count_all"]);
}

mod mistakes {
    use super::*;

    #[track_caller]
    fn problem(build: impl FnOnce()) -> String {
        let panic = catch_unwind(AssertUnwindSafe(build)).unwrap_err();
        *panic.downcast::<String>().expect("the message is formatted")
    }

    #[test]
    fn an_unknown_method_is_rejected() {
        let problem = problem(|| _ = fault::on(memory()).delay("gett", SECOND).build());
        assert_eq!(problem, "`ShardStore` has no method `gett`; it has `get`, `put`, `add`, `wait`, `count`");
        let (_, calls) = fault::on(memory()).build();
        assert!(self::problem(|| _ = calls.of("gett")).contains("it has `get`"));
    }

    #[test]
    fn an_error_of_another_type_is_rejected() {
        let problem = problem(|| _ = fault::on(memory()).fail("get", 1, || "text").build());
        assert_eq!(
            problem,
            "`ShardStore::get` cannot fail with a `&str`. Methods of `ShardStore`:\n  `get` fails with `StoreError`\n  `put` fails \
             with `StoreError`\n  `add` fails with `StoreError`\n  `wait` does not fail\n  `count` fails with `StoreError`"
        );
        assert!(
            self::problem(|| _ = fault::on(memory()).maybe_fail("wait", || "text").build()).contains("cannot fail")
        );
    }

    #[test]
    fn a_delay_of_a_sync_method_and_a_call_number_0_are_rejected() {
        let late = problem(|| _ = fault::on(memory()).maybe_delay("count", SECOND).build());
        assert_eq!(late, "`ShardStore::count` is not async, so its calls cannot be delayed");
        let zeroth = problem(|| _ = fault::on(memory()).fail_after("get", 0, || StoreError::Gone).build());
        assert_eq!(zeroth, "calls of `get` are counted from 1");
    }

    #[test]
    fn a_choice_outside_a_simulation_is_rejected() {
        let problem = problem(|| _ = fault::on(memory()).maybe_fail("get", || StoreError::Gone).build());
        assert!(problem.starts_with("`testkit::fault` is decided by the schedule of a simulation"), "{problem}");
        assert!(problem.contains("tests/fakes/fault.rs"), "{problem}");
    }
}

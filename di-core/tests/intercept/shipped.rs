//! di-core's own interceptors: retry, timeout and metrics, under tokio's paused clock.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use di_core::ambient::{Ambient, Clock, Entropy, TokioClock};
use di_core::intercept::{
    Backoff, Call, CallMetrics, Failure, Interceptable, Interceptor, Metered, Milliseconds, Next, Retry, RetryPolicy,
    TimedOut, Timeout, TimeoutPolicy,
};
use di_core::{Component, Container, Intercepted, component};
use futures_util::FutureExt;

#[derive(Debug, thiserror::Error)]
enum StoreError {
    #[error("busy")]
    Busy,
    #[error("gone")]
    Gone,
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

/// An argument that is not `Clone`.
struct Pieces;

#[di_core::intercept]
#[async_trait]
trait Store: Send + Sync {
    async fn get(&self, key: &str, version: String) -> Result<u32, StoreError>;
    async fn upload(&self, pieces: Pieces) -> Result<u32, StoreError>;
    async fn slow(&self, time: Duration) -> Result<u32, StoreError>;
    async fn hits(&self) -> u32;
    fn check(&self) -> Result<u32, StoreError>;
}

/// Fails some calls with an error. Then returns the number of the call.
struct Flaky {
    calls: AtomicU32,
    failures: u32,
    error: fn() -> StoreError,
}

impl Flaky {
    fn new(failures: u32, error: fn() -> StoreError) -> Arc<Self> {
        Arc::new(Flaky { calls: AtomicU32::new(0), failures, error })
    }

    fn call(&self) -> Result<u32, StoreError> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if number <= self.failures { Err((self.error)()) } else { Ok(number) }
    }
}

#[async_trait]
impl Store for Flaky {
    async fn get(&self, _key: &str, version: String) -> Result<u32, StoreError> {
        assert_eq!(version, "v1");
        self.call()
    }

    async fn upload(&self, _pieces: Pieces) -> Result<u32, StoreError> {
        self.call()
    }

    async fn slow(&self, time: Duration) -> Result<u32, StoreError> {
        tokio::time::sleep(time).await;
        self.call()
    }

    async fn hits(&self) -> u32 {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        7
    }

    fn check(&self) -> Result<u32, StoreError> {
        self.call()
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(TokioClock)
}

fn dynamic(store: &Arc<Flaky>) -> Arc<dyn Store> {
    store.clone()
}

/// Allows three attempts for transient errors, with a pause of one second per attempt so far.
struct Patient;

impl RetryPolicy for Patient {
    fn attempts(&self) -> u32 {
        3
    }

    fn pause(&self, attempt: u32) -> Duration {
        Duration::from_secs(attempt.into())
    }

    fn is_worth(&self, call: &Call<'_>, failure: &Failure<'_>) -> bool {
        assert!(!call.to_string().is_empty());
        !matches!(failure.error().unwrap().downcast_ref(), Some(StoreError::Gone))
    }
}

fn retried(store: &Arc<Flaky>) -> Arc<dyn Store> {
    Interceptable::intercepted(dynamic(store), Retry::new(Patient, clock()))
}

#[tokio::test(start_paused = true)]
async fn a_failed_call_is_retried_after_pauses() {
    let store = Flaky::new(2, || StoreError::Busy);
    let begun = tokio::time::Instant::now();
    assert_eq!(retried(&store).get("key", "v1".into()).await.unwrap(), 3);
    assert_eq!(begun.elapsed(), Duration::from_secs(1 + 2));
}

#[tokio::test(start_paused = true)]
async fn the_result_of_the_last_attempt_is_returned() {
    let store = Flaky::new(9, || StoreError::Busy);
    let error = retried(&store).get("key", "v1".into()).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy));
    assert_eq!(store.calls.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_not_worth_a_retry_is_returned() {
    let store = Flaky::new(9, || StoreError::Gone);
    retried(&store).get("key", "v1".into()).await.unwrap_err();
    assert_eq!(store.calls.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_with_arguments_that_are_not_clone_is_made_once() {
    let store = Flaky::new(1, || StoreError::Busy);
    retried(&store).upload(Pieces).await.unwrap_err();
    retried(&store).upload(Pieces).await.unwrap();
    let store = Flaky::new(1, || StoreError::Busy);
    retried(&store).check().unwrap_err();
    assert_eq!(store.calls.load(Ordering::Relaxed), 1);
}

struct Impatient;

impl TimeoutPolicy for Impatient {
    fn time(&self, call: &Call<'_>) -> Option<Duration> {
        (call.method().name() != "get").then_some(Duration::from_secs(5))
    }
}

fn timed(store: &Arc<Flaky>) -> Arc<dyn Store> {
    Interceptable::intercepted(dynamic(store), Timeout::new(Impatient, clock()))
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_returned_as_the_error_type_of_the_method() {
    let store = Flaky::new(0, || StoreError::Busy);
    let error = timed(&store).slow(Duration::from_secs(6)).await.unwrap_err();
    assert_eq!(error.to_string(), "`Store::slow` did not end within 5s");
    assert!(matches!(error, StoreError::TimedOut(timed_out) if timed_out.time() == Duration::from_secs(5)));
    assert_eq!(store.calls.load(Ordering::Relaxed), 0, "the inner call is dropped while it waits");
    assert_eq!(timed(&store).slow(Duration::from_secs(4)).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_method_whose_error_has_no_conversion_has_no_timeout() {
    assert_eq!(timed(&Flaky::new(0, || StoreError::Busy)).hits().await, 7);
}

#[tokio::test(start_paused = true)]
async fn a_duration_is_a_policy_for_all_methods() {
    let store = Flaky::new(0, || StoreError::Busy);
    let timed = Arc::new(Intercepted::new(dynamic(&store), Timeout::new(Milliseconds::<20>, clock())));
    timed.slow(Duration::from_millis(21)).await.unwrap_err();
    timed.slow(Duration::from_millis(19)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn metrics_count_and_time_calls_by_outcome() {
    let metrics = Arc::new(CallMetrics::new());
    let store: Arc<dyn Store> = Interceptable::intercepted(
        dynamic(&Flaky::new(1, || StoreError::Busy)),
        Metered::new(metrics.clone(), clock()),
    );
    store.check().unwrap_err();
    store.check().unwrap();
    for seconds in [1, 3] {
        store.slow(Duration::from_secs(seconds)).await.unwrap();
    }
    let mut waiting = Box::pin(store.slow(Duration::from_secs(60)));
    assert!((&mut waiting).now_or_never().is_none());
    let [check, slow] = &metrics.snapshot()[..] else { panic!("two methods were called") };
    assert_eq!((check.trait_name, check.method, check.succeeded, check.failed), ("Store", "check", 1, 1));
    assert_eq!((slow.method, slow.succeeded, slow.in_flight), ("slow", 2, 1));
    assert_eq!((slow.total_time, slow.longest_time), (Duration::from_secs(4), Duration::from_secs(3)));
    drop(waiting);
    let slow = &metrics.snapshot()[1];
    assert_eq!((slow.dropped, slow.in_flight, slow.ended()), (1, 0, 3));
}

/// All interceptors in one container.
mod wired {
    use super::*;

    #[derive(Component)]
    struct Server {
        calls: Arc<AtomicU32>,
    }

    #[async_trait]
    impl Store for Server {
        async fn get(&self, _key: &str, _version: String) -> Result<u32, StoreError> {
            match self.calls.fetch_add(1, Ordering::Relaxed) {
                0 => Err(StoreError::Busy),
                1 => std::future::pending().await,
                call => Ok(call),
            }
        }

        async fn upload(&self, _pieces: Pieces) -> Result<u32, StoreError> {
            Ok(0)
        }

        async fn slow(&self, _time: Duration) -> Result<u32, StoreError> {
            Ok(0)
        }

        async fn hits(&self) -> u32 {
            0
        }

        fn check(&self) -> Result<u32, StoreError> {
            Ok(0)
        }
    }

    /// A policy with an async constructor and dependencies.
    struct Configured {
        attempts: u32,
        backoff: Backoff,
    }

    #[component]
    impl Configured {
        async fn new(attempts: u32, entropy: Arc<dyn Entropy>) -> Result<Self, &'static str> {
            tokio::task::yield_now().await;
            if attempts == 0 { Err("no attempts") } else { Ok(Configured { attempts, backoff: Backoff::new(entropy) }) }
        }
    }

    impl RetryPolicy for Configured {
        fn attempts(&self) -> u32 {
            self.attempts
        }

        fn pause(&self, attempt: u32) -> Duration {
            self.backoff.pause(attempt)
        }
    }

    #[derive(Container)]
    #[allow(dead_code)]
    struct App {
        #[module]
        ambient: Ambient,
        #[import(ambient)]
        clock: Arc<dyn Clock>,
        #[import(ambient)]
        entropy: Arc<dyn Entropy>,
        #[input]
        attempts: u32,
        #[input]
        calls: Arc<AtomicU32>,
        #[component]
        metrics: Arc<CallMetrics>,
        #[component]
        shared: Arc<Retry<Configured>>,
        #[component(Server)]
        #[decorate(
            Intercepted<dyn Store, Timeout<Milliseconds<500>>>,
            Intercepted<dyn Store, Retry<Configured>>,
            Intercepted<dyn Store, Metered>,
        )]
        store: Arc<dyn Store>,
    }

    #[tokio::test(start_paused = true)]
    async fn all_interceptors_work_in_one_container() {
        let app = App::builder(3_u32, AtomicU32::new(0)).build().await.unwrap();
        assert_eq!(app.store.get("key", "v1".into()).await.unwrap(), 2);
        let [get] = &app.metrics.snapshot()[..] else { panic!("one method was called") };
        assert_eq!((get.method, get.succeeded, get.failed), ("get", 1, 0), "all attempts are one call");
        assert!(get.total_time >= Duration::from_millis(500), "one attempt timed out");
    }

    #[tokio::test]
    async fn a_policy_that_fails_to_construct_is_named() {
        let error = format!("{:?}", App::builder(0_u32, AtomicU32::new(0)).build().await.err().unwrap());
        assert!(error.contains("failed: no attempts"), "{error}");
    }

    #[test]
    fn the_decorator_of_a_policy_has_the_dependencies_of_the_policy() {
        let retry = &App::GRAPH.nodes()[9];
        assert_eq!(retry.component(), "Intercepted<dyn Store, Retry<Configured>>");
        let needed: Vec<_> = App::GRAPH.dependencies(retry).map(|node| node.id()).collect();
        assert_eq!(needed, ["store.1", "attempts", "entropy", "clock"]);
        assert!(retry.is_async());
    }
}

/// An interceptor can convert an error to an output if the method returns that error type.
#[tokio::test]
async fn an_error_of_the_methods_type_is_turned_into_an_output() {
    struct Failing(Mutex<Vec<bool>>);

    impl Interceptor for Failing {
        async fn around<N: Next>(&self, next: N) -> N::Output {
            match next.outputs().of_error(Box::new(StoreError::Gone)) {
                Ok(output) => output,
                Err(error) => {
                    self.0.lock().unwrap().push(error.is::<StoreError>());
                    next.run().await
                }
            }
        }
    }

    #[di_core::intercept]
    #[async_trait]
    trait Two: Send + Sync {
        async fn fails(&self) -> Result<(), StoreError>;
        async fn cannot(&self) -> Option<u8>;
    }

    #[async_trait]
    impl Two for () {
        async fn fails(&self) -> Result<(), StoreError> {
            Ok(())
        }

        async fn cannot(&self) -> Option<u8> {
            Some(1)
        }
    }

    let failing = Arc::new(Failing(Mutex::default()));
    let two: Arc<dyn Two> = Arc::new(Intercepted::new(Arc::new(()), failing.clone()));
    assert!(matches!(two.fails().await, Err(StoreError::Gone)));
    assert_eq!(two.cannot().await, Some(1));
    assert_eq!(*failing.0.lock().unwrap(), [true], "the error is returned");
}

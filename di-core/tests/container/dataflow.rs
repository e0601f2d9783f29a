//! Concurrency of builds: a constructor starts once its last dependency is built, and async constructors run
//! concurrently.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use di_core::{Container, component};
use tokio::time::{Instant, sleep};

macro_rules! sleeper {
    ($Type:ident, $milliseconds:literal $(, $dependency:ty)*) => {
        struct $Type;

        #[component]
        impl $Type {
            async fn new($(_: &$dependency),*) -> Self {
                sleep(Duration::from_millis($milliseconds)).await;
                $Type
            }
        }
    };
}

sleeper!(Slow, 100);
sleeper!(Quick, 10);
sleeper!(AfterQuick, 70, Quick);
sleeper!(AfterBoth, 5, Slow, Between);

struct Between;

#[component]
impl Between {
    fn new(_: &AfterQuick, _: &Quick, _again: Arc<Quick>) -> Self {
        Between
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[component]
    after_both: Arc<AfterBoth>,
    #[component]
    between: Arc<Between>,
    #[component]
    after_quick: Arc<AfterQuick>,
    #[component]
    quick: Arc<Quick>,
    #[component]
    slow: Arc<Slow>,
}

#[tokio::test(start_paused = true)]
async fn a_build_takes_as_long_as_its_critical_path() {
    let begun = Instant::now();
    App::builder().build().await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_millis(105), "the critical path is slow, after_both");
}

static POLLS: AtomicUsize = AtomicUsize::new(0);

struct Counted;

#[component]
impl Counted {
    async fn new() -> Self {
        let mut sleep = Box::pin(sleep(Duration::from_millis(50)));
        std::future::poll_fn(|context| {
            POLLS.fetch_add(1, Ordering::Relaxed);
            sleep.as_mut().poll(context)
        })
        .await;
        Counted
    }
}

#[derive(Container)]
#[allow(dead_code)]
struct WithCounted {
    #[component]
    counted: Arc<Counted>,
    #[component]
    quick: Arc<Quick>,
    #[component]
    after_quick: Arc<AfterQuick>,
}

#[tokio::test(start_paused = true)]
async fn a_wake_polls_only_its_own_constructor() {
    WithCounted::builder().build().await.unwrap();
    assert_eq!(POLLS.load(Ordering::Relaxed), 2, "once to begin, once as its timer fires");
}

#[test]
fn a_build_may_be_sent_to_another_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    drop(is_send(App::builder().build()));
    drop(is_send(App::slice().get::<(Arc<Quick>, Arc<Slow>)>()));
}

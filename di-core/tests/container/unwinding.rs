//! Builds that fail, panic or are dropped: the built components are dropped in reverse order of construction.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use di_core::{Container, component};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn add(&self, entry: &'static str) {
        self.0.lock().unwrap().push(entry);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Failure,
    Panic,
    Cancel,
    PanicInDrop,
}

macro_rules! logged {
    ($Type:ident) => {
        struct $Type(Log);

        impl Drop for $Type {
            fn drop(&mut self) {
                self.0.add(concat!("drop ", stringify!($Type)));
            }
        }
    };
}

logged!(First);
logged!(Second);
logged!(UnderWay);

struct Third(Log, Ending);

impl Drop for Third {
    fn drop(&mut self) {
        self.0.add("drop Third");
        if self.1 == Ending::PanicInDrop {
            panic!("Third will not go");
        }
    }
}

#[component]
impl First {
    fn new(log: Log) -> Self {
        log.add("First");
        First(log)
    }
}

#[component]
impl Second {
    async fn new(log: Log, _first: Arc<First>) -> Self {
        YieldOnce(false).await;
        log.add("Second");
        Second(log)
    }
}

#[component]
impl Third {
    fn new(log: Log, _second: &Second, ending: Ending) -> Self {
        log.add("Third");
        Third(log, ending)
    }
}

/// Holds a value and never completes.
#[component]
impl UnderWay {
    async fn new(log: Log, _first: &First) -> Self {
        let held = UnderWay(log);
        std::future::pending::<()>().await;
        held
    }
}

struct Last;

#[component]
impl Last {
    async fn new(ending: Ending, _third: &Third) -> Result<Self, &'static str> {
        match ending {
            Ending::Failure | Ending::PanicInDrop => return Err("no"),
            Ending::Panic => panic!("boom"),
            Ending::Cancel => std::future::pending::<()>().await,
        }
        Ok(Last)
    }
}

/// The fields are not listed in the order of construction.
#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[component]
    last: Arc<Last>,
    #[component]
    first: Arc<First>,
    #[component]
    third: Arc<Third>,
    #[component]
    under_way: Arc<UnderWay>,
    #[component]
    second: Arc<Second>,
    #[input]
    log: Log,
    #[input]
    ending: Ending,
}

struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn poll_a_few_times<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    for _ in 0..10 {
        let polled = std::pin::Pin::new(&mut *future).poll(&mut Context::from_waker(Waker::noop()));
        if polled.is_ready() {
            return polled;
        }
    }
    Poll::Pending
}

const BUILT: [&str; 3] = ["First", "Second", "Third"];
const DROPPED: [&str; 4] = ["drop UnderWay", "drop Third", "drop Second", "drop First"];

fn expect_teardown(log: &Log) {
    let entries = log.take();
    assert_eq!(entries[..3], BUILT);
    assert_eq!(entries[3..], DROPPED);
}

#[test]
fn a_failed_build_drops_in_reverse_before_it_returns_the_error() {
    let log = Log::default();
    let mut build = App::builder(log.clone(), Ending::Failure).build();
    let Poll::Ready(Err(_)) = poll_a_few_times(&mut build) else { panic!("it fails") };
    expect_teardown(&log);
    drop(build);
    assert!(log.take().is_empty());
}

#[test]
fn a_panic_unwinds_out_of_build_and_drops_in_reverse() {
    let log = Log::default();
    let mut build = pin!(App::builder(log.clone(), Ending::Panic).build());
    let panicked = catch_unwind(AssertUnwindSafe(|| poll_a_few_times(&mut build)));
    let payload = panicked.err().expect("it panics");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"boom"));
    expect_teardown(&log);
}

#[test]
fn a_build_dropped_halfway_drops_in_reverse() {
    let log = Log::default();
    let mut build = App::builder(log.clone(), Ending::Cancel).build();
    assert!(poll_a_few_times(&mut build).is_pending());
    assert_eq!(log.take(), BUILT);
    drop(build);
    assert_eq!(log.take(), DROPPED);
}

#[test]
fn the_other_components_are_dropped_after_a_panic_in_a_drop() {
    let log = Log::default();
    let mut build = App::builder(log.clone(), Ending::PanicInDrop).build();
    let panicked = catch_unwind(AssertUnwindSafe(|| poll_a_few_times(&mut build)));
    assert_eq!(panicked.err().expect("it panics").downcast_ref::<&str>(), Some(&"Third will not go"));
    expect_teardown(&log);
}

#[test]
fn an_unpolled_build_constructs_nothing() {
    let log = Log::default();
    drop(App::builder(log.clone(), Ending::Cancel).build());
    assert!(log.take().is_empty());
}

#[test]
fn a_failed_slice_drops_in_reverse() {
    let log = Log::default();
    let slice = App::slice().with_log(log.clone()).with_ending(Ending::Failure);
    let mut get = slice.get::<(Arc<Last>, Arc<UnderWay>)>();
    let Poll::Ready(Err(_)) = poll_a_few_times(&mut get) else { panic!("it fails") };
    expect_teardown(&log);
}

#[test]
#[should_panic(expected = "polled after it was ready")]
fn a_build_that_is_polled_after_completion_panics() {
    let mut build = App::builder(Log::default(), Ending::Failure).build();
    assert!(poll_a_few_times(&mut build).is_ready());
    _ = poll_a_few_times(&mut build);
}

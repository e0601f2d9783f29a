//! Lazy components and factories, which create components after the container is built.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use di_core::fields::CreateError;
use di_core::{BoxFactory, Component, Container, Factory, Lazy, SyncBoxFactory, SyncFactory, SyncLazy, component};
use futures_util::FutureExt;
use futures_util::future::join_all;

#[derive(Default)]
struct Counter(AtomicUsize);

impl Counter {
    fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

trait Report: Send + Sync {
    fn number(&self) -> usize;
}

struct Reporter(usize);

impl Report for Reporter {
    fn number(&self) -> usize {
        self.0
    }
}

#[derive(Debug, thiserror::Error)]
#[error("attempt {0} fails")]
struct Attempt(usize);

#[component]
impl Reporter {
    /// Fails the first time.
    async fn new(counter: &Counter, _settings: Settings) -> Result<Self, Attempt> {
        let number = counter.next();
        tokio::time::sleep(Duration::from_millis(10)).await;
        if number == 0 { Err(Attempt(number)) } else { Ok(Reporter(number)) }
    }
}

#[derive(Clone, Default)]
struct Settings;

/// A field that is not `Clone` and so cannot be a dependency.
struct NotClone;

trait Session: Send + Sync {
    fn describe(&self) -> String;
}

struct Upload(String);

impl Session for Upload {
    fn describe(&self) -> String {
        self.0.clone()
    }
}

#[component]
impl Upload {
    async fn new(
        #[assisted] user: u32,
        counter: Arc<Counter>,
        #[assisted] file: &'static str,
    ) -> Result<Self, Attempt> {
        tokio::task::yield_now().await;
        match file {
            "" => Err(Attempt(0)),
            _ => Ok(Upload(format!("{user} uploads {file}, number {}", counter.next()))),
        }
    }
}

#[derive(Component)]
struct Ticket {
    counter: Arc<Counter>,
    #[assisted]
    user: u32,
}

#[derive(Component)]
struct Plain;

#[derive(Container)]
#[allow(dead_code)]
struct App {
    #[input]
    counter: Arc<Counter>,
    #[input]
    settings: Settings,
    #[input]
    not_clone: NotClone,
    #[lazy(Reporter)]
    reports: Lazy<dyn Report>,
    #[factory(Upload)]
    uploads: Factory<(u32, &'static str), dyn Session>,
    #[factory(Ticket)]
    tickets: SyncFactory<(u32,), Ticket>,
    #[factory(Plain)]
    plain: Factory<(), Plain>,
}

fn app() -> App {
    App::builder(Counter::default(), Settings, NotClone).build_sync().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_lazy_component_is_constructed_once_even_on_concurrent_first_use() {
    let app = app();
    app.counter.next();
    assert!(app.reports.get_if_ready().is_none());
    let all = join_all((0..10).map(|_| app.reports.get())).await;
    assert!(all.iter().all(|report| report.as_ref().unwrap().number() == 1));
    assert_eq!(app.counter.0.load(Ordering::Relaxed), 2);
    assert!(app.reports.get_if_ready().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_failed_construction_is_returned_and_retried_at_the_next_use() {
    let app = app();
    let error: CreateError = app.reports.get().await.err().unwrap();
    assert_eq!(error.to_string(), "could not create `reports` (Reporter) of `App`");
    assert_eq!(format!("{error:?}"), "could not create `reports` (Reporter) of `App`: attempt 0 fails");
    assert_eq!(error.source().unwrap().downcast_ref::<Attempt>().unwrap().0, 0);
    assert_eq!(app.reports.get().await.unwrap().number(), 1);
    assert_eq!(app.reports.get().await.unwrap().number(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_construction_goes_on_while_anybody_waits_for_it() {
    let app = app();
    app.counter.next();
    let cancelled = tokio::time::timeout(Duration::from_millis(5), app.reports.get());
    let (cancelled, waited) = tokio::join!(cancelled, app.reports.get());
    assert!(cancelled.is_err());
    assert_eq!(waited.unwrap().number(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_construction_that_nobody_waits_for_starts_over() {
    let app = app();
    app.counter.next();
    assert!(tokio::time::timeout(Duration::from_millis(5), app.reports.get()).await.is_err());
    assert_eq!(app.reports.get().await.unwrap().number(), 2);
}

/// A caller that was polled once, and then no more, does not keep others from the component.
#[tokio::test(start_paused = true)]
async fn a_parked_caller_does_not_block_others() {
    let app = app();
    app.counter.next();
    let mut parked = Box::pin(app.reports.get());
    assert!(parked.as_mut().now_or_never().is_none());
    assert_eq!(app.reports.get().await.unwrap().number(), 1);
    assert_eq!(parked.await.unwrap().number(), 1);
}

#[tokio::test(start_paused = true)]
async fn callers_that_wait_together_share_the_error() {
    let app = app();
    let results = join_all((0..3).map(|_| app.reports.get())).await;
    assert!(
        results.iter().all(|result| result.as_ref().err().unwrap().source().unwrap().to_string() == "attempt 0 fails")
    );
    assert_eq!(app.reports.get().await.unwrap().number(), 1);
}

#[tokio::test]
async fn a_panic_reaches_one_caller_and_the_others_try_again() {
    let calls = Arc::new(Counter::default());
    let lazy: Lazy<Reporter> = Lazy::new(move || {
        let calls = calls.clone();
        async move {
            tokio::task::yield_now().await;
            let call = calls.next();
            assert!(call > 0, "the first call panics");
            Arc::new(Reporter(call))
        }
    });
    let get = || {
        let lazy = lazy.clone();
        tokio::spawn(async move { lazy.get().await.unwrap().number() })
    };
    let results = join_all([get(), get(), get()]).await;
    let panics = results.iter().filter(|result| result.is_err()).count();
    assert_eq!(panics, 1, "{results:?}");
    assert!(results.iter().flatten().all(|number| *number == 1), "{results:?}");
}

#[tokio::test]
async fn a_factory_passes_its_arguments_in_order() {
    let app = app();
    let uploads = app.uploads.clone();
    assert_eq!(uploads.create(7, "a.txt").await.unwrap().describe(), "7 uploads a.txt, number 0");
    assert_eq!(uploads.create(8, "b.txt").await.unwrap().describe(), "8 uploads b.txt, number 1");
    let error = uploads.create(9, "").await.err().unwrap();
    assert_eq!(format!("{error:?}"), "could not create `uploads` (Upload) of `App`: attempt 0 fails");
    let ticket = app.tickets.create(3).unwrap();
    assert_eq!((ticket.user, ticket.counter.next()), (3, 2));
    assert!(app.plain.create().await.is_ok());
}

#[tokio::test]
async fn lazy_components_and_factories_can_be_overridden_by_values_and_functions() {
    let app = App::builder(Counter::default(), Settings, NotClone)
        .with_reports(Lazy::ready(Arc::new(Reporter(42))))
        .with_uploads(Factory::new(|(user, _)| async move {
            let session: Arc<dyn Session> = Arc::new(Upload(format!("mock of {user}")));
            session
        }))
        .with_tickets(SyncFactory::new(|(user,)| Err(Attempt(user as usize))))
        .build_sync()
        .unwrap();
    assert_eq!(app.reports.get().await.unwrap().number(), 42);
    assert_eq!(app.uploads.create(1, "x").await.unwrap().describe(), "mock of 1");
    let error = app.tickets.create(5).err().unwrap();
    assert_eq!(format!("{error:?}"), "could not create the component: attempt 5 fails");

    let failing: Lazy<dyn Report> = Lazy::new(|| async { Err(Attempt(1)) });
    assert!(failing.get().await.is_err());
}

#[test]
fn the_graph_contains_lazy_components_and_their_dependencies() {
    let reports = App::GRAPH.node("reports").unwrap();
    let needs: Vec<_> = App::GRAPH.dependencies(reports).map(|node| node.name()).collect();
    assert_eq!(needs, ["counter", "settings"]);
}

/// A component that is not `Sync`.
struct Cursor {
    number: Cell<usize>,
}

#[component]
impl Cursor {
    async fn new(counter: &Counter, #[assisted] step: usize) -> Result<Self, Attempt> {
        match step {
            0 => Err(Attempt(0)),
            _ => Ok(Cursor { number: Cell::new(counter.next() + step) }),
        }
    }
}

impl Numbered for Cursor {
    fn number(&self) -> usize {
        self.number.replace(self.number.get() + 1)
    }
}

struct Mark(Cell<usize>);

#[component]
impl Mark {
    fn new(counter: &Counter, #[assisted] at: usize) -> Self {
        Mark(Cell::new(counter.next() + at))
    }
}

/// Needs no `Sync` of its implementations.
trait Numbered: Send {
    fn number(&self) -> usize;
}

struct Index {
    number: usize,
}

#[component]
impl Index {
    fn new(counter: &Counter) -> Result<Self, Attempt> {
        match counter.next() {
            0 => Err(Attempt(0)),
            1 => panic!("the index is broken"),
            number => Ok(Index { number }),
        }
    }
}

#[derive(Container)]
struct Owned {
    #[input]
    counter: Arc<Counter>,
    #[factory(Cursor)]
    cursors: BoxFactory<(usize,), dyn Numbered>,
    #[factory(Mark)]
    marks: SyncBoxFactory<(usize,), Mark>,
    #[lazy(Index)]
    index: SyncLazy<Index>,
}

#[tokio::test]
async fn a_box_factory_creates_components_that_are_not_sync() {
    let app = Owned::builder(Counter::default()).build_sync().unwrap();
    let cursors = app.cursors.clone();
    let number = tokio::spawn(async move {
        let cursor: Box<dyn Numbered> = cursors.create(5).await.unwrap();
        tokio::task::yield_now().await;
        cursor.number() + cursor.number()
    });
    assert_eq!(number.await.unwrap(), 5 + 6);
    assert_eq!(app.marks.create(5).unwrap().0.get(), 6);
    let error = app.cursors.create(0).await.err().unwrap();
    assert_eq!(error.to_string(), "could not create `cursors` (Cursor) of `Owned`");

    let app = Owned::builder(Counter::default())
        .with_cursors(BoxFactory::new(|(at,)| async move { Box::new(Mark(Cell::new(at))) as Box<dyn Numbered> }))
        .with_marks(SyncBoxFactory::new(|(at,)| Err(Attempt(at))))
        .build_sync()
        .unwrap();
    assert_eq!(app.cursors.create(7).await.unwrap().number(), 7);
    assert!(app.marks.create(7).is_err());
}

impl Numbered for Mark {
    fn number(&self) -> usize {
        self.0.get()
    }
}

#[test]
fn a_sync_lazy_component_is_constructed_once_and_again_after_a_failure() {
    let app = Owned::builder(Counter::default()).build_sync().unwrap();
    assert!(app.index.get().is_err());
    let panicked = catch_unwind(AssertUnwindSafe(|| app.index.get()));
    assert!(panicked.is_err() && app.index.get_if_ready().is_none());
    let numbers = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| app.index.get().unwrap().number)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(numbers, [2; 4]);

    let ready = SyncLazy::ready(Arc::new(Index { number: 9 }));
    let app = Owned::builder(Counter::default()).with_index(ready).build_sync().unwrap();
    assert_eq!(app.index.get().unwrap().number, 9);
}

//! tower: `Buffer` and `SpawnReady` run a service in tasks of their own.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use testkit::Sim;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;
use tokio_util::sync::PollSemaphore;
use tower::buffer::Buffer;
use tower::buffer::error::ServiceError;
use tower::spawn_ready::SpawnReady;
use tower::{BoxError, Service, ServiceExt};

/// Number of a client, and of its request.
type Request = (usize, usize);

/// Takes a request for each permit, fails when the semaphore is closed, and keeps the requests that it took.
struct Taker {
    permits: PollSemaphore,
    is_ready: bool,
    taken: Arc<Mutex<Vec<Request>>>,
}

impl Taker {
    fn new(permits: &Arc<Semaphore>, taken: &Arc<Mutex<Vec<Request>>>) -> Self {
        Taker { permits: PollSemaphore::new(permits.clone()), is_ready: false, taken: taken.clone() }
    }
}

impl Service<Request> for Taker {
    type Response = Request;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Request, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        if !self.is_ready {
            let Some(permit) = ready!(self.permits.poll_acquire(cx)) else {
                return Poll::Ready(Err("the service is broken".into()));
            };
            permit.forget();
            self.is_ready = true;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called before it was ready");
        self.taken.lock().unwrap().push(request);
        Box::pin(async move {
            yield_now().await;
            Ok(request)
        })
    }
}

/// Module `buffer`: the service receives the queued requests one by one, and each result goes back to its caller.
#[testkit::test]
async fn each_client_of_a_buffer_gets_its_own_responses_in_order() {
    let (permits, taken) = (Arc::new(Semaphore::new(6)), Arc::default());
    let buffer = Buffer::new(Taker::new(&permits, &taken), 2);
    let mut clients = JoinSet::new();
    for client in 0..3 {
        let mut buffer = buffer.clone();
        clients.spawn(async move {
            for number in 0..2 {
                assert_eq!(buffer.ready().await.unwrap().call((client, number)).await.unwrap(), (client, number));
            }
        });
    }
    drop(buffer);
    clients.join_all().await;
    let taken = taken.lock().unwrap();
    for client in 0..3 {
        let numbers: Vec<_> = taken.iter().filter(|request| request.0 == client).map(|request| request.1).collect();
        assert_eq!(numbers, [0, 1]);
    }
}

/// `Buffer::new`: at most `bound` requests are queued. Further callers wait. The worker holds one more.
#[testkit::test]
async fn a_buffer_queues_no_more_than_its_bound(sim: Sim) {
    let (permits, taken) = (Arc::new(Semaphore::new(0)), Arc::default());
    let buffer = Buffer::new(Taker::new(&permits, &taken), 2);
    let queued = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for client in 0..5 {
        let (mut buffer, queued) = (buffer.clone(), queued.clone());
        clients.spawn(async move {
            let call = buffer.ready().await.unwrap().call((client, 0));
            queued.fetch_add(1, Ordering::Relaxed);
            call.await.unwrap();
        });
    }
    sim.settle().await;
    assert_eq!(queued.load(Ordering::Relaxed), 3);
    permits.add_permits(5);
    clients.join_all().await;
    assert_eq!(taken.lock().unwrap().len(), 5);
}

/// Module `buffer`: a queued request reaches the service, also when all handles are gone. A request of a caller that gave
/// up delays no other request.
#[testkit::test]
async fn queued_requests_outlive_the_handles_of_a_buffer(sim: Sim) {
    let (permits, taken) = (Arc::new(Semaphore::new(0)), Arc::default());
    let mut buffer = Buffer::new(Taker::new(&permits, &taken), 4);
    let mut clients = JoinSet::new();
    for client in 0..4 {
        let call = buffer.ready().await.unwrap().call((client, 0));
        clients.spawn(async move { sim.cancel_anywhere(call).await.map(|response| response.unwrap()) });
    }
    drop(buffer);
    permits.add_permits(4);
    let responses: Vec<_> = clients.join_all().await.into_iter().flatten().collect();
    sim.settle().await;
    let taken = taken.lock().unwrap();
    assert!(taken.is_sorted(), "{taken:?}");
    assert!(responses.iter().all(|response| taken.contains(response)), "{responses:?}, but {taken:?}");
}

/// `buffer::error::ServiceError`: when the service fails, all requests that wait fail, and all later ones.
#[testkit::test]
async fn a_failed_service_fails_all_requests_of_a_buffer() {
    let (permits, taken) = (Arc::new(Semaphore::new(1)), Arc::default());
    let buffer = Buffer::new(Taker::new(&permits, &taken), 1);
    let mut clients = JoinSet::new();
    for client in 0..4 {
        let mut buffer = buffer.clone();
        clients.spawn(async move {
            let response = match buffer.ready().await {
                Ok(buffer) => buffer.call((client, 0)).await,
                Err(error) => Err(error),
            };
            match response {
                Ok(response) => assert_eq!(response, (client, 0)),
                Err(error) => assert!(error.is::<ServiceError>(), "{error}"),
            }
        });
    }
    clients.spawn(async move { permits.close() });
    clients.join_all().await;
    assert!(taken.lock().unwrap().len() <= 1);
    let mut buffer = buffer;
    assert!(buffer.ready().await.err().expect("the service has failed").is::<ServiceError>());
}

/// Module `spawn_ready`: a task drives the service until it is ready, also while no task polls it.
#[testkit::test]
async fn a_service_becomes_ready_by_itself(sim: Sim) {
    let (permits, taken) = (Arc::new(Semaphore::new(0)), Arc::default());
    let mut service = SpawnReady::new(Taker::new(&permits, &taken));
    let is_ready = poll_fn(|cx| Poll::Ready(service.poll_ready(cx).is_ready())).await;
    assert!(!is_ready);
    permits.add_permits(1);
    sim.settle().await;
    assert_eq!(permits.available_permits(), 0, "the task has taken the permit");
    assert_eq!(service.ready().await.unwrap().call((0, 0)).await.unwrap(), (0, 0));
}

/// `SpawnReady` ends its task when it is dropped. Else, the task would be left over, which fails a test.
#[testkit::test]
async fn a_dropped_service_leaves_no_task(sim: Sim) {
    let (permits, taken) = (Arc::new(Semaphore::new(1)), Arc::default());
    let mut clients = JoinSet::new();
    for client in 0..2 {
        let mut service = SpawnReady::new(Taker::new(&permits, &taken));
        clients.spawn(async move {
            let using = async { service.ready().await?.call((client, 0)).await };
            _ = sim.cancel_anywhere(timeout(Duration::from_secs(1), using)).await;
        });
    }
    clients.join_all().await;
    assert!(taken.lock().unwrap().len() <= 1);
}

//! Tasks with tokio's API, on tokio and on another spawner.

use std::sync::{Arc, Mutex};

use di_core::ambient::{Ambient, Spawner, TaskControl, TaskEnd, TaskOrigin};
use di_core::task::{self, JoinSet};
use futures_util::FutureExt;

#[tokio::test]
async fn a_handle_returns_how_the_task_ended() {
    assert_eq!(task::spawn(async { 42 }).await.unwrap(), 42);
    assert_eq!(task::spawn_blocking(|| 43).await.unwrap(), 43);

    let error = task::spawn(async { panic!("boom") }).await.unwrap_err();
    assert!(error.is_panic());
    assert_eq!(error.to_string(), "the task panicked: boom");

    let endless = task::spawn(std::future::pending::<()>());
    let abort = endless.abort_handle();
    assert!(!abort.is_finished());
    abort.abort();
    let error = endless.await.unwrap_err();
    assert!(error.is_cancelled() && abort.is_finished());
    assert!(error.try_into_panic().is_err());
}

#[tokio::test]
async fn a_set_is_joined_in_completion_order() {
    let mut set = JoinSet::new();
    let (last, is_last) = tokio::sync::oneshot::channel();
    set.spawn(async { is_last.await.unwrap() });
    set.spawn(async { 1 });
    assert!(set.try_join_next().is_none());
    assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
    last.send(2).unwrap();
    assert_eq!(set.join_next().await.unwrap().unwrap(), 2);
    assert!(set.join_next().await.is_none() && set.is_empty());

    set.spawn(std::future::pending());
    set.spawn_blocking(|| 3);
    set.shutdown().await;
    assert_eq!(set.len(), 0);
}

/// Tokio's cooperative scheduling would end a loop over more than 128 results.
#[tokio::test]
async fn a_look_at_a_set_is_not_limited_by_a_budget() {
    let mut set = JoinSet::new();
    for number in 0..300 {
        set.spawn(async move { number });
    }
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(std::iter::from_fn(|| set.try_join_next()).count(), 300);
}

#[tokio::test]
async fn dropping_a_set_aborts_its_tasks() {
    let mut set = JoinSet::new();
    let abort = set.spawn(std::future::pending::<()>());
    drop(set);
    while !abort.is_finished() {
        task::yield_now().await;
    }

    let mut set = JoinSet::new();
    let abort = set.spawn(std::future::pending::<()>());
    set.detach_all();
    drop(set);
    task::yield_now().await;
    assert!(!abort.is_finished());
    abort.abort();
}

#[tokio::test]
async fn join_all_returns_all_results_or_resumes_the_first_panic() {
    let mut set = JoinSet::new();
    set.spawn(async { 1 });
    set.spawn(async { 2 });
    let mut all = set.join_all().await;
    all.sort_unstable();
    assert_eq!(all, [1, 2]);

    let mut set = JoinSet::new();
    set.spawn(async { panic!("boom") });
    set.spawn(std::future::pending::<()>());
    let panic = std::panic::AssertUnwindSafe(set.join_all()).catch_unwind().await.unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"boom"));
}

/// Records the spawned tasks and runs them on tokio.
#[derive(Clone, Default)]
struct Recording(Arc<Mutex<Vec<(String, usize)>>>);

impl Spawner for Recording {
    fn spawn_boxed(&self, task: TaskOrigin<'_>, future: di_core::BoxFuture<TaskEnd>) -> Box<dyn TaskControl> {
        self.0.lock().unwrap().push((task.name.to_owned(), task.size));
        Ambient::tokio().spawner.spawn_boxed(task, future)
    }

    fn spawn_blocking_boxed(&self, task: TaskOrigin<'_>, work: Box<dyn FnOnce() + Send>) {
        self.0.lock().unwrap().push((task.name.to_owned(), task.size));
        work();
    }
}

#[tokio::test]
async fn another_spawner_can_be_made_current() {
    let recording = Recording::default();
    let line = line!() + 2;
    let entered = task::enter(Arc::new(recording.clone()));
    let spawned = task::spawn(async { std::future::ready([0_u8; 300]).await.len() });
    let blocking = task::spawn_blocking(|| 7);
    drop(entered);
    assert_eq!(task::spawn(async { 1 }).await.unwrap(), 1);
    assert_eq!((spawned.await.unwrap(), blocking.await.unwrap()), (300, 7));
    let recorded = recording.0.lock().unwrap();
    assert_eq!(recorded[0].0, format!("task.rs:{line}"));
    assert!(recorded[0].1 >= 300, "{} bytes", recorded[0].1);
    assert_eq!(recorded.len(), 2);
}

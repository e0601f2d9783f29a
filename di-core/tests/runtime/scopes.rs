//! Scopes that end with success or failure: `#[commit]` and `#[rollback]`.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::construct::BuildErrorKind;
use di_core::host::{Hook, HookFailureCause};
use di_core::{BoxError, Container, Scope, ScopeError, component};
use tokio::time::sleep;

/// The events of a test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn add(&self, event: &'static str) {
        self.0.lock().unwrap().push(event);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// The fault that a test injects.
#[derive(Clone, Copy, Default, PartialEq)]
enum Fault {
    #[default]
    None,
    Begin,
    Commit,
    TransactionCommit,
    CommitPanics,
    CommitHangs,
    Rollback,
}

struct Transaction {
    log: Log,
    fault: Fault,
}

#[component]
impl Transaction {
    async fn new(log: Log, fault: Fault) -> Self {
        log.add("begin");
        Transaction { log, fault }
    }

    #[commit]
    async fn commit(&self) -> Result<(), io::Error> {
        self.log.add("committing");
        sleep(Duration::from_millis(10)).await;
        if self.fault == Fault::TransactionCommit {
            return Err(io::Error::other("busy"));
        }
        self.log.add("committed");
        Ok(())
    }

    #[rollback]
    async fn roll_back(self: Arc<Self>) -> Result<(), io::Error> {
        sleep(Duration::from_millis(10)).await;
        self.log.add("rolled back");
        if self.fault == Fault::Rollback { Err(io::Error::other("connection lost")) } else { Ok(()) }
    }
}

/// Events that are published when the transaction is committed.
struct Outbox {
    log: Log,
    fault: Fault,
}

#[component]
impl Outbox {
    async fn new(log: Log, _transaction: Arc<Transaction>, fault: Fault) -> Result<Self, io::Error> {
        sleep(Duration::from_millis(10)).await;
        if fault == Fault::Begin {
            return Err(io::Error::other("no outbox"));
        }
        Ok(Outbox { log, fault })
    }

    #[commit(timeout = "100ms")]
    async fn flush(&self) -> Result<(), io::Error> {
        match self.fault {
            Fault::Commit => return Err(io::Error::other("outbox full")),
            Fault::CommitPanics => panic!("outbox broken"),
            Fault::CommitHangs => std::future::pending().await,
            _ => self.log.add("flushed"),
        }
        Ok(())
    }
}

/// A module with a component that has only a sync rollback.
struct File {
    log: Log,
}

#[component]
impl File {
    fn new(log: Log) -> Self {
        log.add("create file");
        File { log }
    }

    #[rollback]
    fn delete(&self) {
        self.log.add("delete file");
    }
}

#[derive(Container)]
struct Storage {
    #[input]
    log: Log,
    #[component]
    file: Arc<File>,
}

#[derive(Container)]
struct Request {
    #[input]
    log: Log,
    #[input]
    fault: Fault,
    #[component]
    transaction: Arc<Transaction>,
    #[component]
    outbox: Arc<Outbox>,
    #[module]
    storage: Storage,
}

async fn scoped(log: &Log, fault: Fault, work: Result<u8, &'static str>) -> Result<u8, BoxError> {
    Request::builder(log.clone(), fault).scoped(async |_request| work.map_err(BoxError::from)).await
}

#[tokio::test(start_paused = true)]
async fn work_that_succeeds_is_committed_and_work_that_fails_is_rolled_back() {
    let log = Log::default();
    assert_eq!(scoped(&log, Fault::None, Ok(5)).await.unwrap(), 5);
    assert_eq!(log.take(), ["create file", "begin", "flushed", "committing", "committed"]);
    assert_eq!(scoped(&log, Fault::None, Err("wrong")).await.unwrap_err().to_string(), "wrong");
    assert_eq!(log.take(), ["create file", "begin", "delete file", "rolled back"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_commit_rolls_back_the_rest() {
    let log = Log::default();
    let error = scoped(&log, Fault::Commit, Ok(1)).await.unwrap_err().downcast::<ScopeError>().unwrap();
    assert_eq!(error.to_string(), "`Request`: #[commit] of `outbox` (Outbox) failed");
    assert_eq!(error.source().unwrap().to_string(), "outbox full");
    assert_eq!(format!("{error:?}"), "`Request`: #[commit] of `outbox` (Outbox) failed: outbox full");
    assert_eq!(log.take(), ["create file", "begin", "delete file", "rolled back"]);

    let error = scoped(&log, Fault::TransactionCommit, Ok(1)).await.unwrap_err();
    let text =
        "`Request`: #[commit] of `transaction` (Transaction) failed: busy\n  already committed: `outbox` (Outbox)";
    assert_eq!(format!("{error:?}"), text);
    assert_eq!(log.take(), ["create file", "begin", "flushed", "committing", "delete file", "rolled back"]);

    let error = scoped(&log, Fault::CommitPanics, Ok(1)).await.unwrap_err().downcast::<ScopeError>().unwrap();
    assert!(matches!(&error.failures()[0].cause, HookFailureCause::Panicked(text) if text == "outbox broken"));
    assert!(error.committed().is_empty());
    let error = scoped(&log, Fault::CommitHangs, Ok(1)).await.unwrap_err().downcast::<ScopeError>().unwrap();
    assert!(matches!(error.failures()[0].cause, HookFailureCause::TimedOut(limit) if limit.as_millis() == 100));
    assert_eq!(error.failures()[0].hook, Hook::Commit);
}

#[tokio::test(start_paused = true)]
async fn a_failed_rollback_is_returned_unless_the_work_failed() {
    let log = Log::default();
    assert_eq!(scoped(&log, Fault::Rollback, Err("wrong")).await.unwrap_err().to_string(), "wrong");
    let scope = Request::builder(log.clone(), Fault::Rollback).open().await.unwrap();
    let error = scope.rollback().await.unwrap_err();
    assert_eq!(error.to_string(), "`Request`: #[rollback] of `transaction` (Transaction) failed");
    assert_eq!(error.source().unwrap().to_string(), "connection lost");
}

#[tokio::test(start_paused = true)]
async fn a_failed_build_rolls_back_what_was_built() {
    let log = Log::default();
    let error = Request::builder(log.clone(), Fault::Begin).open().await.unwrap_err();
    assert_eq!(error.to_string(), "could not build `Request`: `outbox` (Outbox) failed");
    assert_eq!(error.source().unwrap().to_string(), "no outbox");
    assert!(matches!(error.build_error().unwrap().kind(), BuildErrorKind::Constructor { .. }));
    assert_eq!(log.take(), ["create file", "begin", "delete file", "rolled back"]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_scope_is_rolled_back() {
    let log = Log::default();
    let rolled_back = ["create file", "begin", "delete file", "rolled back"];

    // While it is built.
    let opening = Request::builder(log.clone(), Fault::None).open();
    assert!(tokio::time::timeout(Duration::from_millis(5), opening).await.is_err());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(log.take(), rolled_back);

    // While the work runs.
    let working = Request::builder(log.clone(), Fault::None).scoped(async |_request| {
        std::future::pending::<()>().await;
        Ok::<_, BoxError>(())
    });
    assert!(tokio::time::timeout(Duration::from_millis(50), working).await.is_err());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(log.take(), rolled_back);

    // By a panic.
    let request = Request::builder(log.clone(), Fault::None);
    let work = async move |request: Arc<Request>| {
        if request.fault == Fault::None {
            panic!("a bug");
        }
        Ok::<_, BoxError>(())
    };
    assert!(tokio::spawn(request.scoped(work)).await.unwrap_err().is_panic());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(log.take(), rolled_back);

    // By hand.
    let scope: Scope<Request> = Request::builder(log.clone(), Fault::None).open().await.unwrap();
    assert!(scope.outbox.fault == Fault::None && scope.container().transaction.fault == Fault::None);
    drop(scope);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(log.take(), rolled_back);
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_has_begun_is_completed() {
    let log = Log::default();
    let scope = Request::builder(log.clone(), Fault::None).open().await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(5), scope.commit()).await.is_err());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(log.take(), ["create file", "begin", "flushed", "committing", "committed"]);
}

#[tokio::test(start_paused = true)]
async fn overridden_components_are_neither_committed_nor_rolled_back() {
    let log = Log::default();
    let mock = Arc::new(Transaction { log: log.clone(), fault: Fault::None });
    let request = Request::builder(log.clone(), Fault::None).with_transaction(mock);
    request.scoped(async |_request| Ok::<_, BoxError>(())).await.unwrap();
    assert_eq!(log.take(), ["create file", "flushed"]);
}

#[test]
fn a_scope_that_is_dropped_outside_of_a_runtime_does_not_panic() {
    let log = Log::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let scope = runtime.block_on(Request::builder(log.clone(), Fault::None).open()).unwrap();
    drop(runtime);
    let _ = (&scope.storage.file, &scope.storage.log, &scope.log);
    drop(scope);
    assert_eq!(log.take(), ["create file", "begin"]);
}

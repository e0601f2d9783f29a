//! Scopes in simulations: requests that are dropped anywhere, while commits fail.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use di_core::{BoxError, Container, component};
use testkit::{Explorer, Sim};

/// The accounts of a database, and its open transactions.
#[derive(Default)]
struct Database {
    open: AtomicUsize,
    committed: Mutex<Vec<&'static str>>,
}

struct Transaction {
    database: Arc<Database>,
    rows: Mutex<Vec<&'static str>>,
}

#[component]
impl Transaction {
    async fn new(database: Arc<Database>) -> Self {
        tokio::time::sleep(Duration::from_millis(1)).await;
        database.open.fetch_add(1, Ordering::Relaxed);
        Transaction { database, rows: Mutex::default() }
    }

    #[commit]
    async fn commit(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.database.open.fetch_sub(1, Ordering::Relaxed);
        self.database.committed.lock().unwrap().append(&mut self.rows.lock().unwrap());
    }

    #[rollback]
    async fn roll_back(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.database.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Writes to the transaction before it is committed, and may fail.
struct Journal {
    transaction: Arc<Transaction>,
    sim: Sim,
}

#[component]
impl Journal {
    async fn new(transaction: Arc<Transaction>, sim: Sim) -> Result<Self, BoxError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        match sim.choose(3) {
            0 | 1 => Ok(Journal { transaction, sim }),
            _ => Err("no journal".into()),
        }
    }

    #[commit]
    async fn write(&self) -> Result<(), BoxError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if self.sim.choose(3) == 2 {
            return Err("journal full".into());
        }
        self.transaction.rows.lock().unwrap().push("journal");
        Ok(())
    }
}

#[derive(Container)]
struct Request {
    #[input]
    database: Arc<Database>,
    #[input]
    sim: Sim,
    #[component]
    transaction: Arc<Transaction>,
    #[component]
    journal: Arc<Journal>,
}

/// Every transaction that was begun is ended once, and is committed whole or not at all.
#[test]
fn a_request_that_is_dropped_anywhere_ends_its_transaction() {
    let outcome = Explorer::new().schedules(2_000).run(|sim: Sim| async move {
        let database = Arc::new(Database::default());
        let request = Request::builder(database.clone(), sim).scoped(async |request: Arc<Request>| {
            request.transaction.rows.lock().unwrap().push("row");
            request.sim.sleep(Duration::from_millis(1)).await;
            if request.sim.choose(3) == 2 { Err(BoxError::from("refused")) } else { Ok(()) }
        });
        let result = sim.cancel_anywhere(request).await;
        sim.sleep(Duration::from_secs(1)).await;
        assert_eq!(database.open.load(Ordering::Relaxed), 0, "a transaction is left open");
        let committed = database.committed.lock().unwrap().clone();
        match &result {
            Some(Ok(())) => assert_eq!(committed, ["row", "journal"]),
            Some(Err(error)) => assert!(committed.is_empty(), "{committed:?} is committed in spite of {error}"),
            // A commit that has begun is completed.
            None => assert!(committed.is_empty() || committed == ["row", "journal"], "{committed:?}"),
        }
    });
    if let Some(failure) = outcome.failure() {
        panic!("{failure}");
    }
}

//! An adjustable limit on concurrent queries. Lowering it removes only free permits. Permits in use are returned later,
//! and then exceed the limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, Semaphore};

struct Limiter {
    permits: Semaphore,
    running: AtomicUsize,
    log: Mutex<Vec<u32>>,
    database: Mutex<Vec<u32>>,
}

impl Limiter {
    fn new(limit: usize) -> Self {
        let permits = Semaphore::new(limit);
        Limiter { permits, running: AtomicUsize::new(0), log: Mutex::default(), database: Mutex::default() }
    }

    /// Runs a query. Returns how many others were running at its start.
    async fn query(&self, query: u32) -> usize {
        let _permit = self.permits.acquire().await.unwrap();
        let beside = self.running.fetch_add(1, Ordering::Relaxed);
        self.log.lock().await.push(query);
        self.database.lock().await.push(query);
        self.running.fetch_sub(1, Ordering::Relaxed);
        beside
    }

    async fn lower_by<const FIXED: bool>(&self, count: usize) {
        if FIXED {
            self.permits.acquire_many(count as u32).await.unwrap().forget();
        } else {
            for _ in 0..count {
                if let Ok(permit) = self.permits.try_acquire() {
                    permit.forget();
                }
            }
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let limiter = Arc::new(Limiter::new(3));
    let query = |number: u32| {
        let limiter = limiter.clone();
        crate::spawn("query", async move { limiter.query(number).await })
    };
    let early: Vec<_> = (0..3).map(query).collect();
    let operator = limiter.clone();
    let operator = crate::spawn("operator", async move { operator.lower_by::<FIXED>(2).await });
    operator.await.unwrap();
    for query in early {
        query.await.unwrap();
    }

    let late: Vec<_> = (3..6).map(query).collect();
    for query in late {
        assert_eq!(query.await.unwrap(), 0, "the limit is 1 at a time");
    }
    assert_eq!(limiter.database.lock().await.len(), 6);
}

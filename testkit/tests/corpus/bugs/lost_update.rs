//! A ledger that reads a balance, adds a posting and writes the balance back. A posting in between is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

#[derive(Default)]
struct Ledger {
    balances: Mutex<BTreeMap<&'static str, i64>>,
    journal: Mutex<Vec<(&'static str, i64)>>,
}

impl Ledger {
    async fn balance(&self, account: &str) -> i64 {
        self.balances.lock().await.get(account).copied().unwrap_or(0)
    }

    async fn post<const FIXED: bool>(&self, account: &'static str, amount: i64) {
        self.journal.lock().await.push((account, amount));
        if FIXED {
            *self.balances.lock().await.entry(account).or_default() += amount;
        } else {
            let balance = self.balance(account).await;
            self.balances.lock().await.insert(account, balance + amount);
        }
    }
}

async fn teller<const FIXED: bool>(ledger: Arc<Ledger>, mut orders: mpsc::Receiver<(&'static str, i64)>) {
    while let Some((account, amount)) = orders.recv().await {
        ledger.post::<FIXED>(account, amount).await;
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let ledger = Arc::new(Ledger::default());
    let mut counters = Vec::new();
    let mut tellers = Vec::new();
    for _ in 0..2 {
        let (counter, orders) = mpsc::channel(4);
        tellers.push(crate::spawn("teller", teller::<FIXED>(ledger.clone(), orders)));
        counters.push(counter);
    }
    for (counter, account) in counters.iter().zip(["rent", "food"]) {
        counter.send((account, 70)).await.unwrap();
        counter.send(("savings", 30)).await.unwrap();
    }
    drop(counters);
    for teller in tellers {
        teller.await.unwrap();
    }
    let booked: i64 = ledger.journal.lock().await.iter().map(|(_, amount)| amount).sum();
    assert_eq!(booked, 200);
    assert_eq!(ledger.balance("savings").await, 60, "a posting is in the journal, but not in the balance");
}

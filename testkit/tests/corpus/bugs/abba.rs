//! A bank that locks the paying account of a transfer first, and the receiving account second. Two opposite transfers
//! deadlock.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

const ACCOUNTS: usize = 6;
const OPENING: i64 = 100;

struct Bank {
    accounts: Vec<Mutex<i64>>,
}

impl Bank {
    async fn transfer<const FIXED: bool>(&self, from: usize, to: usize, amount: i64) {
        let (mut payer, mut payee) = if FIXED && to < from {
            let payee = self.accounts[to].lock().await;
            (self.accounts[from].lock().await, payee)
        } else {
            let payer = self.accounts[from].lock().await;
            (payer, self.accounts[to].lock().await)
        };
        *payer -= amount;
        *payee += amount;
    }

    async fn deposit(&self, account: usize, amount: i64) {
        *self.accounts[account].lock().await += amount;
    }
}

async fn clerk<const FIXED: bool>(bank: Arc<Bank>, mut orders: mpsc::Receiver<(usize, usize, i64)>) {
    while let Some((from, to, amount)) = orders.recv().await {
        bank.transfer::<FIXED>(from, to, amount).await;
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let bank = Arc::new(Bank { accounts: (0..ACCOUNTS).map(|_| Mutex::new(OPENING)).collect() });
    let mut tasks = Vec::new();
    for account in [4, 5, 4, 5] {
        let bank = bank.clone();
        tasks.push(crate::spawn("deposit", async move {
            for amount in 1..=3 {
                bank.deposit(account, amount).await;
            }
        }));
    }
    // Each clerk has orders that conflict with no others, and one that does.
    for orders in [[(0, 4, 5), (0, 1, 10)], [(1, 5, 5), (1, 0, 10)], [(2, 4, 5), (2, 3, 10)]] {
        let (desk, inbox) = mpsc::channel(orders.len());
        tasks.push(crate::spawn("clerk", clerk::<FIXED>(bank.clone(), inbox)));
        for order in orders {
            desk.send(order).await.unwrap();
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    let mut total = 0;
    for account in &bank.accounts {
        total += *account.lock().await;
    }
    assert_eq!(total, OPENING * ACCOUNTS as i64 + 24);
}

//! A wallet that checks its balance under a read lock and pays under a write lock. Two payments may both find enough
//! money.

use std::sync::Arc;

use tokio::sync::{RwLock, mpsc};

struct Wallet {
    balance: RwLock<i64>,
    receipts: mpsc::Sender<i64>,
}

impl Wallet {
    async fn pay<const FIXED: bool>(&self, amount: i64) -> bool {
        if FIXED {
            let mut balance = self.balance.write().await;
            if *balance < amount {
                return false;
            }
            *balance -= amount;
        } else {
            if *self.balance.read().await < amount {
                return false;
            }
            *self.balance.write().await -= amount;
        }
        self.receipts.send(amount).await.unwrap();
        true
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let (receipts, mut printing) = mpsc::channel(2);
    let wallet = Arc::new(Wallet { balance: RwLock::new(100), receipts });
    let printer = crate::spawn("printer", async move {
        let mut paid = 0;
        while let Some(amount) = printing.recv().await {
            paid += amount;
        }
        paid
    });
    let payments: Vec<_> = [60, 30, 50]
        .into_iter()
        .map(|amount| {
            let wallet = wallet.clone();
            crate::spawn("payment", async move { wallet.pay::<FIXED>(amount).await })
        })
        .collect();

    // Prints a statement concurrently.
    let looking = wallet.clone();
    let looking = crate::spawn("statement", async move {
        for _ in 0..3 {
            assert!(*looking.balance.read().await <= 100);
        }
    });
    for payment in payments {
        payment.await.unwrap();
    }
    looking.await.unwrap();
    let balance = *wallet.balance.read().await;
    drop(wallet);
    let paid = printer.await.unwrap();
    assert_eq!(balance, 100 - paid);
    assert!(balance >= 0, "the wallet has paid {paid} of 100");
}

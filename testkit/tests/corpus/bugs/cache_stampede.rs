//! A read-through cache of prices. Two concurrent misses load the price twice, and the slower one overwrites a newer
//! price.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, RwLock};

#[derive(Default)]
struct Database {
    prices: RwLock<BTreeMap<&'static str, u32>>,
    queries: Mutex<u32>,
}

impl Database {
    async fn price(&self, item: &str) -> u32 {
        let price = self.prices.read().await[item];
        *self.queries.lock().await += 1;
        price
    }
}

#[derive(Default)]
struct Prices<const FIXED: bool> {
    database: Database,
    cached: RwLock<BTreeMap<&'static str, u32>>,
    /// Held from the query until its result is cached.
    loading: Mutex<()>,
}

impl<const FIXED: bool> Prices<FIXED> {
    async fn get(&self, item: &'static str) -> u32 {
        if let Some(price) = self.cached.read().await.get(item) {
            return *price;
        }
        let _loading = if FIXED { Some(self.loading.lock().await) } else { None };
        if FIXED && let Some(price) = self.cached.read().await.get(item) {
            return *price;
        }
        let price = self.database.price(item).await;
        self.cached.write().await.insert(item, price);
        price
    }

    async fn set(&self, item: &'static str, price: u32) {
        self.database.prices.write().await.insert(item, price);
        let _loading = if FIXED { Some(self.loading.lock().await) } else { None };
        self.cached.write().await.remove(item);
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let prices = Arc::new(Prices::<FIXED>::default());
    prices.set("tea", 1).await;
    let shoppers: Vec<_> = (0..2)
        .map(|_| {
            let prices = prices.clone();
            crate::spawn("shopper", async move { prices.get("tea").await })
        })
        .collect();
    let merchant = prices.clone();
    let merchant = crate::spawn("merchant", async move { merchant.set("tea", 2).await });

    for shopper in shoppers {
        shopper.await.unwrap();
    }
    merchant.await.unwrap();
    assert_eq!(prices.get("tea").await, 2, "the cache keeps an outdated price");
}

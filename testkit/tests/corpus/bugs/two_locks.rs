//! A warehouse with separate locks for its stock and its reservations. An order that reads one before a shipment and
//! the other after it finds more free items than there are.

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};

const SHELVES: usize = 3;

struct Shelf {
    stock: Mutex<i32>,
    reserved: Mutex<i32>,
}

impl Shelf {
    fn new(stock: i32, reserved: i32) -> Self {
        Shelf { stock: Mutex::new(stock), reserved: Mutex::new(reserved) }
    }

    /// Reserves a number of items if they are free.
    async fn order<const FIXED: bool>(&self, count: i32) -> bool {
        let (in_stock, mut reserved) = if FIXED {
            let reserved = self.reserved.lock().await;
            (*self.stock.lock().await, reserved)
        } else {
            let in_stock = *self.stock.lock().await;
            (in_stock, self.reserved.lock().await)
        };
        let is_free = in_stock - *reserved >= count;
        if is_free {
            *reserved += count;
        }
        is_free
    }

    /// Ships the reserved items.
    async fn ship(&self, count: i32) {
        let mut reserved = self.reserved.lock().await;
        let mut stock = self.stock.lock().await;
        *stock -= count;
        *reserved -= count;
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let shelves: Arc<Vec<_>> = Arc::new((0..SHELVES).map(|_| Shelf::new(10, 6)).collect());
    let doors = Arc::new(Semaphore::new(2));
    let mut tasks = Vec::new();
    for at in 0..SHELVES {
        let ordered = shelves.clone();
        tasks.push(crate::spawn("order", async move {
            for count in [5, 3] {
                ordered[at].order::<FIXED>(count).await;
            }
        }));
        let (shipped, doors) = (shelves.clone(), doors.clone());
        tasks.push(crate::spawn("shipment", async move {
            let _door = doors.acquire().await.unwrap();
            shipped[at].ship(4).await;
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for shelf in shelves.iter() {
        let (stock, reserved) = (*shelf.stock.lock().await, *shelf.reserved.lock().await);
        assert!(reserved <= stock, "{reserved} are reserved, and {stock} are there");
    }
}

//! A shop that sends new customers to one service and their orders to another, and assumes that they arrive in that
//! order. Two channels have no common order.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

type Customers = Arc<Mutex<BTreeSet<u32>>>;

async fn register(mut joining: mpsc::Receiver<(u32, oneshot::Sender<()>)>, customers: Customers) {
    while let Some((customer, done)) = joining.recv().await {
        customers.lock().await.insert(customer);
        // The result may be ignored.
        _ = done.send(());
    }
}

async fn bill(mut orders: mpsc::Receiver<u32>, customers: Customers) -> Vec<u32> {
    let mut unknown = Vec::new();
    while let Some(customer) = orders.recv().await {
        if !customers.lock().await.contains(&customer) {
            unknown.push(customer);
        }
    }
    unknown
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let customers = Customers::default();
    let (join, joining) = mpsc::channel(4);
    let (order, orders) = mpsc::channel(4);
    let registry = crate::spawn("registry", register(joining, customers.clone()));
    let billing = crate::spawn("billing", bill(orders, customers));

    for customer in 1..=3 {
        let (done, registered) = oneshot::channel();
        join.send((customer, done)).await.unwrap();
        if FIXED {
            registered.await.unwrap();
        }
        order.send(customer).await.unwrap();
    }
    drop((join, order));

    registry.await.unwrap();
    let unknown = billing.await.unwrap();
    assert!(unknown.is_empty(), "orders of customers {unknown:?} arrived before their registration");
}

//! A replica that follows a broadcast of changes. It mistakes the `Lagged` error of a slow receiver for the end of the
//! channel, and is stale from then on.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, broadcast, mpsc};

type Table = BTreeMap<u32, u32>;
type Change = (u32, u32);

async fn run(table: Arc<Mutex<Table>>, mut writes: mpsc::Receiver<Change>, changes: broadcast::Sender<Change>) {
    while let Some((key, value)) = writes.recv().await {
        let mut table = table.lock().await;
        table.insert(key, value);
        // A table may have no replicas.
        _ = changes.send((key, value));
    }
}

async fn replicate<const FIXED: bool>(primary: Arc<Mutex<Table>>, mut changes: broadcast::Receiver<Change>) -> Table {
    let mut replica = Table::new();
    loop {
        match changes.recv().await {
            Ok((key, value)) => _ = replica.insert(key, value),
            Err(RecvError::Closed) => return replica,
            Err(RecvError::Lagged(_)) if FIXED => {
                // Keeps the table locked, so no change is missed or applied twice.
                let primary = primary.lock().await;
                replica = primary.clone();
                changes = changes.resubscribe();
            }
            Err(RecvError::Lagged(_)) => return replica,
        }
    }
}

async fn write(writes: mpsc::Sender<Change>, keys: [u32; 5]) {
    for key in keys {
        writes.send((key, key * key)).await.unwrap();
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let table = Arc::new(Mutex::new(Table::new()));
    let (changes, following) = broadcast::channel(6);
    let (writes, queue) = mpsc::channel(2);
    let replica = crate::spawn("replica", replicate::<FIXED>(table.clone(), following));
    let primary = crate::spawn("primary", run(table.clone(), queue, changes));
    let writers = [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]].map(|keys| crate::spawn("writer", write(writes.clone(), keys)));
    drop(writes);

    for writer in writers {
        writer.await.unwrap();
    }
    primary.await.unwrap();
    let replica = replica.await.unwrap();
    assert_eq!(replica, *table.lock().await, "the replica differs from the primary");
}

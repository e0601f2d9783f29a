//! A client that repeats a request after a timeout, although the server may just have handled the first one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{sleep, timeout};

const WORK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_millis(200);

struct Charge {
    id: u32,
    amount: u32,
    reply: oneshot::Sender<()>,
}

async fn server<const FIXED: bool>(mut charges: mpsc::Receiver<Charge>, charged: Arc<Mutex<u32>>) {
    let mut seen = BTreeSet::new();
    while let Some(charge) = charges.recv().await {
        sleep(WORK).await;
        if !FIXED || seen.insert(charge.id) {
            *charged.lock().await += charge.amount;
        }
        // The client may have timed out.
        _ = charge.reply.send(());
    }
}

async fn client(server: mpsc::Sender<Charge>, id: u32, amount: u32) {
    for _ in 0..5 {
        let (reply, replied) = oneshot::channel();
        server.send(Charge { id, amount, reply }).await.ok().unwrap();
        if timeout(PATIENCE, replied).await.is_ok() {
            return;
        }
    }
    panic!("charge {id} has not been answered");
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let charged = Arc::new(Mutex::new(0));
    let (to_server, charges) = mpsc::channel(8);
    let serving = crate::spawn("server", server::<FIXED>(charges, charged.clone()));
    let mut clients = Vec::new();
    for id in 0..4 {
        clients.push(crate::spawn("client", client(to_server.clone(), id, 10)));
    }
    drop(to_server);
    for client in clients {
        client.await.unwrap();
    }
    serving.await.unwrap();
    assert_eq!(*charged.lock().await, 40, "four charges of 10");
}

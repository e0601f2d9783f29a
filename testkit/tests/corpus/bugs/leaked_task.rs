//! A server that aborts its connections when it shuts down. One that is authenticated meanwhile is started afterwards, and
//! left.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

type Abort = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Connections {
    is_closed: bool,
    running: Vec<Abort>,
}

#[derive(Default)]
struct Server {
    connections: Mutex<Connections>,
    users: Mutex<Vec<&'static str>>,
}

impl Server {
    async fn accept<const FIXED: bool>(&self, user: &'static str, requests: mpsc::Receiver<u32>) {
        if self.connections.lock().await.is_closed {
            return;
        }
        self.users.lock().await.push(user);
        let mut connections = self.connections.lock().await;
        if FIXED && connections.is_closed {
            return;
        }
        let connection = crate::spawn("connection", serve(requests));
        connections.running.push(Box::new(move || connection.abort()));
    }

    async fn shut_down(&self) {
        let mut connections = self.connections.lock().await;
        connections.is_closed = true;
        for abort in connections.running.drain(..) {
            abort();
        }
    }
}

async fn serve(mut requests: mpsc::Receiver<u32>) -> u32 {
    let mut served = 0;
    while requests.recv().await.is_some() {
        served += 1;
    }
    served
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let server = Arc::new(Server::default());
    let mut clients = Vec::new();
    let mut accepting = Vec::new();
    for user in ["ann", "bob"] {
        let (client, requests) = mpsc::channel(1);
        clients.push(client);
        let server = server.clone();
        accepting.push(crate::spawn("accept", async move { server.accept::<FIXED>(user, requests).await }));
    }
    let stopping = server.clone();
    let stopping = crate::spawn("shutdown", async move { stopping.shut_down().await });

    stopping.await.unwrap();
    for accepting in accepting {
        accepting.await.unwrap();
    }
    // A client sees that its connection is closed.
    for client in clients {
        client.closed().await;
    }
}

//! A pool of connections. A connection that fails its health check frees its slot before its replacement is open. If
//! another task takes the slot, there are more connections than the server allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Mutex;

const LIMIT: usize = 2;

#[derive(Default)]
struct Server {
    open: AtomicUsize,
    handshakes: Mutex<usize>,
    queries: Mutex<usize>,
}

struct Connection {
    server: Arc<Server>,
    is_stale: bool,
}

impl Connection {
    async fn open(server: &Arc<Server>) -> Self {
        *server.handshakes.lock().await += 1;
        let others = server.open.fetch_add(1, Ordering::Relaxed);
        assert!(others < LIMIT, "the server refuses a connection: it has {others}");
        Connection { server: server.clone(), is_stale: false }
    }

    /// Returns whether the server answers.
    async fn query(&self) -> bool {
        *self.server.queries.lock().await += 1;
        !self.is_stale
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.server.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Places {
    taken: usize,
    idle: Vec<Connection>,
}

#[derive(Default)]
struct Pool {
    server: Arc<Server>,
    places: Mutex<Places>,
}

impl Pool {
    async fn check_out<const FIXED: bool>(&self) -> Option<Connection> {
        let mut places = self.places.lock().await;
        let Some(connection) = places.idle.pop() else {
            if places.taken == LIMIT {
                return None;
            }
            places.taken += 1;
            drop(places);
            return Some(Connection::open(&self.server).await);
        };
        drop(places);
        if connection.query().await {
            return Some(connection);
        }
        drop(connection);
        if FIXED {
            // The new connection keeps the slot of the stale one.
            Some(Connection::open(&self.server).await)
        } else {
            self.places.lock().await.taken -= 1;
            let connection = Connection::open(&self.server).await;
            self.places.lock().await.taken += 1;
            Some(connection)
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let pool = Arc::new(Pool::default());
    let healthy = pool.check_out::<FIXED>().await.unwrap();
    let mut stale = pool.check_out::<FIXED>().await.unwrap();
    stale.is_stale = true;
    pool.places.lock().await.idle.extend([healthy, stale]);

    let requests = [(); 3].map(|()| {
        let pool = pool.clone();
        crate::spawn("request", async move {
            // A request without a connection is rejected.
            let Some(connection) = pool.check_out::<FIXED>().await else { return };
            connection.query().await;
            pool.places.lock().await.idle.push(connection);
        })
    });
    for request in requests {
        request.await.unwrap();
    }
}

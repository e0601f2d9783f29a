//! A pool of connections. One that fails its health check gives up its place before its replacement is open, so that
//! somebody else takes the place, and there are more connections than the server allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Mutex;

const LIMIT: usize = 2;

/// The server, and how many connections it has.
#[derive(Clone, Default)]
struct Server {
    open: Arc<AtomicUsize>,
    handshakes: Arc<Mutex<usize>>,
    queries: Arc<Mutex<usize>>,
}

impl Server {
    async fn connect(&self) -> Connection {
        *self.handshakes.lock().await += 1;
        let open = self.open.fetch_add(1, Ordering::Relaxed);
        assert!(open < LIMIT, "the server refuses a connection: it has {LIMIT}");
        Connection { server: self.clone(), is_stale: false }
    }
}

struct Connection {
    server: Server,
    is_stale: bool,
}

impl Connection {
    async fn is_healthy(&self) -> bool {
        *self.server.queries.lock().await += 1;
        !self.is_stale
    }

    async fn query(&self) {
        *self.server.queries.lock().await += 1;
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
    server: Server,
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
            return Some(self.server.connect().await);
        };
        drop(places);
        if connection.is_healthy().await {
            return Some(connection);
        }
        drop(connection);
        if FIXED {
            // It keeps the place of the stale one.
            Some(self.server.connect().await)
        } else {
            self.places.lock().await.taken -= 1;
            let connection = self.server.connect().await;
            self.places.lock().await.taken += 1;
            Some(connection)
        }
    }

    async fn check_in(&self, connection: Connection) {
        self.places.lock().await.idle.push(connection);
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let pool = Arc::new(Pool::default());
    let mut first = pool.check_out::<FIXED>().await.unwrap();
    let second = pool.check_out::<FIXED>().await.unwrap();
    first.is_stale = true;
    pool.check_in(second).await;
    pool.check_in(first).await;

    let requests: Vec<_> = (0..3)
        .map(|_| {
            let pool = pool.clone();
            crate::spawn("request", async move {
                // A request that finds none is turned away.
                if let Some(connection) = pool.check_out::<FIXED>().await {
                    connection.query().await;
                    pool.check_in(connection).await;
                }
            })
        })
        .collect();
    for request in requests {
        request.await.unwrap();
    }
}

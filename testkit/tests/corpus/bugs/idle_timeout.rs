//! A client that closes an idle connection. It checks that the connection is idle and closes it a moment later, which
//! cuts off a request that started in between.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, sleep_until};

const IDLE: Duration = Duration::from_secs(30);

struct Connection {
    is_open: bool,
    requests: u32,
    last_used: Instant,
}

struct Client {
    connection: Mutex<Connection>,
    /// Number of times that the connection was closed.
    closed: Mutex<u32>,
}

impl Client {
    async fn request(&self) {
        let mut connection = self.connection.lock().await;
        connection.is_open = true;
        connection.requests += 1;
        connection.last_used = Instant::now();
        drop(connection);
        sleep(Duration::from_millis(20)).await;
        let mut connection = self.connection.lock().await;
        assert!(connection.is_open, "a request was cut off");
        connection.requests -= 1;
        connection.last_used = Instant::now();
    }

    /// Closes the connection if it is idle. Returns when to check again.
    async fn close_idle<const FIXED: bool>(&self) -> Instant {
        let mut connection = self.connection.lock().await;
        let is_idle = connection.requests == 0 && connection.last_used.elapsed() >= IDLE;
        let next = if is_idle { Instant::now() } else { connection.last_used } + IDLE;
        if is_idle {
            if FIXED {
                connection.is_open = false;
                drop(connection);
                *self.closed.lock().await += 1;
            } else {
                drop(connection);
                *self.closed.lock().await += 1;
                self.connection.lock().await.is_open = false;
            }
        }
        next
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let connection = Connection { is_open: false, requests: 0, last_used: Instant::now() };
    let client = Arc::new(Client { connection: Mutex::new(connection), closed: Mutex::new(0) });
    let closer = client.clone();
    let closer = crate::spawn("closer", async move {
        loop {
            sleep_until(closer.close_idle::<FIXED>().await).await;
        }
    });
    let user = client.clone();
    let user = crate::spawn("user", async move {
        for _ in 0..4 {
            user.request().await;
            sleep(IDLE).await;
        }
    });
    user.await.unwrap();
    closer.abort();
}

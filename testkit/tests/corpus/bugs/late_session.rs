//! A registry of sessions. Registration checks under one lock whether the registry is closed, and adds the session
//! under another. If the registry is closed and emptied in between, the session stays open forever.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, oneshot};

/// Notifies the session's owner when the session is over.
type Session = oneshot::Sender<()>;

#[derive(Default)]
struct Registry {
    is_closed: Mutex<bool>,
    last_number: Mutex<u32>,
    sessions: Mutex<BTreeMap<u32, Session>>,
}

impl Registry {
    async fn number(&self) -> u32 {
        let mut last = self.last_number.lock().await;
        *last += 1;
        *last
    }

    async fn register<const FIXED: bool>(&self, session: Session) {
        if FIXED {
            let number = self.number().await;
            let is_closed = self.is_closed.lock().await;
            if !*is_closed {
                self.sessions.lock().await.insert(number, session);
            }
        } else {
            if *self.is_closed.lock().await {
                return;
            }
            let number = self.number().await;
            self.sessions.lock().await.insert(number, session);
        }
    }

    async fn close(&self) {
        *self.is_closed.lock().await = true;
        let sessions = std::mem::take(&mut *self.sessions.lock().await);
        for session in sessions.into_values() {
            // The client may have been dropped already.
            _ = session.send(());
        }
    }
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let registry = Arc::new(Registry::default());
    let clients: Vec<_> = (0..3)
        .map(|_| {
            let registry = registry.clone();
            crate::spawn("client", async move {
                let (session, over) = oneshot::channel();
                registry.register::<FIXED>(session).await;
                // The session is over or was rejected.
                _ = over.await;
            })
        })
        .collect();
    let closing = registry.clone();
    let closing = crate::spawn("closing", async move { closing.close().await });

    closing.await.unwrap();
    for client in clients {
        client.await.unwrap();
    }
}

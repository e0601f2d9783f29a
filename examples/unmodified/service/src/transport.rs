//! The way out for mail.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::sleep;

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub text: String,
}

/// A mail server, which takes a while for each mail.
#[derive(Default)]
pub struct Transport {
    sent: Mutex<Vec<Mail>>,
}

impl Transport {
    pub(crate) async fn send(&self, mail: Mail) {
        sleep(Duration::from_millis(50)).await;
        self.sent.lock().await.push(mail);
    }

    /// Returns all mail that was sent.
    pub async fn sent(&self) -> Vec<Mail> {
        self.sent.lock().await.clone()
    }
}

//! Welcomes three users.

use std::sync::Arc;

use unmodified_service::{Mailer, Transport};

#[tokio::main]
async fn main() {
    let transport = Arc::new(Transport::default());
    let mailer = Mailer::start(transport.clone(), 2);
    for user in ["ada", "grace", "barbara"] {
        mailer.welcome(user).await;
    }
    mailer.stop().await;
    println!("{} mails sent", transport.sent().await.len());
}

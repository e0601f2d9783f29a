//! Tests of a service in plain tokio.

use std::sync::Arc;
use std::time::Duration;

use testkit::{Explorer, FailureKind, Sim};
use unmodified_service::{Mailer, Transport};

#[testkit::test]
async fn a_user_is_welcomed_within_a_second(sim: Sim) {
    let transport = Arc::new(Transport::default());
    let mailer = Mailer::start(transport.clone(), 2);
    mailer.welcome("ada").await;
    sim.sleep(Duration::from_secs(1)).await;
    assert_eq!(transport.sent().await.len(), 1);
    mailer.stop().await;
}

/// Fails under `cargo testkit`.
#[testkit::test]
#[ignore = "fails under `cargo testkit`, because the service has a bug"]
async fn a_user_is_welcomed_once() {
    welcomes_twice().await;
}

async fn welcomes_twice() {
    let transport = Arc::new(Transport::default());
    let mailer = Mailer::start(transport.clone(), 2);
    mailer.welcome("ada").await;
    mailer.welcome("ada").await;
    mailer.stop().await;
    assert_eq!(transport.sent().await.len(), 1);
}

/// An ordinary `cargo test` never interrupts a worker between two locks that are free, and so finds nothing.
#[test]
fn only_cargo_testkit_finds_the_bug() {
    let outcome = Explorer::new().run(|_| welcomes_twice());
    let kind = outcome.failure().map(|failure| failure.kind());
    assert_eq!(kind, testkit::has_tokio_hooks().then_some(FailureKind::Panic));
}

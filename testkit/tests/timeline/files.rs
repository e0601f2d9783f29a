//! What a failure of `#[testkit::test]` writes.

use testkit::Sim;

use crate::samples;

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn transfers_end(sim: Sim) {
    samples::deadlock(sim).await;
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn letters_are_read(sim: Sim) {
    samples::missed_waker(sim).await;
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn all_is_received(sim: Sim) {
    samples::long(sim).await;
}

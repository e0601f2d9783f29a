//! Correct code that uses tokio, futures, tokio-stream and tokio-util passes, unmodified, under 200 schedules each.

mod channels;
mod futures;
mod locks;
mod macros;
mod raw_tasks;
mod streams;
mod timers;
mod tokio_util;

use std::future::Future;

use testkit::{Explorer, Sim};
use tokio::time::interval;

use crate::support::MILLISECOND;

/// Asserts that a test passes under 200 schedules, and under 200 more beside a ticking timer. The timer causes idle
/// points (no task is ready), at which the executor polls waiting tasks without a wake.
#[track_caller]
fn passes<F, R>(test: F)
where
    F: Fn(Sim) -> R + Send + Sync + Clone + 'static,
    R: Future<Output = ()> + 'static,
{
    crate::support::passes(Explorer::new().schedules(200), test.clone());
    crate::support::passes(Explorer::new().schedules(200), move |sim: Sim| {
        let testing = test(sim);
        async move {
            let ticking = sim.spawn("ticking", async {
                let mut tick = interval(7 * MILLISECOND);
                loop {
                    tick.tick().await;
                }
            });
            testing.await;
            ticking.abort();
        }
    });
}

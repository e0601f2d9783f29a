//! How well the search finds bugs: a corpus of realistic ones, each with its fixed twin.
//!
//! The bugs are plain code of services. Nothing in them helps the search: it has tokio's own operations to go by, and no more.

mod bugs;

use std::future::Future;

use bugs::CORPUS;
use di_core::task::JoinHandle;
use testkit::{Explorer, Sim};

/// Spawns a task of a bug's component.
#[track_caller]
pub(crate) fn spawn<T: Send + 'static>(
    name: &'static str,
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    Sim::current().spawn(name, task)
}

#[test]
fn no_fixed_twin_raises_an_alarm() {
    for bug in CORPUS {
        let fixed = bug.fixed;
        let outcome = Explorer::new().schedules(5_000).run(move |_| fixed());
        if let Some(failure) = outcome.failure() {
            panic!("the fixed `{}` fails: {failure}", bug.name);
        }
    }
}

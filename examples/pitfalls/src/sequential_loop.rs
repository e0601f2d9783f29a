//! A loop that was meant to be concurrent, but is sequential.
//!
//! Alan stores a shard on three hosts at once. In Java, one would call the method for each host, keep the
//! `CompletableFuture`s and wait for them: the call starts the work. The same code in Rust takes three times as long as
//! one host.
//!
//! Calling an `async fn` only creates a future, which starts when it is first awaited. The second one starts after the
//! first has completed. Only the time is wrong, and no test checked it, since real time depends on the machine.
//!
//! Detection: under testkit, time is virtual and exact. Three concurrent puts of one second each take exactly one
//! second.
//!
//! Fix: `join_all`, which polls all of them; `buffer_unordered` if there are many; or a task for each.

use std::time::Duration;

use futures_util::future::join_all;
use testkit::Sim;
use tokio::time::sleep;

use crate::report::explorer;
use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "sequential_loop",
    pitfall: "three hosts take three times as long as one: futures created in a loop run one after the other",
    fix: "Poll them together: `join_all`, or `buffer_unordered` for many. A future starts at its first poll.",
    source: Source { file: file!(), text: include_str!("sequential_loop.rs") },
    uncompiled: None,
    run_wrong: || explorer().run(|sim| three_puts_take_one_second(sim, wrong::replicate)).into(),
    run_fixed: || explorer().run(|sim| three_puts_take_one_second(sim, fixed::replicate)).into(),
};

mod wrong {
    use super::*;

    pub(super) async fn replicate(hosts: &[&str]) {
        let puts: Vec<_> = hosts.iter().map(|host| put(host)).collect(); // nothing runs yet
        for put in puts {
            put.await;
        }
    }
}

mod fixed {
    use super::*;

    pub(super) async fn replicate(hosts: &[&str]) {
        join_all(hosts.iter().map(|host| put(host))).await;
    }
}

/// Stores a shard on a host, which takes a second.
async fn put(_host: &str) {
    sleep(Duration::from_secs(1)).await;
}

async fn three_puts_take_one_second(sim: Sim, replicate: impl AsyncFn(&[&str])) {
    replicate(&["host-1", "host-2", "host-3"]).await;
    assert_eq!(sim.elapsed(), Duration::from_secs(1), "three concurrent puts take as long as one");
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn three_hosts_take_three_times_as_long() {
        assert_eq!((CHAPTER.run_wrong)().failure_kind, Some(FailureKind::Panic));
    }

    #[test]
    fn three_hosts_take_as_long_as_one() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}

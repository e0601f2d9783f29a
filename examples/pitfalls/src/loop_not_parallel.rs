//! A loop that was to run in parallel, and does not.
//!
//! Alan puts a shard on three hosts at once. In Java he would call the method for each, keep the `CompletableFuture`s, and wait
//! for them: the call begins the work. He writes the same, and it works, in three times the time of one host.
//!
//! A call of an `async fn` does nothing but make a future. It begins at its first `await`, and so the second one begins when
//! the first is over. Nothing is wrong but the time, which no test of his looked at, as it depends on the machine.
//!
//! What finds it: time is virtual under testkit, and exact: three puts of a second at once take a second, neither more nor less.
//! What mends it: `join_all`, which polls all of them; where they are many, `buffer_unordered`; or a task for each.

use std::time::Duration;

use futures_util::future::join_all;
use testkit::Sim;
use tokio::time::sleep;

use crate::{Chapter, Source};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "loop_not_parallel",
    pitfall: "three hosts take three times as long as one: futures made in a loop run one after the other",
    mend: "Poll them together: `join_all`, or `buffer_unordered` where they are many. A future begins at its first poll.",
    source: Source { file: file!(), text: include_str!("loop_not_parallel.rs") },
    uncompiled: None,
    wrong: || explorer().run(|sim| all_hosts_are_put_to_at_once(sim, wrong::replicate)).into(),
    right: || explorer().run(|sim| all_hosts_are_put_to_at_once(sim, right::replicate)).into(),
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

mod right {
    use super::*;

    pub(super) async fn replicate(hosts: &[&str]) {
        join_all(hosts.iter().map(|host| put(host))).await;
    }
}

/// Puts a shard on a host, which takes a second.
async fn put(_host: &str) {
    sleep(Duration::from_secs(1)).await;
}

async fn all_hosts_are_put_to_at_once(sim: Sim, replicate: impl AsyncFn(&[&str])) {
    replicate(&["host-1", "host-2", "host-3"]).await;
    assert_eq!(sim.elapsed(), Duration::from_secs(1), "three hosts take as long as one");
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn three_hosts_take_three_times_as_long() {
        assert_eq!((CHAPTER.wrong)().kind, Some(FailureKind::Panic));
    }

    #[test]
    fn three_hosts_take_as_long_as_one() {
        assert!((CHAPTER.right)().is_pass);
    }
}

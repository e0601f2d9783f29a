//! A borrow that lasts across an `await`: the compiler refuses it, and says so in other words.
//!
//! Alan sends a chunk to all hosts, and counts what was sent in a field. Each send is a method with `&mut self`, as it would be
//! in Java. As a loop of calls it compiles; as a list of futures, to be polled together, it does not.
//!
//! A future keeps what its function was called with until it is over. So the first send holds `self` mutably for as long as it
//! is in the list, and there is no room for a second. That is no whim: the futures run in turn, each from one `await` to the
//! next, and the count would change under the hands of the others.
//!
//! What finds it: `rustc`, which is run here. What mends it: a future that takes what it needs and returns what it has done; who
//! polls all of them adds it up. A `Mutex` in the field would compile, too, and be a lock where none is needed.

use std::process::{Command, Stdio};

use testkit::Sim;

use crate::{Chapter, Source, Verdict};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "borrow_across_await",
    pitfall: "it does not compile: each future of a `&mut self` method holds `self` until it is over",
    mend: "Have the futures borrow what they read, and return what they have done; add it up where all are polled.",
    source: Source { file: file!(), text: include_str!("mod.rs") },
    uncompiled: Some(WRONG),
    wrong: || compile(WRONG),
    right: || explorer().run(|_: Sim| what_was_sent_is_counted()).into(),
};

const WRONG: Source =
    Source { file: "examples/pitfalls/src/borrow_across_await/wrong.rs", text: include_str!("wrong.rs") };

mod right {
    use futures_util::future::join_all;

    pub(super) struct Replicator {
        pub(super) sent: usize,
    }

    impl Replicator {
        pub(super) async fn replicate(&mut self, hosts: &[String], chunk: &[u8]) {
            let sent = join_all(hosts.iter().map(|host| send(host, chunk))).await;
            self.sent += sent.iter().sum::<usize>();
        }
    }

    async fn send(host: &str, chunk: &[u8]) -> usize {
        super::transmit(host, chunk).await;
        chunk.len()
    }
}

async fn transmit(_host: &str, _chunk: &[u8]) {
    tokio::task::yield_now().await;
}

async fn what_was_sent_is_counted() {
    let hosts = ["host-1", "host-2", "host-3"].map(str::to_owned);
    let mut replicator = right::Replicator { sent: 0 };
    replicator.replicate(&hosts, b"a chunk").await;
    assert_eq!(replicator.sent, 3 * b"a chunk".len());
}

/// What the compiler says of a file that needs std only.
fn compile(source: Source) -> Verdict {
    let name = source.file.rsplit('/').next().unwrap_or(source.file);
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--color=never", "-"]);
    rustc.current_dir(std::env::temp_dir()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let compiled = rustc.spawn().and_then(|mut running| {
        use std::io::Write;
        running.stdin.take().expect("it is piped").write_all(source.text.as_bytes())?;
        running.wait_with_output()
    });
    match compiled {
        Err(error) => Verdict::wrong(format!(
            "`rustc` cannot be run: {error}. Install it, or put its folder into PATH; tests/snapshots has what it says\n"
        )),
        Ok(output) if output.status.success() => Verdict::right("it compiles\n"),
        Ok(output) => Verdict::wrong(String::from_utf8_lossy(&output.stderr).replace("<anon>", name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_futures_cannot_hold_self() {
        let report = (CHAPTER.wrong)().to_string();
        assert!(report.contains("E0499"), "{report}");
    }

    #[test]
    fn futures_that_return_what_they_did_can_be_polled_together() {
        assert!((CHAPTER.right)().is_pass);
    }
}

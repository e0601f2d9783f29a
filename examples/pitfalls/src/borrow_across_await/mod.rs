//! A borrow held across an `await`: the compiler rejects it, and the error does not mention futures.
//!
//! Alan sends a chunk to every host with a method that mutates `self`, as one would in Java: the method counts the sent
//! bytes. This compiles if each call is awaited immediately, but not if the futures are put into a list first.
//!
//! A future holds the arguments of its function until it completes. While the first send is in the list, it keeps its
//! mutable borrow of `self`, so a second one is an error. The compiler has a point: futures that are polled together
//! interleave at each `await`, and each could change the count while another one uses it.
//!
//! Detection: `rustc`, which this chapter runs.
//!
//! Fix: each future borrows only what it reads and returns its result. The caller, which polls all of them, adds up the
//! results. A `Mutex` around the field would also compile, but it adds a lock that is not needed.

use std::process::{Command, Stdio};

use testkit::Sim;

use crate::report::explorer;
use crate::{Chapter, Report, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "borrow_across_await",
    pitfall: "a list of sends does not compile: the future of a `&mut self` method borrows `self` until it completes",
    fix: "Let each future borrow only what it reads and return its result. Add up the results in the caller.",
    source: Source { file: file!(), text: include_str!("mod.rs") },
    uncompiled: Some(WRONG),
    run_wrong: || compile(WRONG),
    run_fixed: || explorer().run(|_: Sim| sent_bytes_are_counted()).into(),
};

const WRONG: Source =
    Source { file: "examples/pitfalls/src/borrow_across_await/wrong.rs", text: include_str!("wrong.rs") };

mod fixed {
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

async fn sent_bytes_are_counted() {
    let hosts = ["host-1", "host-2", "host-3"].map(str::to_owned);
    let mut replicator = fixed::Replicator { sent: 0 };
    replicator.replicate(&hosts, b"a chunk").await;
    assert_eq!(replicator.sent, 3 * b"a chunk".len());
}

/// Compiles a file that uses only std, and reports the errors.
fn compile(source: Source) -> Report {
    let name = source.file.rsplit('/').next().unwrap_or(source.file);
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--color=never", "-"]);
    rustc.current_dir(std::env::temp_dir()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let compiled = rustc.spawn().and_then(|mut running| {
        use std::io::Write;
        running.stdin.take().expect("stdin is piped").write_all(source.text.as_bytes())?;
        running.wait_with_output()
    });
    match compiled {
        Err(error) => Report::failed(format!(
            "cannot run `rustc`: {error}. Install it, or add it to PATH; the expected output is in tests/snapshots\n"
        )),
        Ok(output) if output.status.success() => Report::passed("it compiles\n"),
        Ok(output) => Report::failed(String::from_utf8_lossy(&output.stderr).replace("<anon>", name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_futures_cannot_borrow_self_mutably() {
        let report = (CHAPTER.run_wrong)().to_string();
        assert!(report.contains("E0499"), "{report}");
    }

    #[test]
    fn futures_that_return_their_result_can_be_polled_together() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}

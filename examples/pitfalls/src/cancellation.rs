//! Cancellation: a future is dropped halfway, and its cleanup never runs.
//!
//! Alan's service rejects a second concurrent upload of the same name. It inserts the name into a set, uploads, and
//! removes the name again, like `try` and `finally` in Java. Tests pass, both for successful uploads and for failing
//! hosts.
//!
//! In production, some names were rejected forever. A user had closed a browser tab. The web server then drops the
//! handler's future, and with it the upload, at the `await` where it waits. Code after an `await` may never run, and
//! there is no error. A `timeout` and the losing branches of a `select!` also drop futures like this.
//!
//! Detection: `cancel::at_every_await` drops the upload at each of its awaits in turn, and then checks the state.
//!
//! Fix: put cleanup that must always run into a `Drop` implementation. It runs on return, on errors and on
//! cancellation.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use testkit::{Sim, cancel};
use tokio::time::sleep;

use crate::report::explorer;
use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "cancellation",
    pitfall: "a name stays taken forever: the client disconnects, and the upload is dropped at an `await`",
    fix: "Put cleanup that must always run into a `Drop` implementation: it runs on return, errors and cancellation.",
    source: Source { file: file!(), text: include_str!("cancellation.rs") },
    uncompiled: None,
    run_wrong: || explorer().run(|_: Sim| a_dropped_upload_releases_its_name(wrong::upload)).into(),
    run_fixed: || explorer().run(|_: Sim| a_dropped_upload_releases_its_name(fixed::upload)).into(),
};

/// Error returned when the name is already being uploaded.
#[derive(Debug)]
struct Busy;

/// Names of the uploads in progress.
type Uploads = Mutex<BTreeSet<&'static str>>;

mod wrong {
    use super::*;

    pub(super) async fn upload(uploads: &Uploads, name: &'static str) -> Result<(), Busy> {
        if !uploads.lock().unwrap().insert(name) {
            return Err(Busy);
        }
        send_chunks().await; // if dropped here, the name stays in the set
        uploads.lock().unwrap().remove(name);
        Ok(())
    }
}

mod fixed {
    use super::*;

    /// Removes the name from the set when dropped.
    struct NameGuard<'a>(&'a Uploads, &'static str);

    impl Drop for NameGuard<'_> {
        fn drop(&mut self) {
            self.0.lock().unwrap().remove(self.1);
        }
    }

    pub(super) async fn upload(uploads: &Uploads, name: &'static str) -> Result<(), Busy> {
        if !uploads.lock().unwrap().insert(name) {
            return Err(Busy);
        }
        let _guard = NameGuard(uploads, name);
        send_chunks().await;
        Ok(())
    }
}

async fn send_chunks() {
    for _chunk in 0..2 {
        sleep(Duration::from_millis(20)).await;
    }
}

async fn a_dropped_upload_releases_its_name(upload: impl AsyncFn(&Uploads, &'static str) -> Result<(), Busy>) {
    let uploads = Uploads::default();
    let check = async || assert!(uploads.lock().unwrap().is_empty(), "a name is still taken");
    cancel::at_every_await(async || upload(&uploads, "report.pdf").await, check).await;
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    /// Alan's test, which passes.
    #[testkit::test]
    async fn an_upload_that_completes_releases_its_name(_: Sim) {
        let uploads = Uploads::default();
        wrong::upload(&uploads, "report.pdf").await.unwrap();
        assert!(uploads.lock().unwrap().is_empty());
    }

    #[test]
    fn a_dropped_upload_keeps_its_name() {
        assert_eq!((CHAPTER.run_wrong)().failure_kind, Some(FailureKind::Panic));
    }

    #[test]
    fn a_drop_guard_releases_the_name() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}

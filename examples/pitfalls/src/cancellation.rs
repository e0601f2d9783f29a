//! A future that is dropped half-way, and what it leaves behind.
//!
//! Two uploads of one name at once are refused: Alan marks a name as being uploaded, uploads, and takes the mark off again, as
//! he would in Java with `try` and `finally`. Tests of success, and of hosts that fail, pass.
//!
//! In production, some names were refused for ever. A browser had been closed: the web server drops the handler's future, and
//! with it the upload, at the `await` where it waits. What stands behind an `await` may never run, and no error says so. So it
//! is under a `timeout`, and in a branch of `select!` that loses.
//!
//! What finds it: `cancel::at_every_await` drops the upload at each of its awaits in turn, and looks at what is left each time.
//! What mends it: what must happen in any case is in a `Drop`, as that runs at an end, at an error, and at a drop alike.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use testkit::{Sim, cancel};
use tokio::time::sleep;

use crate::{Chapter, Source};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "cancellation",
    pitfall: "a name stays taken for ever: its client went away, and the upload was dropped at an await",
    mend: "Put into a `Drop` what must happen in any case: it runs at the end, at an error, and when the future is dropped.",
    source: Source { file: file!(), text: include_str!("cancellation.rs") },
    uncompiled: None,
    wrong: || explorer().run(|_: Sim| a_dropped_upload_leaves_no_name(wrong::upload)).into(),
    right: || explorer().run(|_: Sim| a_dropped_upload_leaves_no_name(right::upload)).into(),
};

/// A name is already being uploaded.
#[derive(Debug)]
struct Busy;

/// The names that are being uploaded.
type Uploads = Mutex<BTreeSet<&'static str>>;

mod wrong {
    use super::*;

    pub(super) async fn upload(uploads: &Uploads, name: &'static str) -> Result<(), Busy> {
        if !uploads.lock().unwrap().insert(name) {
            return Err(Busy);
        }
        send_chunks().await; // dropped here, the name stays taken
        uploads.lock().unwrap().remove(name);
        Ok(())
    }
}

mod right {
    use super::*;

    /// A name that is taken for as long as this is there.
    struct Taken<'a>(&'a Uploads, &'static str);

    impl Drop for Taken<'_> {
        fn drop(&mut self) {
            self.0.lock().unwrap().remove(self.1);
        }
    }

    pub(super) async fn upload(uploads: &Uploads, name: &'static str) -> Result<(), Busy> {
        if !uploads.lock().unwrap().insert(name) {
            return Err(Busy);
        }
        let _taken = Taken(uploads, name);
        send_chunks().await;
        Ok(())
    }
}

async fn send_chunks() {
    for _chunk in 0..2 {
        sleep(Duration::from_millis(20)).await;
    }
}

async fn a_dropped_upload_leaves_no_name(upload: impl AsyncFn(&Uploads, &'static str) -> Result<(), Busy>) {
    let uploads = Uploads::default();
    let check = async || assert!(uploads.lock().unwrap().is_empty(), "a name is still taken");
    cancel::at_every_await(async || upload(&uploads, "report.pdf").await, check).await;
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    /// The test that Alan had.
    #[testkit::test]
    async fn nothing_is_left_of_an_upload_that_ends(_: Sim) {
        let uploads = Uploads::default();
        wrong::upload(&uploads, "report.pdf").await.unwrap();
        assert!(uploads.lock().unwrap().is_empty());
    }

    #[test]
    fn a_name_is_left_of_an_upload_that_is_dropped() {
        assert_eq!((CHAPTER.wrong)().kind, Some(FailureKind::Panic));
    }

    #[test]
    fn nothing_is_left_where_a_drop_sees_to_it() {
        assert!((CHAPTER.right)().is_pass);
    }
}

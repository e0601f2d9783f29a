//! A flaky test: green here, and red on the build server once a week.
//!
//! Three shards are uploaded at once, and each is entered into the catalogue when it is stored. Alan's test compares the
//! catalogue with `["a", "b", "c"]`. It was green for months, then red, then green when it was run again; at last it was
//! marked as ignored.
//!
//! `#[tokio::test]` has one thread, and tasks begin in the order in which they were spawned. The test relies on that order, and
//! nothing promises it: a lock that is taken, or a packet that is late, changes it.
//!
//! What finds it: the first schedule is first in, first out, too, and passes. Another one has a task wait, the report names the
//! one choice that it takes, and its line replays it, on any machine, until it is mended. What mends it: the test compares what
//! the service promises, which is a set.

use std::collections::BTreeSet;
use std::sync::Arc;

use testkit::Sim;
use tokio::sync::Mutex;

use crate::{Chapter, Source};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "flaky_test",
    pitfall: "a test is green here, and red once a week on the build server: it relies on the order of tasks",
    mend: "Compare what is promised: which shards are stored, in any order.",
    source: Source { file: file!(), text: include_str!("flaky_test.rs") },
    uncompiled: None,
    wrong: || explorer().run(wrong::all_shards_are_catalogued).into(),
    right: || explorer().run(right::all_shards_are_catalogued).into(),
};

type Catalogue = Arc<Mutex<Vec<&'static str>>>;

/// Stores a shard, and enters it into the catalogue.
async fn upload(catalogue: Catalogue, shard: &'static str) {
    tokio::task::yield_now().await; // the upload itself
    catalogue.lock().await.push(shard);
}

async fn upload_all(sim: Sim) -> Catalogue {
    let catalogue = Catalogue::default();
    let uploads = ["a", "b", "c"].map(|shard| sim.spawn(&format!("upload {shard}"), upload(catalogue.clone(), shard)));
    for upload in uploads {
        upload.await.unwrap();
    }
    catalogue
}

mod wrong {
    use super::*;

    pub(super) async fn all_shards_are_catalogued(sim: Sim) {
        let catalogue = upload_all(sim).await;
        assert_eq!(*catalogue.lock().await, ["a", "b", "c"]);
    }
}

mod right {
    use super::*;

    pub(super) async fn all_shards_are_catalogued(sim: Sim) {
        let catalogue = upload_all(sim).await;
        let shards: BTreeSet<_> = catalogue.lock().await.iter().copied().collect();
        assert_eq!(shards, BTreeSet::from(["a", "b", "c"]));
    }
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    /// As an ordinary test has it.
    #[testkit::test(strategy = "fifo")]
    async fn first_in_first_out_does_not_find_it(sim: Sim) {
        wrong::all_shards_are_catalogued(sim).await;
    }

    #[test]
    fn another_order_fails_with_one_choice_and_again_when_it_is_replayed() {
        let outcome = explorer().run(wrong::all_shards_are_catalogued);
        let failure = outcome.failure().expect("another order is found");
        assert_eq!((failure.kind(), failure.choices().len()), (FailureKind::Panic, 1));
        let again = explorer().replay(failure.schedule()).run(wrong::all_shards_are_catalogued);
        assert_eq!(again.failure().unwrap().choices(), failure.choices());
    }

    #[test]
    fn any_order_is_right() {
        assert!((CHAPTER.right)().is_pass);
    }
}

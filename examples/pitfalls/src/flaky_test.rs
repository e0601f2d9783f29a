//! A flaky test: it passes locally, and fails in CI once a week.
//!
//! Three shards are uploaded concurrently, and each is added to the catalog once it is stored. Alan's test compares
//! the catalog with `["a", "b", "c"]`. It passed for months, failed once, and passed when CI ran it again. In the
//! end, it was ignored.
//!
//! `#[tokio::test]` uses one thread, where tasks start in the order in which they were spawned. The test relies on that
//! order, but nothing guarantees it: a contended lock or a late packet changes it.
//!
//! Detection: the test passes in FIFO order, but fails under another schedule, which delays one task. The report names
//! this one choice, and its replay line repeats the failure on any machine until it is fixed.
//!
//! Fix: compare only what the service guarantees, which is a set.

use std::collections::BTreeSet;
use std::sync::Arc;

use testkit::Sim;
use tokio::sync::Mutex;

use crate::report::explorer;
use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "flaky_test",
    pitfall: "a test passes locally and fails in CI once a week: it relies on the order of tasks",
    fix: "Compare only the guaranteed result: the set of stored shards, in any order.",
    source: Source { file: file!(), text: include_str!("flaky_test.rs") },
    uncompiled: None,
    run_wrong: || explorer().run(wrong::all_shards_are_cataloged).into(),
    run_fixed: || explorer().run(fixed::all_shards_are_cataloged).into(),
};

type Catalog = Arc<Mutex<Vec<&'static str>>>;

/// Stores a shard and adds it to the catalog.
async fn upload(catalog: Catalog, shard: &'static str) {
    tokio::task::yield_now().await; // the upload itself
    catalog.lock().await.push(shard);
}

async fn upload_all(sim: Sim) -> Catalog {
    let catalog = Catalog::default();
    let uploads = ["a", "b", "c"].map(|shard| sim.spawn(&format!("upload {shard}"), upload(catalog.clone(), shard)));
    for upload in uploads {
        upload.await.unwrap();
    }
    catalog
}

mod wrong {
    use super::*;

    pub(super) async fn all_shards_are_cataloged(sim: Sim) {
        let catalog = upload_all(sim).await;
        assert_eq!(*catalog.lock().await, ["a", "b", "c"]);
    }
}

mod fixed {
    use super::*;

    pub(super) async fn all_shards_are_cataloged(sim: Sim) {
        let catalog = upload_all(sim).await;
        let shards: BTreeSet<_> = catalog.lock().await.iter().copied().collect();
        assert_eq!(shards, BTreeSet::from(["a", "b", "c"]));
    }
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    /// Runs the tasks in the same order as `#[tokio::test]`.
    #[testkit::test(scheduler = "fifo")]
    async fn fifo_order_passes(sim: Sim) {
        wrong::all_shards_are_cataloged(sim).await;
    }

    #[test]
    fn another_order_fails_with_one_choice_and_replays() {
        let outcome = explorer().run(wrong::all_shards_are_cataloged);
        let failure = outcome.failure().expect("another order fails");
        assert_eq!((failure.kind(), failure.choices().len()), (FailureKind::Panic, 1));
        let replayed = explorer().replay(failure.schedule()).run(wrong::all_shards_are_cataloged);
        assert_eq!(replayed.failure().unwrap().choices(), failure.choices());
    }

    #[test]
    fn a_set_passes_in_any_order() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}

//! A crash: the schedule decides which unsynced changes survive.

use super::content::Loss;
use super::storage::Storage;
use crate::internal::counted;
use crate::sim::Decider;

/// Decisions of the schedule about the changes that a crash loses.
#[derive(Debug)]
pub(super) struct Deciders {
    names: Decider,
    contents: Decider,
}

impl Deciders {
    #[track_caller]
    pub(super) fn new() -> Self {
        Deciders { names: Decider::new("a crash of a disk"), contents: Decider::new("a crash of a disk") }
    }

    /// Leaves the files that survive a crash of the host `host`. All of them are durable.
    pub(super) fn crash(&self, storage: &mut Storage, host: &str) {
        let when = format!("on the disk when `{host}` crashed");
        storage.names.crash(|change, later| {
            // Each change is decided at most once, so its number identifies the decision.
            let lost = self.names.decide_at(change.number, 0, 2, |_| match change.losses_among(later) {
                0 => format!("{change} was not {when}"),
                count => format!("{change}, and {} after it, were not {when}", counted(count, "change")),
            });
            lost == 0
        });
        storage.remove_unused();
        let Storage { names, contents, .. } = storage;
        for (path, file) in names.files() {
            let Some(content) = contents.get_mut(&file) else { continue };
            content.crash(|question| {
                self.contents.decide_at(question.number, 0, question.outcomes, |outcome| match question.loss(outcome) {
                    Loss::All => format!("the content of `{path}` was not {when}"),
                    Loss::End(1) => format!("the last byte of `{path}` was not {when}"),
                    Loss::End(bytes) => format!("the last {bytes} bytes of `{path}` were not {when}"),
                    Loss::Other => {
                        let writes = counted(question.writes, "write");
                        format!("an older content of `{path}`, without all of the last {writes}, was {when}")
                    }
                })
            });
        }
    }
}

//! A missed wakeup that a sibling future hides: the code works, but late.
//!
//! Barbara's upload is complete once enough hosts have confirmed it. `Quorum` counts the missing confirmations and
//! keeps the waker of the waiting task. When the service gives up on a dead host, the count drops as well, but this
//! path does not wake the task.
//!
//! No test failed, and no upload hung: the same `select!` has a timer that reports progress every 30 seconds. Its wake
//! polls both branches, and the other branch then finds a count of zero. Uploads with a dead host took up to half a
//! minute longer, for no visible reason.
//!
//! Detection: before virtual time advances, testkit polls each waiting task once without a wake. A task that is ready
//! in this poll should have been woken.
//!
//! Fix: every change that can complete the wait must wake the task. Ideally, one function makes all such changes.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use testkit::Sim;

use crate::report::explorer;
use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "missed_waker",
    pitfall: "uploads finish up to 30 s late: a wakeup is missing, and a timer in the same `select!` hides it",
    fix: "Route every change that can complete the wait through one function, which also wakes the task.",
    source: Source { file: file!(), text: include_str!("missed_waker.rs") },
    uncompiled: None,
    run_wrong: || explorer().run(|sim| upload(sim, wrong::give_up)).into(),
    run_fixed: || explorer().run(|sim| upload(sim, fixed::give_up)).into(),
};

/// Hosts that have not confirmed yet, and the waker of the task that waits for them.
#[derive(Default)]
struct Quorum {
    missing: usize,
    waker: Option<Waker>,
}

impl Quorum {
    fn confirm(&mut self) {
        self.missing -= 1;
        if self.missing == 0
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }
}

mod wrong {
    use super::*;

    /// Stops waiting for a dead host.
    pub(super) fn give_up(quorum: &mut Quorum) {
        quorum.missing -= 1;
    }
}

mod fixed {
    use super::*;

    /// Stops waiting for a dead host.
    pub(super) fn give_up(quorum: &mut Quorum) {
        quorum.confirm();
    }
}

async fn all_confirmed(quorum: &Mutex<Quorum>) {
    poll_fn(|context| {
        let mut quorum = quorum.lock().unwrap();
        if quorum.missing == 0 {
            return Poll::Ready(());
        }
        quorum.waker = Some(context.waker().clone());
        Poll::Pending
    })
    .await;
}

async fn wait_for_hosts(quorum: Arc<Mutex<Quorum>>) {
    let mut progress = tokio::time::interval(Duration::from_secs(30));
    loop {
        tokio::select! {
            () = all_confirmed(&quorum) => return,
            _ = progress.tick() => {} // reports progress
        }
    }
}

/// Runs an upload in which two hosts confirm and one is given up.
async fn upload(sim: Sim, give_up: fn(&mut Quorum)) {
    let quorum = Arc::new(Mutex::new(Quorum { missing: 3, waker: None }));
    let upload = sim.spawn("upload", wait_for_hosts(quorum.clone()));
    for host in [Quorum::confirm, Quorum::confirm, give_up] {
        sim.sleep(Duration::from_secs(1)).await;
        host(&mut quorum.lock().unwrap());
    }
    upload.await.unwrap();
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn only_the_timer_ends_the_wait() {
        assert_eq!((CHAPTER.run_wrong)().failure_kind, Some(FailureKind::LostWakeup));
    }

    #[test]
    fn the_last_host_ends_the_wait() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}

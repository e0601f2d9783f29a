//! A missed waker that a sibling hides: it works, and is late.
//!
//! Barbara's upload is over once enough hosts have confirmed. She counts what is missing, and keeps the waker of who waits for
//! it. A host that is given up leaves the count, too, and there she forgot the waker.
//!
//! No test failed, and no upload hung: the same `select!` has a timer, which reports progress every 30 seconds. Its wake polls
//! both branches, and finds the count at zero. Uploads with a dead host took up to half a minute longer, and nobody knew why.
//!
//! What finds it: where time would pass, testkit polls a waiting task once without a wake. One that is ready then should have
//! been woken. What mends it: every change that can end the wait wakes; best in the one place that makes such changes.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use testkit::Sim;

use crate::{Chapter, Source};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "missed_waker",
    pitfall: "uploads end half a minute late: a wake is forgotten, and a timer in the same `select!` hides it",
    mend: "All that can end the wait goes through one function, which takes the waker and wakes it.",
    source: Source { file: file!(), text: include_str!("missed_waker.rs") },
    uncompiled: None,
    wrong: || explorer().run(|sim| upload(sim, wrong::give_up)).into(),
    right: || explorer().run(|sim| upload(sim, right::give_up)).into(),
};

/// Hosts that have not confirmed, and who waits for them.
#[derive(Default)]
struct Quorum {
    missing: usize,
    waiting: Option<Waker>,
}

impl Quorum {
    fn confirm(&mut self) {
        self.missing -= 1;
        if self.missing == 0
            && let Some(waiting) = self.waiting.take()
        {
            waiting.wake();
        }
    }
}

mod wrong {
    use super::*;

    /// The host is dead: it is not waited for any more.
    pub(super) fn give_up(quorum: &mut Quorum) {
        quorum.missing -= 1;
    }
}

mod right {
    use super::*;

    /// The host is dead: it is not waited for any more.
    pub(super) fn give_up(quorum: &mut Quorum) {
        quorum.confirm();
    }
}

async fn reached(quorum: &Mutex<Quorum>) {
    poll_fn(|context| {
        let mut quorum = quorum.lock().unwrap();
        if quorum.missing == 0 {
            return Poll::Ready(());
        }
        quorum.waiting = Some(context.waker().clone());
        Poll::Pending
    })
    .await;
}

async fn wait_for_hosts(quorum: Arc<Mutex<Quorum>>) {
    let mut progress = tokio::time::interval(Duration::from_secs(30));
    loop {
        tokio::select! {
            () = reached(&quorum) => return,
            _ = progress.tick() => {} // tells the user how far it is
        }
    }
}

/// Two hosts confirm, and one is given up.
async fn upload(sim: Sim, give_up: fn(&mut Quorum)) {
    let quorum = Arc::new(Mutex::new(Quorum { missing: 3, waiting: None }));
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
    fn the_wait_is_ended_by_a_timer_only() {
        assert_eq!((CHAPTER.wrong)().kind, Some(FailureKind::LostWakeup));
    }

    #[test]
    fn the_wait_ends_with_the_last_host() {
        assert!((CHAPTER.right)().is_pass);
    }
}

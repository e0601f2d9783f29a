//! A simulated world, built by hand: it has one order of events, and finds what happens in that one.
//!
//! Barbara wants to see how the service does when hosts are slow and clients many, so she builds a world: hosts and clients are
//! futures, and its `run` polls all of them in turn until they are done. Her tests are fast, deterministic, and green.
//!
//! In production, one name was given to two uploads. Her world polls each client as far as it goes, so that nobody ever comes
//! between a look and the write behind it. It polls everybody, woken or not, and would hide a missed waker, too. And it grew: a
//! clock, a network, a `spawn`, a mutex; and the service had to be written for it, instead of for tokio.
//!
//! What finds it: the same service, unmodified, under testkit's simulation, which runs many orders, preempts at tokio's operations,
//! and polls only who was woken. What mends it: one lock over the look and the write.

use std::collections::BTreeSet;
use std::sync::Arc;

use testkit::{Outcome, Sim};
use tokio::sync::Mutex;

use crate::{Chapter, Source, Verdict};
use crate::verdict::explorer;

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "simworld",
    pitfall: "simulated tests are green, and the service is wrong: the world, built by hand, has one order of events",
    mend: "Test the service itself, as it is, under many orders: here, to reserve a name takes one lock and not two.",
    source: Source { file: file!(), text: include_str!("simworld.rs") },
    uncompiled: None,
    wrong: || Verdict::wrong(format!("in the world that is built by hand: {}\n\nunder testkit:\n{}", by_hand(), wrong())),
    right: || explorer().run(|sim| one_of_two_clients_gets_a_name(sim, right::reserve)).into(),
};

type Names = Arc<Mutex<BTreeSet<&'static str>>>;

mod wrong {
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use super::*;

    /// The world: whatever lives in it.
    #[derive(Default)]
    pub(super) struct SimWorld(Vec<Pin<Box<dyn Future<Output = ()>>>>);

    impl SimWorld {
        pub(super) fn spawn(&mut self, actor: impl Future<Output = ()> + 'static) {
            self.0.push(Box::pin(actor));
        }

        pub(super) fn run(&mut self) {
            let mut context = Context::from_waker(Waker::noop());
            while !self.0.is_empty() {
                self.0.retain_mut(|actor| actor.as_mut().poll(&mut context).is_pending());
            }
        }
    }

    /// Whether the name was free.
    pub(super) async fn reserve(names: Names, name: &'static str) -> bool {
        if names.lock().await.contains(name) {
            return false;
        }
        names.lock().await.insert(name);
        true
    }
}

mod right {
    use super::*;

    /// Whether the name was free.
    pub(super) async fn reserve(names: Names, name: &'static str) -> bool {
        names.lock().await.insert(name)
    }
}

/// Two clients in the world that is built by hand.
fn by_hand() -> String {
    let names = Names::default();
    let reserved = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut world = wrong::SimWorld::default();
    for _client in 0..2 {
        let (names, reserved) = (names.clone(), reserved.clone());
        world.spawn(async move {
            let is_free = wrong::reserve(names, "report.pdf").await;
            reserved.lock().unwrap().push(is_free);
        });
    }
    world.run();
    let reserved = reserved.lock().unwrap().iter().filter(|is_free| **is_free).count();
    format!("{reserved} of two clients gets the name, in the one order that there is")
}

/// The same two clients in testkit's simulation.
fn wrong() -> String {
    let outcome: Outcome = explorer().run(|sim| one_of_two_clients_gets_a_name(sim, wrong::reserve));
    Verdict::from(outcome).to_string()
}

async fn one_of_two_clients_gets_a_name<F>(sim: Sim, reserve: fn(Names, &'static str) -> F)
where
    F: Future<Output = bool> + Send + 'static,
{
    let names = Names::default();
    let clients = [1, 2].map(|number| sim.spawn(&format!("client {number}"), reserve(names.clone(), "report.pdf")));
    let mut reserved = 0;
    for client in clients {
        reserved += u32::from(client.await.unwrap());
    }
    assert_eq!(reserved, 1, "both clients have the name");
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn the_world_that_is_built_by_hand_is_all_well() {
        assert!(by_hand().starts_with("1 of two clients"));
    }

    #[test]
    fn the_same_service_fails_under_another_order() {
        let outcome = explorer().run(|sim| one_of_two_clients_gets_a_name(sim, wrong::reserve));
        assert_eq!(outcome.failure().map(|failure| failure.kind()), Some(FailureKind::Panic));
    }

    #[test]
    fn under_one_lock_one_client_gets_it() {
        assert!((CHAPTER.right)().is_pass);
    }
}

//! A hand-built simulation: it runs one order of events, and finds only the bugs of that order.
//!
//! To test the service with slow hosts and many clients, Barbara builds a world. Hosts and clients are futures, and
//! `run` polls them in turn until they are done. The tests pass, and are fast and deterministic.
//!
//! In production, two uploads got the same name. The world polls each client until it must wait, so nothing ever runs
//! between the check for the name and its insertion. It polls every future, woken or not, so it would also hide a
//! missed waker. And it grew: a clock, a network, a `spawn`, a mutex. The service had to be written for this world
//! instead of for tokio.
//!
//! Detection: the same service, unmodified, in testkit's simulation. It runs many schedules, preempts tasks at tokio's
//! operations, and polls only tasks that were woken.
//!
//! Fix: hold one lock across the check and the insertion.

use std::collections::BTreeSet;
use std::sync::Arc;

use testkit::{Outcome, Sim};
use tokio::sync::Mutex;

use crate::report::explorer;
use crate::{Chapter, Report, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "simworld",
    pitfall: "simulated tests pass, but the service is wrong: a hand-built world runs only one order of events",
    fix: "Test the unmodified service under many schedules. Here: check and insert the name under one lock.",
    source: Source { file: file!(), text: include_str!("simworld.rs") },
    uncompiled: None,
    run_wrong: || {
        Report::failed(format!(
            "in the hand-built world: {}\n\nunder testkit:\n{}",
            in_hand_built_world(),
            under_testkit()
        ))
    },
    run_fixed: || explorer().run(|sim| one_of_two_clients_gets_a_name(sim, fixed::reserve)).into(),
};

type Names = Arc<Mutex<BTreeSet<&'static str>>>;

mod wrong {
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use super::*;

    /// The world: futures that are polled in turn.
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

    /// Reserves the name. Returns whether it was free.
    pub(super) async fn reserve(names: Names, name: &'static str) -> bool {
        if names.lock().await.contains(name) {
            return false;
        }
        names.lock().await.insert(name);
        true
    }
}

mod fixed {
    use super::*;

    /// Reserves the name. Returns whether it was free.
    pub(super) async fn reserve(names: Names, name: &'static str) -> bool {
        names.lock().await.insert(name)
    }
}

/// Runs two clients in the hand-built world.
fn in_hand_built_world() -> String {
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
    format!("{reserved} of two clients gets the name, in the only order it runs")
}

/// Runs the same two clients in testkit's simulation.
fn under_testkit() -> String {
    let outcome: Outcome = explorer().run(|sim| one_of_two_clients_gets_a_name(sim, wrong::reserve));
    Report::from(outcome).to_string()
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
    assert_eq!(reserved, 1, "both clients got the name");
}

#[cfg(test)]
mod tests {
    use testkit::FailureKind;

    use super::*;

    #[test]
    fn the_hand_built_world_finds_nothing() {
        assert!(in_hand_built_world().starts_with("1 of two clients"));
    }

    #[test]
    fn the_same_service_fails_under_another_schedule() {
        let outcome = explorer().run(|sim| one_of_two_clients_gets_a_name(sim, wrong::reserve));
        assert_eq!(outcome.failure().map(|failure| failure.kind()), Some(FailureKind::Panic));
    }

    #[test]
    fn with_one_lock_one_client_gets_the_name() {
        assert!((CHAPTER.run_fixed)().passed);
    }
}

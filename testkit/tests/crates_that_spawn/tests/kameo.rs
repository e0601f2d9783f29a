//! kameo, an actor library: each actor runs in a task that kameo spawns.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kameo::error::Infallible;
use kameo::mailbox::bounded;
use kameo::prelude::{Actor, ActorRef, ActorStopReason, BoxMessage, Context, Message, SendError, Spawn, WeakActorRef};
use testkit::{Explorer, FailureKind, Sim};
use tokio::task::{JoinSet, yield_now};

/// Number of a sender, and of its message.
type Numbered = (usize, usize);

/// Log of an actor, for the test that runs it.
#[derive(Clone, Default)]
struct Seen {
    handled: Arc<Mutex<Vec<Numbered>>>,
    undelivered: Arc<Mutex<Vec<Numbered>>>,
    is_busy: Arc<AtomicBool>,
    has_stopped: Arc<tokio::sync::Mutex<bool>>,
}

struct Recorder(Seen);

impl Actor for Recorder {
    type Args = Seen;
    type Error = Infallible;

    async fn on_start(seen: Seen, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Recorder(seen))
    }

    async fn on_undelivered(&mut self, _: ActorStopReason, left: Vec<BoxMessage<Self>>) -> Result<(), Infallible> {
        let numbered = left.into_iter().map(|message| *message.as_any().downcast::<Numbered>().unwrap());
        self.0.undelivered.lock().unwrap().extend(numbered);
        Ok(())
    }

    async fn on_stop(&mut self, _: WeakActorRef<Self>, _: ActorStopReason) -> Result<(), Infallible> {
        *self.0.has_stopped.lock().await = true;
        Ok(())
    }
}

impl Message<Numbered> for Recorder {
    type Reply = Numbered;

    async fn handle(&mut self, message: Numbered, _: &mut Context<Self, Numbered>) -> Numbered {
        assert!(!self.0.is_busy.swap(true, Ordering::Relaxed), "two messages are handled at once");
        yield_now().await;
        self.0.is_busy.store(false, Ordering::Relaxed);
        self.0.handled.lock().unwrap().push(message);
        message
    }
}

/// Module `mailbox`: the actor handles the queued messages one after another, in order.
#[testkit::test]
async fn messages_of_one_sender_are_handled_in_order_one_at_a_time() {
    let seen = Seen::default();
    let actor = Recorder::spawn_with_mailbox(seen.clone(), bounded(2));
    let mut senders = JoinSet::new();
    for sender in 0..3 {
        let actor = actor.clone();
        senders.spawn(async move {
            for number in 0..2 {
                actor.tell((sender, number)).await.unwrap();
            }
            assert_eq!(actor.ask((sender, 2)).await.unwrap(), (sender, 2));
        });
    }
    senders.join_all().await;
    let handled = seen.handled.lock().unwrap();
    for sender in 0..3 {
        let numbers: Vec<_> = handled.iter().filter(|message| message.0 == sender).map(|message| message.1).collect();
        assert_eq!(numbers, [0, 1, 2]);
    }
}

/// `ActorRef::stop_gracefully`: the actor handles all messages that are already queued, and ignores later ones.
#[testkit::test]
async fn a_graceful_stop_handles_what_was_queued_before() {
    let seen = Seen::default();
    // Has room for the end of the start after a message and the stop, and is full after four messages.
    let actor = Recorder::spawn_with_mailbox(seen.clone(), bounded(3));
    let queued = Arc::new(Mutex::new(Vec::new()));
    let mut senders = JoinSet::new();
    for sender in 0..2 {
        let (actor, queued) = (actor.clone(), queued.clone());
        senders.spawn(async move {
            for number in 0..2 {
                if actor.tell((sender, number)).await.is_ok() {
                    queued.lock().unwrap().push((sender, number));
                }
            }
        });
    }
    yield_now().await;
    let before = queued.lock().unwrap().clone();
    actor.stop_gracefully().await.unwrap();
    assert!(matches!(actor.wait_for_shutdown_result().await, Ok(ActorStopReason::Normal)));
    assert!(actor.tell((9, 9)).await.is_err());
    senders.join_all().await;
    let handled = seen.handled.lock().unwrap();
    assert!(before.iter().all(|message| handled.contains(message)), "{before:?}, but handled {handled:?}");
}

/// `SendError`: an `ask` ends with the reply or with an error, also when the actor is stopped or killed in between.
#[testkit::test]
async fn each_ask_ends_with_the_reply_or_an_error(sim: Sim) {
    let seen = Seen::default();
    let actor = Recorder::spawn_with_mailbox(seen.clone(), bounded(1));
    let mut callers = JoinSet::new();
    for caller in 0..3 {
        let (actor, seen) = (actor.clone(), seen.clone());
        callers.spawn(async move {
            let Some(reply) = sim.cancel_anywhere(actor.ask((caller, 0)).send()).await else { return };
            let was_handled = seen.handled.lock().unwrap().contains(&(caller, 0));
            match reply {
                Ok(reply) => assert!(was_handled && reply == (caller, 0)),
                Err(SendError::ActorNotRunning(message)) => assert!(!was_handled && message == (caller, 0)),
                Err(error) => assert!(matches!(error, SendError::ActorStopped), "{error}"),
            }
        });
    }
    let graceful = sim.choose(2) == 0;
    callers.spawn(async move {
        if graceful {
            actor.stop_gracefully().await.unwrap()
        } else {
            actor.kill()
        }
        actor.wait_for_shutdown_result().await.unwrap();
    });
    callers.join_all().await;
    assert!(*seen.has_stopped.lock().await);
}

/// `ActorRef::downgrade`: the actor stops when only weak references are left. It handles the queued messages.
#[testkit::test]
async fn an_actor_that_nobody_refers_to_stops() {
    let seen = Seen::default();
    let actor = Recorder::spawn(seen.clone());
    let weak = actor.downgrade();
    let mut senders = JoinSet::new();
    for sender in 0..2 {
        let actor = actor.clone();
        senders.spawn(async move { actor.tell((sender, 0)).await.unwrap() });
    }
    drop(actor);
    weak.wait_for_shutdown_result().await.unwrap();
    senders.join_all().await;
    assert_eq!(seen.handled.lock().unwrap().len(), 2);
}

fn failure_of<R: Future<Output = ()> + 'static>(test: fn() -> R) -> Option<FailureKind> {
    Explorer::new().run(move |_| test()).failure().map(|failure| failure.kind())
}

/// An ordinary `cargo test` runs the actor in one order only.
fn with_hooks(kind: FailureKind) -> Option<FailureKind> {
    testkit::has_tokio_hooks().then_some(kind)
}

async fn a_killed_actor_accounts_for_its_messages() {
    let seen = Seen::default();
    let actor = Recorder::spawn(seen.clone());
    for number in 0..3 {
        actor.tell((0, number)).await.unwrap();
    }
    actor.kill();
    actor.wait_for_shutdown_result().await.unwrap();
    let (handled, undelivered) = (seen.handled.lock().unwrap(), seen.undelivered.lock().unwrap());
    assert!(handled.len() + undelivered.len() >= 2, "handled {handled:?}, undelivered {undelivered:?}");
}

/// kameo breaks the promise of `Actor::on_undelivered`, which receives all messages that a killed actor did not handle,
/// except for the message that the kill interrupts. Messages that arrived before the end of `on_start` are moved to
/// another queue. If the kill interrupts one of them, the others are lost.
#[test]
fn a_kill_loses_messages_that_came_before_the_actor_had_started() {
    assert_eq!(failure_of(a_killed_actor_accounts_for_its_messages), Some(FailureKind::Panic));
}

async fn start_up_ends_although_the_mailbox_is_full() {
    let actor = Recorder::spawn_with_mailbox(Seen::default(), bounded(1));
    let sending = tokio::spawn({
        let actor = actor.clone();
        async move { actor.tell((0, 0)).await.unwrap() }
    });
    actor.wait_for_startup().await;
    sending.await.unwrap();
}

/// kameo breaks the promise of `ActorRef::wait_for_startup`, which waits until `on_start` is over: if the mailbox is
/// full at that time, the wait never ends.
#[test]
fn start_up_never_ends_if_the_mailbox_is_full() {
    assert_eq!(failure_of(start_up_ends_although_the_mailbox_is_full), with_hooks(FailureKind::Deadlock));
}

async fn start_up_ends_although_the_actor_is_stopped() {
    let actor = Recorder::spawn(Seen::default());
    let stopping = tokio::spawn({
        let actor = actor.clone();
        async move { actor.stop_gracefully().await.unwrap() }
    });
    actor.wait_for_startup().await;
    stopping.await.unwrap();
}

/// The same happens if the stop is queued before the end of `on_start`.
#[test]
fn start_up_never_ends_if_the_actor_is_stopped_first() {
    assert_eq!(failure_of(start_up_ends_although_the_actor_is_stopped), with_hooks(FailureKind::Deadlock));
}

async fn shutdown_includes_the_last_hook() {
    let seen = Seen::default();
    let actor = Recorder::spawn(seen.clone());
    actor.stop_gracefully().await.unwrap();
    actor.wait_for_shutdown().await;
    assert!(*seen.has_stopped.lock().await, "`on_stop` has not run");
}

/// kameo breaks the promise of `ActorRef::wait_for_shutdown`, which waits until the actor has terminated, so that it
/// has cleaned up: the wait ends when the mailbox is closed, which is before `on_stop`.
#[test]
fn the_wait_for_a_shutdown_ends_before_the_last_hook() {
    assert_eq!(failure_of(shutdown_includes_the_last_hook), with_hooks(FailureKind::Panic));
}

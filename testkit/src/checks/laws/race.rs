//! Events that happen while a waker is cloned. In faulty code, this is between a check and the storing of the waker.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::internal::lock;

use super::case::Event;
use super::runner::Runner;

/// Timeout of an event inside a `clone`. A correct subject that holds its lock there blocks the event.
const EVENT_TIMEOUT: Duration = Duration::from_millis(20);

/// Timeout after [`MAX_LONG_TIMEOUTS`] events were blocked.
const SHORT_EVENT_TIMEOUT: Duration = Duration::from_millis(2);

/// Number of blocked events after which the timeout is shortened.
const MAX_LONG_TIMEOUTS: u32 = 8;

/// Point at which an event happens: the poll, and the clone of the waker in that poll.
#[derive(Clone, Copy, Debug)]
pub(super) struct Race {
    pub(super) poll: usize,
    pub(super) clone: usize,
}

/// An event that happens when a waker is cloned.
pub(super) struct RacingEvent {
    /// `None` once it has happened.
    event: Arc<Mutex<Option<Event>>>,
    started: mpsc::Receiver<StartedEvent>,
}

/// An event that has started inside a `clone`.
struct StartedEvent {
    thread: thread::JoinHandle<()>,
    /// Whether it had not finished when its timeout ended.
    is_blocked: bool,
}

impl Runner<'_> {
    /// Makes the next event happen when the waker is cloned. The event runs on another thread, because the subject may
    /// hold a lock that the event waits for.
    pub(super) fn start_race(&mut self, clone: usize) -> Option<RacingEvent> {
        let event = Arc::new(Mutex::new(Some(self.case.events.pop_front()?)));
        let (sender, started) = mpsc::channel();
        let handle = self.runtime.handle().clone();
        let timeout =
            if self.check.blocked_events.get() < MAX_LONG_TIMEOUTS { EVENT_TIMEOUT } else { SHORT_EVENT_TIMEOUT };
        let shared = event.clone();
        let hook = move || {
            let (step, steps) = mpsc::channel();
            let thread = thread::spawn(move || {
                let _entered = handle.enter();
                _ = step.send(());
                let event = lock(&shared).take();
                if let Some(event) = event {
                    event();
                }
                _ = step.send(());
            });
            // The thread may be slow to start.
            _ = steps.recv();
            let is_blocked = steps.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout);
            _ = sender.send(StartedEvent { thread, is_blocked });
        };
        self.waker.set_clone_hook(clone, hook);
        Some(RacingEvent { event, started })
    }

    /// Waits for the event after the poll. If the waker was not cloned that often, the event happens later instead.
    pub(super) fn finish_race(&mut self, RacingEvent { event, started }: RacingEvent) {
        if self.waker.remove_clone_hook() {
            if let Some(event) = lock(&event).take() {
                self.case.events.push_front(event);
            }
            return;
        }
        self.events += 1;
        self.has_raced = true;
        let Ok(StartedEvent { thread, is_blocked }) = started.recv() else { return };
        self.check.blocked_events.set(self.check.blocked_events.get() + u32::from(is_blocked));
        let name = format!("event {}", self.events);
        if let Err(panic) = self.check.watchdog.observe(name, || thread.join()) {
            self.event_panicked(&*panic);
        }
    }
}

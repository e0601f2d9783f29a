//! Events that happen while a waker is cloned. In faulty code, this is between a check and the storing of the waker.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::internal::lock;

use super::case::Event;
use super::run::Runner;

/// Timeout of an event inside a `clone`. A correct subject that holds its lock there blocks the event.
const EVENT_TIMEOUT: Duration = Duration::from_millis(20);

/// Timeout after events were blocked in many places.
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
pub(super) struct Between {
    event: Arc<Mutex<Option<Event>>>,
    /// Thread of the event, and whether the event was blocked.
    happening: mpsc::Receiver<(thread::JoinHandle<()>, bool)>,
}

impl Runner<'_> {
    /// Makes the next event happen when the waker is cloned. It runs on another thread, as the subject may hold a lock
    /// that the event waits for.
    pub(super) fn hook(&mut self, clone: usize) -> Option<Between> {
        let event = Arc::new(Mutex::new(Some(self.case.events.pop_front()?)));
        let (sender, happening) = mpsc::channel();
        let handle = self.runtime.handle().clone();
        let timeout = if self.bench.held.get() < MAX_LONG_TIMEOUTS { EVENT_TIMEOUT } else { SHORT_EVENT_TIMEOUT };
        let happens = event.clone();
        let hook = move || {
            let (step, steps) = mpsc::channel();
            let thread = thread::spawn(move || {
                let _entered = handle.enter();
                _ = step.send(());
                let event = lock(&happens).take();
                if let Some(event) = event {
                    event();
                }
                _ = step.send(());
            });
            // The thread may be slow to start.
            _ = steps.recv();
            let is_held = steps.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout);
            _ = sender.send((thread, is_held));
        };
        self.waker.hook(clone, Box::new(hook));
        Some(Between { event, happening })
    }

    pub(super) fn unhook(&mut self, Between { event, happening }: Between) {
        if self.waker.unhook().is_some() {
            // The waker was not cloned that often: the event happens later.
            if let Some(event) = lock(&event).take() {
                self.case.events.push_front(event);
            }
            return;
        }
        self.events += 1;
        self.has_raced = true;
        let Ok((thread, is_held)) = happening.recv() else { return };
        self.bench.held.set(self.bench.held.get() + u32::from(is_held));
        let event = format!("event {}", self.events);
        let happened = self.bench.watch.during(event, || thread.join());
        if let Err(panic) = happened {
            self.event_panicked(&*panic);
        }
    }
}

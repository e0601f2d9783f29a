//! Events that happen while a waker is cloned: in code that gets it wrong, between a look and the leaving of the waker.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::internal::lock;

use super::case::Event;
use super::run::Runner;

/// How long an event may take that happens inside a `clone`: a subject that rightly holds its lock there keeps it waiting.
const BETWEEN: Duration = Duration::from_millis(20);

/// How long, where it has been kept waiting in many places already.
const SHORTLY: Duration = Duration::from_millis(2);

/// In how many places it waits that long.
const MANY: u32 = 8;

/// Where an event happens: in a poll, as the waker is cloned, which some do several times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Race {
    pub(super) poll: usize,
    pub(super) clone: usize,
}

/// An event that is to happen as a waker is cloned.
pub(super) struct Between {
    event: Arc<Mutex<Option<Event>>>,
    /// The thread, and whether the event was kept waiting.
    happening: mpsc::Receiver<(thread::JoinHandle<()>, bool)>,
}

impl Runner<'_> {
    /// Has the next event happen when the waker is cloned, on another thread: the subject may hold a lock that the event
    /// waits for.
    pub(super) fn hook(&mut self, clone: usize) -> Option<Between> {
        let event = Arc::new(Mutex::new(Some(self.case.events.pop_front()?)));
        let (tell, happening) = mpsc::channel();
        let handle = self.runtime.handle().clone();
        let patience = if self.bench.held.get() < MANY { BETWEEN } else { SHORTLY };
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
            // A thread may take its time to begin.
            _ = steps.recv();
            let is_held = steps.recv_timeout(patience) == Err(RecvTimeoutError::Timeout);
            _ = tell.send((thread, is_held));
        };
        self.waker.hook(clone, Box::new(hook));
        Some(Between { event, happening })
    }

    pub(super) fn unhook(&mut self, Between { event, happening }: Between) {
        if self.waker.unhook().is_some() {
            // The waker was not cloned so often: it happens later.
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

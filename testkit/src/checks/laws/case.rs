//! Environment of a subject: its events and checks.

use std::collections::VecDeque;
use std::fmt;

/// Function that makes an external event happen.
pub(super) type Event = Box<dyn FnOnce() + Send>;

/// Function that returns everything delivered so far.
pub(super) type Received = Box<dyn FnMut() -> Vec<String>>;

/// Environment of one subject: the events that it waits for, and the check to run once it is dropped. The function that
/// makes the subject receives a new `Case` for each way in which the subject is polled.
#[derive(Default)]
pub struct Case {
    pub(super) events: VecDeque<Event>,
    pub(super) received: Option<Received>,
    pub(super) after: Option<Box<dyn FnOnce()>>,
}

impl Case {
    /// Adds an event that the subject waits for, such as a message that is sent or a buffer that is drained. The check
    /// calls `event` later, once the subject waits and no earlier event has woken it. Events happen in the order in
    /// which they were added. Despite its name, this method is not a combinator: it only adds to the list. An event may
    /// happen on another thread, and after the subject has completed.
    ///
    /// All events happen before time passes. For an event that happens after some time, spawn a task that sleeps with
    /// `tokio::spawn`.
    pub fn then(&mut self, event: impl FnOnce() + Send + 'static) -> &mut Self {
        self.events.push_back(Box::new(event));
        self
    }

    /// Sets a function that returns everything that a sink or writer has delivered so far, from the first item or byte
    /// on.
    pub fn received<T: fmt::Debug>(&mut self, mut received: impl FnMut() -> Vec<T> + 'static) -> &mut Self {
        self.received = Some(Box::new(move || received().iter().map(|item| format!("{item:?}")).collect()));
        self
    }

    /// Sets a check to run after the subject is dropped, at its end or earlier, such as that a permit was released. The
    /// check panics to report a failure.
    pub fn after_drop(&mut self, check: impl FnOnce() + 'static) -> &mut Self {
        self.after = Some(Box::new(check));
        self
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("events", &self.events.len()).finish_non_exhaustive()
    }
}

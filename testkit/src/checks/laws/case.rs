use std::collections::VecDeque;
use std::fmt;

/// Something that happens outside.
pub(super) type Event = Box<dyn FnOnce() + Send>;

/// Shows what has arrived so far.
pub(super) type Received = Box<dyn FnMut() -> Vec<String>>;

/// What belongs to one subject: what it waits for, and what holds behind it. It is given to the function that makes the
/// subject, anew for each way in which it is polled.
#[derive(Default)]
pub struct Case {
    pub(super) events: VecDeque<Event>,
    pub(super) received: Option<Received>,
    pub(super) after: Option<Box<dyn FnOnce()>>,
}

impl Case {
    /// Has something happen once the subject waits, and has not been woken by what was before: a message is sent, for
    /// example, or a buffer drained. It may happen on another thread, and behind the end of the subject.
    ///
    /// All events come before time passes; what is to come after some time is a task of `tokio::spawn` that sleeps.
    pub fn then(&mut self, event: impl FnOnce() + Send + 'static) -> &mut Self {
        self.events.push_back(Box::new(event));
        self
    }

    /// Shows what has arrived so far of what a sink or a writer took, from the first item or byte.
    pub fn received<T: fmt::Debug>(&mut self, mut received: impl FnMut() -> Vec<T> + 'static) -> &mut Self {
        self.received = Some(Box::new(move || received().iter().map(|item| format!("{item:?}")).collect()));
        self
    }

    /// What holds once the subject is dropped, be it at its end or before: a permit is free again, for example. It panics
    /// where it does not hold.
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

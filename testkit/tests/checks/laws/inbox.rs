//! Inbox for hand-written poll code: a queue that is filled from outside and holds the waker of one waiter.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use testkit::laws::Case;

pub(super) struct Inbox<T> {
    state: Mutex<State<T>>,
}

pub(super) struct State<T> {
    pub(super) items: VecDeque<T>,
    pub(super) is_closed: bool,
    pub(super) waiting: Option<Waker>,
}

impl<T: Send + 'static> Inbox<T> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Inbox { state: Mutex::new(State { items: VecDeque::new(), is_closed: false, waiting: None }) })
    }

    /// Creates an inbox that receives the items one by one and is then closed.
    pub(super) fn of(case: &mut Case, items: impl IntoIterator<Item = T>) -> Arc<Self> {
        let inbox = Inbox::new();
        for item in items {
            let inbox = inbox.clone();
            case.then(move || inbox.push(item));
        }
        let closed = inbox.clone();
        case.then(move || closed.close());
        inbox
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap()
    }

    pub(super) fn push(&self, item: T) {
        self.lock().items.push_back(item);
        self.wake();
    }

    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.wake();
    }

    fn wake(&self) {
        let waiting = self.lock().waiting.take();
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    /// Takes an item if there is one. Does not register a waker.
    pub(super) fn look(&self) -> Poll<Option<T>> {
        self.lock().look()
    }

    /// Registers a waker without taking an item.
    pub(super) fn leave(&self, waker: Waker) {
        self.lock().waiting = Some(waker);
    }

    /// Takes an item or registers the waker, atomically.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Option<T>> {
        let waker = context.waker().clone();
        let mut state = self.lock();
        let looked = state.look();
        if looked.is_pending() {
            state.waiting = Some(waker);
        }
        looked
    }
}

impl<T> State<T> {
    pub(super) fn look(&mut self) -> Poll<Option<T>> {
        match self.items.pop_front() {
            Some(item) => Poll::Ready(Some(item)),
            None if self.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

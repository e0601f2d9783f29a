//! Settings and names of the hosts of a simulated network.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// Settings of hosts that matter when their tasks are polled.
#[derive(Default)]
pub(crate) struct Hosts {
    /// Whether any host has such settings.
    are_used: Cell<bool>,
    /// The time by which the wall clock of a host is ahead.
    skews: RefCell<BTreeMap<u32, Duration>>,
    may_panic: RefCell<BTreeSet<u32>>,
    /// Names of the hosts that run tasks.
    names: RefCell<BTreeMap<u32, String>>,
    /// Called before each poll of a task, with its host.
    before_poll: RefCell<Option<Rc<BeforePoll>>>,
}

type BeforePoll = dyn Fn(u32);

impl Hosts {
    /// Forgets the hosts of the last run.
    pub(super) fn clear(&self) {
        self.names.borrow_mut().clear();
        if self.are_used.replace(false) {
            self.skews.borrow_mut().clear();
            self.may_panic.borrow_mut().clear();
            self.before_poll.take();
        }
    }

    pub(crate) fn set_name(&self, host: u32, name: &str) {
        self.names.borrow_mut().entry(host).or_insert_with(|| name.to_owned());
    }

    pub(super) fn name(&self, host: Option<u32>) -> Option<String> {
        self.names.borrow().get(&host?).cloned()
    }

    /// Returns whether hosts have settings.
    #[inline]
    pub(in crate::executor) fn are_used(&self) -> bool {
        self.are_used.get()
    }

    pub(crate) fn set_skew(&self, host: u32, ahead: Duration) {
        self.are_used.set(true);
        self.skews.borrow_mut().insert(host, ahead);
    }

    /// Returns how far the wall clock of a host is ahead.
    pub(super) fn skew(&self, host: Option<u32>) -> Duration {
        host.and_then(|host| self.skews.borrow().get(&host).copied()).unwrap_or_default()
    }

    /// Lets tasks of a host panic without failing the test.
    pub(crate) fn let_panic(&self, host: u32) {
        self.are_used.set(true);
        self.may_panic.borrow_mut().insert(host);
    }

    pub(in crate::executor) fn may_panic(&self, host: Option<u32>) -> bool {
        host.is_some_and(|host| self.may_panic.borrow().contains(&host))
    }

    /// Sets a function that is called before each poll of a task of a host.
    pub(crate) fn set_before_poll(&self, before_poll: Rc<BeforePoll>) {
        self.are_used.set(true);
        self.before_poll.replace(Some(before_poll));
    }

    pub(in crate::executor) fn before_poll(&self, host: u32) {
        let before_poll = self.before_poll.borrow().clone();
        if let Some(before_poll) = before_poll {
            before_poll(host);
        }
    }
}

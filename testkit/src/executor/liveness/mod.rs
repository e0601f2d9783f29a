//! Liveness: finds tasks that are ready but are not woken in time.
//!
//! A spurious poll (a poll without a wake) of correct code has no effect. If it has one, the task was ready, and
//! nothing had woken it yet. A spurious poll may also cure the mistake, because it registers the forgotten waker. So
//! the runs that count make none. Separate runs under the same schedule do, and are thrown away. See
//! [`Watch`](watch::Watch) for the kinds of such runs.

mod spurious_poll;
mod watch;
mod watcher;

pub(super) use spurious_poll::{has_ready_task, unqueue_all};
pub(crate) use watch::{Followed, ObservedWake, Suspect, Unwatched, Watch, WatchResult};
pub(super) use watcher::Watcher;

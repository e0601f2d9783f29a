//! Table of the corpus: components of services, each with and without a bug.
//!
//! Each component is a file of plain tokio code that spawns tasks with `crate::spawn`. Another crate can run the same
//! files under another executor.

mod abba;
mod applied_twice;
mod barrier_reuse;
mod batcher_flush;
mod biased_select;
mod broadcast_lag;
mod cache_stampede;
mod cancelled_select;
mod config_reload;
mod double_spend;
mod dropped_waiter;
mod early_notify;
mod expired_lease;
mod first_poll_waker;
mod futurelock;
mod futures_unordered;
mod idle_timeout;
mod join_hides_wake;
mod late_session;
mod leaked_task;
mod lost_permit;
mod lost_update;
mod oneshot_race;
mod order_across_channels;
mod pool_checkout;
mod reentrant_read;
mod retry_order;
mod semaphore_resize;
mod shutdown_drops_queue;
mod stale_waker;
mod three_preemptions;
mod two_locks;
mod watch_missed;

use std::future::Future;
use std::pin::Pin;

/// Runs a component as a small test, and panics if an invariant is broken.
pub(crate) type Scenario = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A component, with and without its bug.
pub(crate) struct Bug {
    /// Name of the component's file.
    pub(crate) name: &'static str,
    pub(crate) wrong: fn() -> Scenario,
    pub(crate) fixed: fn() -> Scenario,
    /// Whether the component uses `tokio::time`, which not every executor supports.
    pub(crate) needs_time: bool,
}

/// Each line is the name of a file, followed by `timed` if it uses `tokio::time`.
macro_rules! corpus {
    ($($name:ident $($timed:ident)?,)*) => {
        /// All bugs, sorted by name.
        pub(crate) const CORPUS: &[Bug] = &[$(Bug {
            name: stringify!($name),
            wrong: || Box::pin($name::scenario::<false>()),
            fixed: || Box::pin($name::scenario::<true>()),
            needs_time: is_timed!($($timed)?),
        },)*];
    };
}

macro_rules! is_timed {
    () => {
        false
    };
    (timed) => {
        true
    };
}

corpus! {
    abba,
    applied_twice timed,
    barrier_reuse,
    batcher_flush timed,
    biased_select,
    broadcast_lag,
    cache_stampede,
    cancelled_select,
    config_reload,
    double_spend,
    dropped_waiter,
    early_notify,
    expired_lease timed,
    first_poll_waker,
    futurelock,
    futures_unordered,
    idle_timeout timed,
    join_hides_wake timed,
    late_session,
    leaked_task,
    lost_permit,
    lost_update,
    oneshot_race,
    order_across_channels,
    pool_checkout,
    reentrant_read,
    retry_order,
    semaphore_resize,
    shutdown_drops_queue,
    stale_waker,
    three_preemptions,
    two_locks,
    watch_missed,
}

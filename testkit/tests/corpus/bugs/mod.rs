//! The table of the corpus: components of services, each with a bug, and right.
//!
//! A file each. It is plain code over tokio, which spawns by `crate::spawn`, so that another crate may run the same files
//! under another executor.

mod lost_update;

use std::future::Future;
use std::pin::Pin;

/// A component, driven as a small test would, which panics where an invariant does not hold.
pub(crate) type Scenario = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A bug, beside the same component without it.
pub(crate) struct Bug {
    /// What its file is called.
    pub(crate) name: &'static str,
    pub(crate) wrong: fn() -> Scenario,
    pub(crate) fixed: fn() -> Scenario,
    /// Whether it uses `tokio::time`, which not every executor has.
    pub(crate) needs_time: bool,
}

/// A line is the name of a file, and `timed` behind it where it uses `tokio::time`.
macro_rules! corpus {
    ($($name:ident $($timed:ident)?,)*) => {
        /// All of them, by name.
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
    lost_update,
}

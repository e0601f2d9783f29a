//! `spawn` and `spawn_blocking`, and the thread-local spawner that they use.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use super::{JoinHandle, Spawner};
use crate::internal::file_name;

thread_local! {
    /// The spawner of this thread; `None` for tokio.
    static CURRENT: RefCell<Option<Arc<dyn Spawner>>> = const { RefCell::new(None) };
}

/// Spawns a task on the current tokio runtime, or in the simulation of this thread.
///
/// # Panics
/// Panics if called outside both a tokio runtime and a simulation.
#[track_caller]
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    match current() {
        Some(spawner) => spawner.spawn(&call_site_name(Location::caller()), future),
        None => tokio::spawn(future).into(),
    }
}

/// Spawns a task with a name, on the current tokio runtime or in the simulation of this thread.
///
/// # Panics
/// Panics if called outside both a tokio runtime and a simulation.
#[cfg(feature = "tokio")]
#[track_caller]
pub(crate) fn spawn_named<T: Send + 'static>(
    name: &str,
    future: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    match current() {
        Some(spawner) => spawner.spawn(name, future),
        None => tokio::spawn(future).into(),
    }
}

/// Spawns a task with a name, unless this thread is in neither a tokio runtime nor a simulation.
#[cfg(feature = "tokio")]
#[track_caller]
pub(crate) fn try_spawn_named<T: Send + 'static>(
    name: &str,
    future: impl Future<Output = T> + Send + 'static,
) -> Option<JoinHandle<T>> {
    let can_spawn = current().is_some() || tokio::runtime::Handle::try_current().is_ok();
    can_spawn.then(|| spawn_named(name, future))
}

/// Runs blocking `work` on a thread of tokio's blocking pool. A simulation runs it immediately, in place.
///
/// # Panics
/// Panics if called outside both a tokio runtime and a simulation.
#[track_caller]
pub fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    match current() {
        Some(spawner) => spawner.spawn_blocking(&call_site_name(Location::caller()), work),
        None => tokio::task::spawn_blocking(work).into(),
    }
}

fn current() -> Option<Arc<dyn Spawner>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Names a task after its spawn site: `replicate.rs:42`.
fn call_site_name(site: &Location<'_>) -> String {
    format!("{}:{}", file_name(site.file()), site.line())
}

/// Makes `spawner` the spawner of this thread, until the returned guard is dropped. Intended for test executors.
pub fn enter(spawner: Arc<dyn Spawner>) -> Entered {
    Entered { before: CURRENT.replace(Some(spawner)), on_this_thread: PhantomData }
}

/// Guard that restores the previous spawner when dropped. Returned by [`enter`].
#[must_use = "dropping it restores the previous spawner"]
pub struct Entered {
    before: Option<Arc<dyn Spawner>>,
    /// Keeps the guard on its thread, because it restores a thread-local.
    on_this_thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.before.take());
    }
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entered")
    }
}

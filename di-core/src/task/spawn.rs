use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use super::{JoinHandle, Spawner};
use crate::internal::file_name;

thread_local! {
    /// What spawns on this thread in place of tokio.
    static CURRENT: RefCell<Option<Arc<dyn Spawner>>> = const { RefCell::new(None) };
}

/// Spawns a task: into the current tokio runtime, or into the simulation that this thread is in.
///
/// # Panics
/// Outside of both.
#[track_caller]
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    match current() {
        Some(spawner) => spawner.spawn(&call_site_name(Location::caller()), future),
        None => tokio::spawn(future).into(),
    }
}

/// Runs `work`, which may block, on a thread where that is allowed; in a simulation at once, in place.
///
/// # Panics
/// Outside of a tokio runtime and of a simulation.
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

/// A task's name, where it has no other: `replicate.rs:42`.
fn call_site_name(site: &Location<'_>) -> String {
    format!("{}:{}", file_name(site.file()), site.line())
}

/// Has `spawner` spawn what this thread spawns by this module, until what is returned is dropped. For executors of tests.
pub fn enter(spawner: Arc<dyn Spawner>) -> Entered {
    Entered { before: CURRENT.replace(Some(spawner)), on_this_thread: PhantomData }
}

/// Restores what spawned before [`enter`], when it is dropped.
#[must_use = "dropped, it restores what spawned before"]
pub struct Entered {
    before: Option<Arc<dyn Spawner>>,
    /// A guard of a thread-local stays on its thread.
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

//! Lets a simulation of testkit take over this thread's tasks, blocking work and random choices.
//!
//! `cargo testkit` adds this module to a copy of tokio's source and calls it from a few places in tokio. Without a
//! simulation in the process, each call reads one global variable and does nothing.
#![allow(warnings, clippy::all)]

use std::any::Any;
use std::cell::Cell;
use std::future::Future;
use std::panic::{resume_unwind, Location};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;

use crate::runtime::context::set_current_task_id;
use crate::runtime::task::{self, Id, JoinHandle, Notified, Schedule, Task, TaskHarnessScheduleHooks, UnownedTask};

/// The future of a task. It ends when the task has ended, with whatever result.
pub type TaskFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Payload of a panic.
pub type PanicPayload = Box<dyn Any + Send>;

/// A new task.
pub struct NewTask {
    /// The number in tokio's `task::Id`.
    pub id: u64,
    /// The place that spawned the task.
    pub site: &'static Location<'static>,
    /// Size of the future, in bytes.
    pub size: usize,
    /// Must be dropped when the task ends, and must not be sent to another thread.
    pub future: TaskFuture,
}

/// Result of a poll of another task's `JoinHandle`, except success.
pub enum Joined {
    Waits,
    Panicked,
}

/// Functions of a simulation that the hooks call.
pub struct Simulation {
    /// Takes a new task. Drops its future if the simulation is about to end.
    pub spawn: fn(NewTask),
    /// Aborts the task with this id: drops its future when it would be polled next. Returns false if the task is not
    /// one of the simulation.
    pub abort: fn(u64) -> bool,
    /// Records that the current task polled the `JoinHandle` of the task with this id.
    pub joined: fn(u64, Joined),
    /// Returns the payload, if the future that is being dropped belongs to a task that panicked.
    pub take_panic: fn() -> Option<PanicPayload>,
    /// Chooses the branch of a `select!` that is polled first.
    pub first_branch: fn(u32) -> u32,
    /// Chooses whether an operation of a task without budget takes effect before it returns `Pending`, as some
    /// operations of some versions of tokio do.
    pub takes_effect_first: fn() -> bool,
    /// Records whether the current task has taken this number of permits of the semaphore at this address, or waits for
    /// them.
    pub acquiring: fn(usize, usize, bool),
    /// Records that this number of permits was given back to the semaphore at this address.
    pub released: fn(usize, usize),
    /// Chooses the next task of a `LocalSet`, by its place in the queue.
    pub local_task: fn(usize) -> usize,
}

thread_local! {
    static SIMULATION: Cell<Option<&'static Simulation>> = const { Cell::new(None) };
}

/// Whether any thread of the process has run a simulation. Reading it costs less than reading a thread-local.
static IS_IN_USE: AtomicBool = AtomicBool::new(false);

/// Sets the simulation of this thread. Returns the one before.
pub fn set(simulation: Option<&'static Simulation>) -> Option<&'static Simulation> {
    IS_IN_USE.store(true, Ordering::Relaxed);
    SIMULATION.replace(simulation)
}

/// Returns the simulation of this thread.
#[inline(always)]
fn simulation() -> Option<&'static Simulation> {
    if IS_IN_USE.load(Ordering::Relaxed) { of_this_thread() } else { None }
}

#[cold]
fn of_this_thread() -> Option<&'static Simulation> {
    SIMULATION.try_with(Cell::get).ok().flatten()
}

/// Returns the id of the current task, as in `NewTask`.
pub fn current_id() -> Option<u64> {
    crate::runtime::context::current_task_id().map(|id| id.as_u64())
}

/// Returns whether this thread is in a simulation.
#[inline]
pub(crate) fn is_simulated() -> bool {
    simulation().is_some()
}

/// Calls `act` as if this thread were in no simulation.
pub(crate) fn outside<T>(act: impl FnOnce() -> T) -> T {
    let simulation = set(None);
    let result = act();
    set(simulation);
    result
}

/// Spawns a task in the simulation of this thread. Returns the future if there is none.
#[inline]
#[track_caller]
pub(crate) fn spawn<F>(future: F, id: Id) -> Result<JoinHandle<F::Output>, F>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match simulation() {
        Some(simulation) => Ok(spawn_simulated(simulation, future, id, Location::caller())),
        None => Err(future),
    }
}

fn spawn_simulated<F>(
    simulation: &'static Simulation,
    future: F,
    id: Id,
    site: &'static Location<'static>,
) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let slot = Arc::new(Slot(Mutex::new(None)));
    let (proxy, handle) = unowned(Proxy(slot.clone()), id);
    let ending = Ending { simulation, proxy: Some(proxy), slot };
    let future = SimulatedTask { future, id, ending };
    (simulation.spawn)(NewTask { id: id.as_u64(), site, size: size_of::<F>(), future: Box::pin(future) });
    handle
}

fn unowned<T>(future: T, id: Id) -> (UnownedTask<NotScheduled>, JoinHandle<T::Output>)
where
    T: Future + Send + 'static,
    T::Output: Send + 'static,
{
    task::unowned(future, NotScheduled, id, task::SpawnLocation::capture())
}

/// Runs blocking work in place. Returns the work if this thread is not in a simulation.
#[inline]
pub(crate) fn spawn_blocking<F, R>(work: F) -> Result<JoinHandle<R>, F>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    if !is_simulated() {
        return Err(work);
    }
    let (task, handle) = unowned(BlockingWork(Some(work)), Id::next());
    // The work must not use up the cooperative budget of the task that spawned it.
    crate::task::coop::with_unconstrained(|| task.run());
    Ok(handle)
}

/// Aborts a task of the simulation of this thread. Returns false if it is not one.
#[inline]
pub(crate) fn abort(id: Id) -> bool {
    simulation().is_some_and(|simulation| (simulation.abort)(id.as_u64()))
}

/// Reports to the simulation of this thread that the current task polled a `JoinHandle`.
#[inline]
pub(crate) fn joined<T>(id: Id, result: &Poll<task::Result<T>>) {
    let Some(simulation) = simulation() else { return };
    match result {
        Poll::Pending => (simulation.joined)(id.as_u64(), Joined::Waits),
        Poll::Ready(Err(error)) if error.is_panic() => (simulation.joined)(id.as_u64(), Joined::Panicked),
        Poll::Ready(_) => {}
    }
}

/// Returns the first branch of a `select!` with `count` branches.
#[inline]
pub(crate) fn first_branch(count: u32) -> Option<u32> {
    simulation().map(|simulation| (simulation.first_branch)(count))
}

/// Returns the place of the task that a `LocalSet` runs next, in its queue of `count` tasks.
#[inline]
pub(crate) fn local_task(count: usize) -> usize {
    match simulation() {
        Some(simulation) if count > 1 => (simulation.local_task)(count),
        _ => 0,
    }
}

/// Returns how many tasks a `LocalSet` runs before it lets others run. None if the current task is preempted.
#[inline]
pub(crate) fn local_tasks_per_tick(usual: usize) -> usize {
    if is_simulated() { usize::from(crate::task::coop::has_budget_remaining()) } else { usual }
}

/// Reports to the simulation of this thread that the current task has taken permits, or waits for them. Mutexes and
/// read-write locks are semaphores as well.
#[inline]
pub(crate) fn acquiring(semaphore: usize, permits: usize, is_taken: bool) {
    if let Some(simulation) = simulation() {
        (simulation.acquiring)(semaphore, permits, is_taken);
    }
}

/// Reports to the simulation of this thread that permits were given back.
#[inline]
pub(crate) fn released(semaphore: usize, permits: usize) {
    if let Some(simulation) = simulation() {
        (simulation.released)(semaphore, permits);
    }
}

/// Returns `Pending`, and wakes the task, if its budget is used up. tokio itself checks the budget of some operations
/// only after they took effect, or not at all, so that no other task could run before them. In a simulation, the
/// schedule chooses whether the operation takes effect first.
#[inline]
pub(crate) fn before_operation(context: &mut Context<'_>) -> Poll<()> {
    match simulation() {
        Some(simulation) => before_simulated_operation(simulation, context),
        None => Poll::Ready(()),
    }
}

#[cold]
fn before_simulated_operation(simulation: &Simulation, context: &mut Context<'_>) -> Poll<()> {
    if crate::task::coop::has_budget_remaining() || (simulation.takes_effect_first)() {
        return Poll::Ready(());
    }
    // Without budget, this wakes the task.
    crate::task::coop::poll_proceed(context).map(drop)
}

/// The result of a task, until tokio's task takes it.
struct Slot<T>(Mutex<Option<Result<T, PanicPayload>>>);

impl<T> Slot<T> {
    fn set(&self, result: Result<T, PanicPayload>) {
        *self.lock() = Some(result);
    }

    fn take(&self) -> Option<Result<T, PanicPayload>> {
        self.lock().take()
    }

    fn is_empty(&self) -> bool {
        self.lock().is_none()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Result<T, PanicPayload>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task in tokio, which is polled once the task in the simulation has ended. It only serves the `JoinHandle`.
struct Proxy<T>(Arc<Slot<T>>);

impl<T> Future for Proxy<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        match self.0.take() {
            Some(Ok(output)) => Poll::Ready(output),
            Some(Err(payload)) => resume_unwind(payload),
            None => Poll::Pending,
        }
    }
}

/// The task in the simulation.
struct SimulatedTask<F: Future> {
    future: F,
    id: Id,
    // Declared after `future`, because a `JoinHandle` is ready only after the future was dropped.
    ending: Ending<F::Output>,
}

impl<F: Future> Future for SimulatedTask<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // SAFETY: `future` is not moved.
        let task = unsafe { self.get_unchecked_mut() };
        let _current = CurrentId::set(task.id);
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(&mut task.future) }.poll(context) else {
            return Poll::Pending;
        };
        task.ending.slot.set(Ok(output));
        Poll::Ready(())
    }
}

/// Sets `task::id()` until it is dropped.
struct CurrentId(Option<Id>);

impl CurrentId {
    #[inline]
    fn set(id: Id) -> Self {
        CurrentId(set_current_task_id(Some(id)))
    }
}

impl Drop for CurrentId {
    #[inline]
    fn drop(&mut self) {
        set_current_task_id(self.0);
    }
}

/// Ends the task in tokio when it is dropped.
struct Ending<T> {
    simulation: &'static Simulation,
    proxy: Option<UnownedTask<NotScheduled>>,
    slot: Arc<Slot<T>>,
}

impl<T> Drop for Ending<T> {
    fn drop(&mut self) {
        let Some(proxy) = self.proxy.take() else { return };
        if thread::panicking() {
            // While a destructor of the future unwinds, the payload of its panic is not accessible.
            self.slot.set(Err(Box::new("the task panicked when it was dropped")));
        } else if let Some(payload) = (self.simulation.take_panic)() {
            self.slot.set(Err(payload));
        }
        if self.slot.is_empty() { proxy.shutdown() } else { proxy.run() }
    }
}

/// The scheduler of tasks that are run at once, and never again.
struct NotScheduled;

impl Schedule for NotScheduled {
    fn release(&self, _: &Task<Self>) -> Option<Task<Self>> {
        None
    }

    fn schedule(&self, _: Notified<Self>) {}

    fn hooks(&self) -> TaskHarnessScheduleHooks {
        TaskHarnessScheduleHooks { task_terminate_callback: None }
    }
}

/// Blocking work as a future that is ready at its first poll.
struct BlockingWork<F>(Option<F>);

impl<F> Unpin for BlockingWork<F> {}

impl<F: FnOnce() -> R, R> Future for BlockingWork<F> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<R> {
        let work = self.0.take().expect("blocking work runs once");
        Poll::Ready(work())
    }
}

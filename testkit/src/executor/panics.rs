//! Panics inside a simulation. A panic hook captures them, and passes all others on to the previous hook.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Once};
use std::time::Duration;

use crate::failure::{CallStack, NON_STRING_PAYLOAD, PanicReport};
use crate::internal::panic_message;
use crate::schedule::RAW_TASKS;
use crate::trace::TaskStack;

/// Payload of a panic.
pub(super) type PanicPayload = Box<dyn Any + Send>;

thread_local! {
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
    static IS_PRINTED: Cell<bool> = const { Cell::new(false) };
    static CAPTURES_STACKS: Cell<bool> = const { Cell::new(false) };
    static POSITION: Cell<Option<fn() -> Position>> = const { Cell::new(None) };
    static PANICS: RefCell<Vec<RaisedPanic>> = const { RefCell::new(Vec::new()) };
    /// Panics of raw tasks.
    static RAW: RefCell<Vec<RaisedPanic>> = const { RefCell::new(Vec::new()) };
    /// Panics that did not end a task, because its code caught them.
    static CAUGHT: RefCell<Vec<RaisedPanic>> = const { RefCell::new(Vec::new()) };
    static ABORTING: RefCell<Option<Aborting>> = const { RefCell::new(None) };
}

/// Position in a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    pub(super) task: u32,
    /// Virtual time.
    pub(super) time: Duration,
}

/// A panic and the position at which it was raised.
#[derive(Clone)]
pub(super) struct RaisedPanic {
    pub(super) report: PanicReport,
    pub(super) at: Position,
}

/// Minimum length of a message that counts as quoted. Shorter ones occur in other texts by chance.
const MIN_QUOTE: usize = 4;

/// Maximum number of caught panics that are kept.
const MAX_CAUGHT: usize = 100;

/// Callback that receives the panics of a thread when the last of them would abort the process.
type Aborting = Arc<dyn Fn(Vec<PanicReport>) + Send + Sync>;

/// Captures panics on this thread from now on. If a panic would abort the process, `aborting` is called with it and the
/// panics before it. Then the thread blocks forever, instead of ending the process.
pub(crate) fn capture(aborting: Aborting) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        #[cfg(unix)]
        block_on_abort();
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_INSIDE.try_with(Cell::get).unwrap_or(false) && !IS_PRINTED.try_with(Cell::get).unwrap_or(true) {
                record(info);
            } else {
                previous(info);
            }
        }));
    });
    ABORTING.set(Some(aborting));
    IS_INSIDE.set(true);
}

fn record(info: &PanicHookInfo<'_>) {
    let message = message_of(info.payload()).to_owned();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    // The messages of the runtime's own panics when unwinding cannot continue. The process aborts after this hook.
    let is_aborting = message.contains("panic in a destructor during cleanup")
        || message.contains("panic in a function that cannot unwind");
    let stack = CallStack(CAPTURES_STACKS.get().then(|| Arc::new(TaskStack::current())));
    let at = POSITION.get().map(|position| position()).unwrap_or_default();
    let raised = RaisedPanic { report: PanicReport { message, place, stack }, at };
    // tokio catches the panics of raw tasks.
    let list = if at.task == RAW_TASKS && !is_aborting { &RAW } else { &PANICS };
    list.with_borrow_mut(|panics| panics.push(raised));
    if is_aborting {
        let reports = take();
        ABORTING.with_borrow(|aborting| {
            if let Some(aborting) = aborting {
                aborting(reports);
            }
        });
        // On other systems, the abort cannot be intercepted later.
        #[cfg(not(unix))]
        loop {
            std::thread::park();
        }
    }
}

/// Installs a signal handler that blocks an aborting thread forever if it runs tests. The panic hook itself must not
/// block: while it runs, std holds a lock that is needed to set a hook, for example at the end of a test binary.
#[cfg(unix)]
fn block_on_abort() {
    const SIGABRT: i32 = 6;
    let block = || {
        while IS_INSIDE.try_with(Cell::get).unwrap_or(false) {
            std::thread::sleep(Duration::from_secs(3600));
        }
    };
    // SAFETY: the handler only reads a thread-local that needs no initialization, and sleeps.
    let registered = unsafe { signal_hook_registry::register(SIGABRT, block) };
    // If the handler could not be installed, an abort ends the process.
    _ = registered;
}

/// Returns the abort callback of this thread, for a thread that does part of its work.
#[cfg(feature = "interpose")]
pub(crate) fn aborting() -> Option<Aborting> {
    ABORTING.with_borrow(Clone::clone)
}

/// Calls code that catches its own panics. They go to the previous hook, which usually prints them.
pub(crate) fn with_printed<R>(call: impl FnOnce() -> R) -> R {
    let before = IS_PRINTED.replace(true);
    let result = call();
    IS_PRINTED.set(before);
    result
}

/// Returns the message of a panic.
fn message_of(payload: &(dyn Any + Send)) -> &str {
    panic_message(payload).unwrap_or(NON_STRING_PAYLOAD)
}

/// Returns the report of a panic. It has no location if the hook was not called, for example after `resume_unwind`.
pub(super) fn report_of(payload: &(dyn Any + Send)) -> PanicReport {
    let message = message_of(payload);
    let mut raised = PANICS.take();
    let found = raised.iter().rposition(|raised| raised.report.message == message).map(|at| raised.remove(at));
    CAUGHT.with_borrow_mut(|caught| {
        raised.truncate(MAX_CAUGHT.saturating_sub(caught.len()));
        caught.append(&mut raised);
    });
    found.map(|found| found.report).unwrap_or_else(|| PanicReport::without_place(message))
}

/// Drops a panic payload and catches panics of its destructor. Leaks the payload of that panic, because dropping it may
/// panic again.
pub(super) fn drop_payload(payload: PanicPayload) {
    if let Err(another) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

/// Returns the first caught panic with a message that is part of `text`.
pub(super) fn caught(text: &str) -> Option<RaisedPanic> {
    let is_quoted =
        |raised: &&RaisedPanic| raised.report.message.len() >= MIN_QUOTE && text.contains(&raised.report.message);
    let in_list = |list: &RefCell<Vec<RaisedPanic>>| list.borrow().iter().find(is_quoted).cloned();
    RAW.with(in_list).or_else(|| CAUGHT.with(in_list)).or_else(|| PANICS.with(in_list))
}

/// Returns the number of panics of raw tasks.
pub(super) fn raw_count() -> usize {
    RAW.with_borrow(Vec::len)
}

/// Returns the panic of a raw task with this index.
pub(super) fn raw(index: usize) -> Option<RaisedPanic> {
    RAW.with_borrow(|raw| raw.get(index).cloned())
}

/// Clears the captured panics. From now on, captures stacks if `captures_stacks` is set. `position` returns the current
/// position in the run.
pub(super) fn begin(captures_stacks: bool, position: fn() -> Position) {
    CAPTURES_STACKS.set(captures_stacks);
    POSITION.set(Some(position));
    CAUGHT.with_borrow_mut(Vec::clear);
    RAW.with_borrow_mut(Vec::clear);
    PANICS.with_borrow_mut(Vec::clear);
}

/// Takes the captured panics.
pub(crate) fn take() -> Vec<PanicReport> {
    PANICS.take().into_iter().map(|raised| raised.report).collect()
}

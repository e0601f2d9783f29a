//! What is known of panics inside a simulation: one hook, which leaves those outside to the hook before it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Once};

use crate::internal::panic_text;

/// What a panic was raised with.
pub(super) type Payload = Box<dyn Any + Send>;

/// A panic: its message, and where it was raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PanicReport {
    pub(crate) message: String,
    /// `src/store.rs:42:9`
    pub(crate) place: String,
}

thread_local! {
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
    static IS_PRINTED: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Vec<PanicReport>> = const { RefCell::new(Vec::new()) };
    static ABORTING: RefCell<Option<Aborting>> = const { RefCell::new(None) };
}

/// Told of the panics of a thread that is about to abort the process.
type Aborting = Arc<dyn Fn(Vec<PanicReport>) + Send + Sync>;

/// Catches what is known of panics on this thread from now on. Of a panic that is about to abort the process, `aborting` is
/// told, with those before it; the abort itself then keeps the thread, and not the process.
pub(crate) fn capture(aborting: Aborting) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        #[cfg(unix)]
        survive_aborts();
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_INSIDE.try_with(Cell::get).unwrap_or(false) && !IS_PRINTED.try_with(Cell::get).unwrap_or(true) {
                note(info);
            } else {
                previous(info);
            }
        }));
    });
    ABORTING.set(Some(aborting));
    IS_INSIDE.set(true);
}

fn note(info: &PanicHookInfo<'_>) {
    let message = text(info.payload()).to_owned();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    // What rustc calls when unwinding cannot go on; behind this hook it aborts.
    let is_last = message.contains("panic in a destructor during cleanup")
        || message.contains("panic in a function that cannot unwind");
    LAST.with_borrow_mut(|last| last.push(PanicReport { message, place }));
    if is_last {
        let reports = take();
        ABORTING.with_borrow(|aborting| {
            if let Some(aborting) = aborting {
                aborting(reports);
            }
        });
        // Elsewhere, nothing comes between an abort and the end of the process.
        #[cfg(not(unix))]
        loop {
            std::thread::park();
        }
    }
}

/// Has the signal of an abort keep a thread that runs tests for good. It must not be kept before, in the hook: while that
/// runs, std holds a lock that everybody else waits for who sets a hook, such as the end of a test binary.
#[cfg(unix)]
fn survive_aborts() {
    const SIGABRT: i32 = 6;
    let keep = || {
        while IS_INSIDE.try_with(Cell::get).unwrap_or(false) {
            std::thread::sleep(std::time::Duration::from_secs(3600));
        }
    };
    // SAFETY: what runs in the handler reads a thread-local that needs no initialization, and sleeps.
    let registered = unsafe { signal_hook_registry::register(SIGABRT, keep) };
    // Without the handler, an abort is an abort.
    _ = registered;
}

/// Who is told on this thread, for another thread that does part of its work.
#[cfg(feature = "interpose")]
pub(crate) fn aborting() -> Option<Aborting> {
    ABORTING.with_borrow(Clone::clone)
}

/// Calls what catches its panics itself, and tells nobody here of them: they are printed, as anywhere else.
pub(crate) fn printed<R>(call: impl FnOnce() -> R) -> R {
    let before = IS_PRINTED.replace(true);
    let result = call();
    IS_PRINTED.set(before);
    result
}

/// The text of what a panic was raised with.
pub(crate) fn text(payload: &(dyn Any + Send)) -> &str {
    panic_text(payload).unwrap_or(NO_TEXT)
}

impl fmt::Display for PanicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.place)
    }
}

/// What is told of a panic with another value.
const NO_TEXT: &str = "with a value that is no text";

impl PanicReport {
    pub(crate) fn of_no_text() -> Self {
        PanicReport { message: NO_TEXT.to_owned(), place: String::new() }
    }
}

/// Forgets the panics so far.
pub(super) fn clear() {
    LAST.with_borrow_mut(Vec::clear);
}

/// The panics since the last call.
pub(crate) fn take() -> Vec<PanicReport> {
    LAST.take()
}

//! Ctrl-C, which ends a soak early with its results so far.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Returns whether Ctrl-C was pressed since [`watch`] was called.
pub(crate) fn is_interrupted() -> bool {
    IS_INTERRUPTED.load(Ordering::Relaxed)
}

/// Makes Ctrl-C end searches early. The process then runs to its end and exits with the status of an interrupted
/// process. A second Ctrl-C ends it at once. Elsewhere than on Unix, the first Ctrl-C ends the process.
pub(crate) fn watch() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        #[cfg(unix)]
        register();
    });
}

#[cfg(unix)]
fn register() {
    let on_interrupt = || {
        if IS_INTERRUPTED.swap(true, Ordering::Relaxed) {
            end_process();
        }
    };
    // SAFETY: the handler only uses an atomic and calls two async-signal-safe functions.
    let registered = unsafe { signal_hook_registry::register(libc::SIGINT, on_interrupt) };
    // Without the handler, Ctrl-C keeps its default effect.
    if registered.is_ok() {
        // SAFETY: the function takes no parameters and does not unwind.
        unsafe { libc::atexit(at_exit) };
    }
}

/// Makes the process exit as interrupted. Otherwise, if all tests passed, the harness would report success for searches
/// that were cut short.
#[cfg(unix)]
extern "C" fn at_exit() {
    if is_interrupted() {
        end_process();
    }
}

/// Ends the process as Ctrl-C does by default.
#[cfg(unix)]
fn end_process() {
    // SAFETY: the signal and its default action are valid, and both functions are async-signal-safe.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::raise(libc::SIGINT);
    }
}

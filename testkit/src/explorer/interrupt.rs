//! Ctrl-C, which ends a soak with what it has found so far.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether it was pressed, since [`watch`] was called.
pub(crate) fn is_interrupted() -> bool {
    IS_INTERRUPTED.load(Ordering::Relaxed)
}

/// From now on, Ctrl-C ends searches, and leaves the process to come to its end, whose status is then that of one that was
/// interrupted. A second one ends it at once. Where there are no Unix signals, the first one does.
pub(crate) fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        #[cfg(unix)]
        register();
    });
}

#[cfg(unix)]
fn register() {
    let note = || {
        if IS_INTERRUPTED.swap(true, Ordering::Relaxed) {
            end();
        }
    };
    // SAFETY: what runs in the handler touches an atomic, and calls two functions that may be called in one.
    let registered = unsafe { signal_hook_registry::register(libc::SIGINT, note) };
    // Without the handler, Ctrl-C is as always.
    if registered.is_ok() {
        // SAFETY: it is a function without parameters that does not unwind.
        unsafe { libc::atexit(at_exit) };
    }
}

/// A harness whose tests have all passed would end in success, although not all that was asked for has been run.
#[cfg(unix)]
extern "C" fn at_exit() {
    if is_interrupted() {
        end();
    }
}

/// Ends the process as Ctrl-C does by default.
#[cfg(unix)]
fn end() {
    // SAFETY: the default is a valid action, and the signal a valid one; both functions may be called anywhere.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::raise(libc::SIGINT);
    }
}

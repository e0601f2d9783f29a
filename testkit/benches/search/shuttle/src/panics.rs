//! Catches expected panics and keeps them from standard error.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static IS_EXPECTED: Cell<bool> = const { Cell::new(false) };
    /// Message of the first panic. Later panics are consequences of it.
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `call`. Returns the message of its first panic, if it panics.
pub(crate) fn caught(call: impl FnOnce()) -> Option<String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| if IS_EXPECTED.get() { keep(panic) } else { usual(panic) }));
    });
    MESSAGE.take();
    IS_EXPECTED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    IS_EXPECTED.set(false);
    // A resumed panic does not call the hook.
    result.is_err().then(|| MESSAGE.take().unwrap_or_else(|| "the panic has no message".to_owned()))
}

fn keep(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let message = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
    MESSAGE.with_borrow_mut(|first| {
        first.get_or_insert_with(|| message.unwrap_or("the panic has no message").to_owned());
    });
}

//! Panics that are expected: caught, and kept from standard error.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static IS_EXPECTED: Cell<bool> = const { Cell::new(false) };
    /// Of the first panic; those that follow come of it.
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Calls it. Returns the words of its first panic, if it panics.
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
    // What is resumed and not thrown passes by the hook.
    result.is_err().then(|| MESSAGE.take().unwrap_or_else(|| "it says nothing".to_owned()))
}

fn keep(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let message = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
    MESSAGE.with_borrow_mut(|first| {
        first.get_or_insert_with(|| message.unwrap_or("it has no words").to_owned());
    });
}

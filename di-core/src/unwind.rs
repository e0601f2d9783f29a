//! What is left after a panic.

use std::any::Any;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The message of a panic, if it is a text.
pub fn panic_text(panic: &(dyn Any + Send)) -> Option<&str> {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str))
}

/// Locks a mutex whose content no panic leaves half done.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

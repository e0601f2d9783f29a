//! Access to the values of built fields.

/// Returns the value of a built field.
#[inline]
pub fn built<T>(field: &Option<T>) -> &T {
    match field {
        Some(value) => value,
        None => not_built(),
    }
}

/// Takes the value of a built field.
#[inline]
pub fn unwrap_built<T>(field: Option<T>) -> T {
    match field {
        Some(value) => value,
        None => not_built(),
    }
}

/// Panics, because a field was read before it was built.
#[cold]
pub fn not_built() -> ! {
    unreachable!("di-core read a field before it was built. This is a bug in di-core; please report it.")
}

//! Values of fields that are built.

/// Returns the value of a field that is built.
#[inline]
pub fn built<T>(field: &Option<T>) -> &T {
    match field {
        Some(value) => value,
        None => not_built(),
    }
}

/// Takes the value of a field that is built.
#[inline]
pub fn unwrap_built<T>(field: Option<T>) -> T {
    match field {
        Some(value) => value,
        None => not_built(),
    }
}

/// Panics, where a field without a value is read.
#[cold]
pub fn not_built() -> ! {
    unreachable!("di-core read a field before it was built; this is a bug in di-core, please report it")
}

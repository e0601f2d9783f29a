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

/// Returns the value of a field with `#[if_needed]` in a finished container.
///
/// # Panics
/// Panics if nothing needed the field when the container was built.
#[track_caller]
pub fn needed<'a, T>(field: &'a Option<T>, name: &str) -> &'a T {
    match field {
        Some(value) => value,
        None => panic!(
            "`{name}` was not built, because nothing needed it: read the field itself, which is an `Option`, or remove \
             its `#[if_needed]`"
        ),
    }
}

/// Panics, because a field was read before it was built.
#[cold]
pub fn not_built() -> ! {
    unreachable!("di-core read a field before it was built. This is a bug in di-core; please report it.")
}

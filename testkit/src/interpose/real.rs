//! The operating system's own functions, of which this binary has others of the same names.

use std::ffi::{CStr, c_void};
use std::sync::OnceLock;

/// One of them, looked up when it is first needed.
pub(super) struct Real<F> {
    name: &'static CStr,
    found: OnceLock<Option<F>>,
}

impl<F: Copy> Real<F> {
    /// # Safety
    /// `F` is a function pointer, of the type that the system's function of this name has.
    pub(super) const unsafe fn named(name: &'static CStr) -> Self {
        const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
        Real { name, found: OnceLock::new() }
    }

    /// Nothing, where the system's libraries are not loaded dynamically.
    pub(super) fn get(&self) -> Option<F> {
        *self.found.get_or_init(|| {
            // SAFETY: the name ends in a zero.
            let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
            // SAFETY: what the loader finds by the name behind this binary is the system's function, an `F`.
            (!found.is_null()).then(|| unsafe { std::mem::transmute_copy::<*mut c_void, F>(&found) })
        })
    }
}

//! The real functions of the operating system that this binary replaces.

use std::ffi::{CStr, c_void};
use std::sync::OnceLock;

/// A real function, looked up on first use.
pub(crate) struct Real<F> {
    name: &'static CStr,
    found: OnceLock<Option<F>>,
}

impl<F: Copy> Real<F> {
    /// Creates a lookup of the function with this name.
    ///
    /// # Safety
    /// `F` must be a function pointer with the type of the system's function of this name.
    pub(crate) const unsafe fn named(name: &'static CStr) -> Self {
        const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
        Real { name, found: OnceLock::new() }
    }

    /// Returns the function, or `None` if the system's libraries are linked statically.
    pub(crate) fn get(&self) -> Option<F> {
        *self.found.get_or_init(|| {
            // SAFETY: the name is null-terminated.
            let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
            // SAFETY: `RTLD_NEXT` skips this binary, so the symbol is the system's function, which has the type `F`.
            (!found.is_null()).then(|| unsafe { std::mem::transmute_copy::<*mut c_void, F>(&found) })
        })
    }
}

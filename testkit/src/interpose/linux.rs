//! What std, and the `getrandom` crate, ask of Linux.

use std::ffi::{c_int, c_uint, c_void};

use libc::{clockid_t, size_t, ssize_t, timespec};

use super::{Real, is_inside, virtual_time, write_virtual_bytes};

type ClockGettime = unsafe extern "C" fn(clockid_t, *mut timespec) -> c_int;

/// In place of libc's `clock_gettime`.
///
/// # Safety
/// As libc's: `time` points to a `timespec` that can be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    if !is_inside() {
        // SAFETY: as the caller says.
        return unsafe { real_clock_gettime(clock, time) };
    }
    // SAFETY: as the caller says.
    unsafe { time.write(virtual_time(clock)) };
    0
}

/// # Safety
/// As for [`clock_gettime`].
unsafe fn real_clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: this is the type of libc's function.
    static REAL: Real<ClockGettime> = unsafe { Real::named(c"clock_gettime") };
    match REAL.get() {
        // SAFETY: as the caller says.
        Some(real) => unsafe { real(clock, time) },
        // SAFETY: the same; without a dynamic libc, the system call is left.
        None => unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) as c_int },
    }
}

/// In place of libc's `getrandom`.
///
/// # Safety
/// As libc's: `buffer` points to `length` bytes that can be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut c_void, length: size_t, flags: c_uint) -> ssize_t {
    if !is_inside() {
        // SAFETY: as the caller says.
        return unsafe { libc::syscall(libc::SYS_getrandom, buffer, length, flags) as ssize_t };
    }
    // SAFETY: as the caller says.
    unsafe { write_virtual_bytes(buffer, length) };
    length as ssize_t
}

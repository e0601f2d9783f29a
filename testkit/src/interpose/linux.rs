//! Linux functions that std and the `getrandom` crate call.

use std::ffi::{c_int, c_uint, c_void};

use libc::{clockid_t, size_t, ssize_t, timespec};

use super::{Real, is_inside, virtual_time, write_virtual_bytes};

type ClockGettime = unsafe extern "C" fn(clockid_t, *mut timespec) -> c_int;

/// Replaces libc's `clock_gettime`.
///
/// # Safety
/// As for libc's function, `time` must point to a writable `timespec`.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    if !is_inside() {
        // SAFETY: guaranteed by the caller.
        return unsafe { real_clock_gettime(clock, time) };
    }
    // SAFETY: guaranteed by the caller.
    unsafe { time.write(virtual_time(clock)) };
    0
}

/// Calls libc's `clock_gettime`.
///
/// # Safety
/// As for [`clock_gettime`].
unsafe fn real_clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: this is the type of libc's function.
    static REAL: Real<ClockGettime> = unsafe { Real::named(c"clock_gettime") };
    match REAL.get() {
        // SAFETY: guaranteed by the caller.
        Some(real) => unsafe { real(clock, time) },
        // SAFETY: guaranteed by the caller. Without a dynamic libc, only the system call is available.
        None => unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) as c_int },
    }
}

/// Replaces libc's `getrandom`.
///
/// # Safety
/// As for libc's function, `buffer` must point to `length` writable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut c_void, length: size_t, flags: c_uint) -> ssize_t {
    if !is_inside() {
        // SAFETY: guaranteed by the caller.
        return unsafe { libc::syscall(libc::SYS_getrandom, buffer, length, flags) as ssize_t };
    }
    // SAFETY: guaranteed by the caller.
    unsafe { write_virtual_bytes(buffer, length) };
    length as ssize_t
}

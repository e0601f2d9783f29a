//! macOS functions that std and the `getrandom` crate call.
//!
//! Only code that is linked into the binary calls these functions; the system's libraries call their own. Two functions
//! are not replaced:
//!
//! - `gettimeofday`, because parking_lot waits until absolute times of this clock;
//! - `mach_absolute_time`, which neither std nor tokio calls, and which cannot express a time before the machine was
//!   started.
//!
//! On macOS, std waits for relative times, so a blocking wait in a simulation takes its real duration.

use std::ffi::{c_int, c_void};

use libc::{CCRNGStatus, clockid_t, kCCSuccess, size_t, timespec};

use super::{Real, is_inside, virtual_time, write_virtual_bytes};

type ClockGettime = unsafe extern "C" fn(clockid_t, *mut timespec) -> c_int;
type GetEntropy = unsafe extern "C" fn(*mut c_void, size_t) -> c_int;
type GenerateBytes = unsafe extern "C" fn(*mut c_void, size_t) -> CCRNGStatus;

/// Reason why the system's functions are always found.
const IS_DYNAMIC: &str = "libSystem is always linked dynamically on macOS";

/// Maximum number of bytes that `getentropy` writes.
const MAX_ENTROPY: size_t = 256;

/// Replaces libSystem's `clock_gettime`, which the clocks of std use.
///
/// # Safety
/// As for libSystem's function, `time` must point to a writable `timespec`.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: this is the type of libSystem's function.
    static REAL: Real<ClockGettime> = unsafe { Real::named(c"clock_gettime") };
    if !is_inside() {
        // SAFETY: guaranteed by the caller.
        return unsafe { REAL.get().expect(IS_DYNAMIC)(clock, time) };
    }
    // SAFETY: guaranteed by the caller.
    unsafe { time.write(virtual_time(clock)) };
    0
}

/// Replaces libSystem's `getentropy`, which the `getrandom` crate calls.
///
/// # Safety
/// As for libSystem's function, `buffer` must point to `length` writable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn getentropy(buffer: *mut c_void, length: size_t) -> c_int {
    // SAFETY: this is the type of libSystem's function.
    static REAL: Real<GetEntropy> = unsafe { Real::named(c"getentropy") };
    // A request for too many bytes is an error, which the system's function reports.
    if !is_inside() || length > MAX_ENTROPY {
        // SAFETY: guaranteed by the caller.
        return unsafe { REAL.get().expect(IS_DYNAMIC)(buffer, length) };
    }
    // SAFETY: guaranteed by the caller.
    unsafe { write_virtual_bytes(buffer, length) };
    0
}

/// Replaces libSystem's `CCRandomGenerateBytes`, from which std gets the keys of its hash maps.
///
/// # Safety
/// As for libSystem's function, `buffer` must point to `length` writable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn CCRandomGenerateBytes(buffer: *mut c_void, length: size_t) -> CCRNGStatus {
    // SAFETY: this is the type of libSystem's function.
    static REAL: Real<GenerateBytes> = unsafe { Real::named(c"CCRandomGenerateBytes") };
    if !is_inside() {
        // SAFETY: guaranteed by the caller.
        return unsafe { REAL.get().expect(IS_DYNAMIC)(buffer, length) };
    }
    // SAFETY: guaranteed by the caller.
    unsafe { write_virtual_bytes(buffer, length) };
    kCCSuccess
}

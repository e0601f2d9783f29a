//! What std, and the `getrandom` crate, ask of macOS.
//!
//! Only code that is linked into the binary comes here; the system's libraries call their own functions. Two functions stay
//! real: `gettimeofday`, since parking_lot waits until absolute times of it, and `mach_absolute_time`, which neither std nor
//! tokio calls, and which cannot tell a time before the machine was started.
//!
//! std's waits are relative on macOS: a blocking wait in a simulation takes as long as it says.

use std::ffi::{c_int, c_void};

use libc::{CCRNGStatus, clockid_t, kCCSuccess, size_t, timespec};

use super::{Real, is_inside, virtual_time, write_virtual_bytes};

type ClockGettime = unsafe extern "C" fn(clockid_t, *mut timespec) -> c_int;
type GetEntropy = unsafe extern "C" fn(*mut c_void, size_t) -> c_int;
type GenerateBytes = unsafe extern "C" fn(*mut c_void, size_t) -> CCRNGStatus;

/// Why the system's functions are always found.
const IS_DYNAMIC: &str = "macOS has libSystem as a dynamic library only";

/// The most that `getentropy` writes.
const MOST_ENTROPY: size_t = 256;

/// In place of libSystem's `clock_gettime`, which std's clocks are.
///
/// # Safety
/// As libSystem's: `time` points to a `timespec` that can be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: this is the type of libSystem's function.
    static REAL: Real<ClockGettime> = unsafe { Real::named(c"clock_gettime") };
    if !is_inside() {
        // SAFETY: as the caller says.
        return unsafe { REAL.get().expect(IS_DYNAMIC)(clock, time) };
    }
    // SAFETY: as the caller says.
    unsafe { time.write(virtual_time(clock)) };
    0
}

/// In place of libSystem's `getentropy`, which the `getrandom` crate calls.
///
/// # Safety
/// As libSystem's: `buffer` points to `length` bytes that can be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn getentropy(buffer: *mut c_void, length: size_t) -> c_int {
    // SAFETY: this is the type of libSystem's function.
    static REAL: Real<GetEntropy> = unsafe { Real::named(c"getentropy") };
    // To ask for too much is an error, and how it is told is the system's to say.
    if !is_inside() || length > MOST_ENTROPY {
        // SAFETY: as the caller says.
        return unsafe { REAL.get().expect(IS_DYNAMIC)(buffer, length) };
    }
    // SAFETY: as the caller says.
    unsafe { write_virtual_bytes(buffer, length) };
    0
}

/// In place of libSystem's `CCRandomGenerateBytes`, which std draws the keys of its hash maps by.
///
/// # Safety
/// As libSystem's: `buffer` points to `length` bytes that can be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn CCRandomGenerateBytes(buffer: *mut c_void, length: size_t) -> CCRNGStatus {
    // SAFETY: this is the type of libSystem's function.
    static REAL: Real<GenerateBytes> = unsafe { Real::named(c"CCRandomGenerateBytes") };
    if !is_inside() {
        // SAFETY: as the caller says.
        return unsafe { REAL.get().expect(IS_DYNAMIC)(buffer, length) };
    }
    // SAFETY: as the caller says.
    unsafe { write_virtual_bytes(buffer, length) };
    kCCSuccess
}

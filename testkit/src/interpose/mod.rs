//! Replaces the clocks and randomness of the operating system inside a simulation, with the feature `interpose`.
//!
//! If a test binary defines functions with the names of libc functions, all code in it calls them instead, including
//! std. On a thread that polls a task of a simulation, they return its virtual time, and random bytes derived from its
//! seed. On all other threads, and in other code on the same thread, they call the operating system. The functions that
//! are replaced depend on the platform.
//!
//! The virtual monotonic clock is always far earlier than the real one. On Linux, std waits until absolute times of
//! this clock. If the virtual clock were ahead, a blocking wait in a test could take years.

#[cfg(all(target_os = "linux", target_pointer_width = "64", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod direct;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod real;

use std::cell::Cell;
use std::ffi::c_void;
use std::time::Duration;

use libc::{CLOCK_REALTIME, clockid_t, timespec};

#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
pub(crate) use direct::call as call_system;
pub(crate) use real::Real;

/// Makes a system call, given by its number and up to six arguments. Returns -1 and sets `errno` if it fails.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
macro_rules! system_call {
    ($number:expr $(, $argument:expr)*) => {{
        let arguments = [$($argument as std::ffi::c_long),*];
        let mut all = [0; 6];
        all[..arguments.len()].copy_from_slice(&arguments);
        $crate::interpose::call_system($number, all)
    }};
}
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) use system_call;

/// Makes a system call through libc.
///
/// # Safety
/// The arguments must be what the system call needs.
#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    not(any(target_arch = "x86_64", target_arch = "aarch64"))
))]
pub(crate) unsafe fn call_system(
    number: std::ffi::c_long,
    [a, b, c, d, e, f]: [std::ffi::c_long; 6],
) -> std::ffi::c_long {
    // SAFETY: guaranteed by the caller.
    unsafe { libc::syscall(number, a, b, c, d, e, f) }
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static MONOTONIC: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static SYSTEM: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static RANDOM: Cell<u64> = const { Cell::new(0) };
}

/// Start of the virtual monotonic clock, in seconds: forty years before the machine started, which is the start of the
/// real clock.
const START: i64 = -40 * 365 * 24 * 60 * 60;

/// Calls `act` with virtual time and randomness.
pub(crate) fn inside<R>(act: impl FnOnce() -> R) -> R {
    let _inside = Inside(INSIDE.replace(true));
    act()
}

/// Restores the previous state when dropped.
struct Inside(bool);

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}

/// Sets the virtual times: since the start of the monotonic clock, and since 1970.
pub(crate) fn set_time(monotonic: Duration, system: Duration) {
    MONOTONIC.set(monotonic);
    SYSTEM.set(system);
}

/// Moves both virtual times forward: to this time since the start of the monotonic clock.
pub(crate) fn advance_to(monotonic: Duration) {
    let passed = monotonic.saturating_sub(MONOTONIC.replace(monotonic));
    SYSTEM.set(SYSTEM.get() + passed);
}

/// Sets the seed of the randomness.
pub(crate) fn set_seed(seed: u64) {
    RANDOM.set(seed);
}

pub(crate) fn is_inside() -> bool {
    INSIDE.try_with(Cell::get).unwrap_or(false)
}

/// Returns the virtual time of a clock.
fn virtual_time(clock: clockid_t) -> timespec {
    let (since, start) = if clock == CLOCK_REALTIME { (SYSTEM.get(), 0) } else { (MONOTONIC.get(), START) };
    timespec { tv_sec: start + since.as_secs() as i64, tv_nsec: i64::from(since.subsec_nanos()) }
}

/// Fills a buffer with random bytes derived from the seed.
///
/// # Safety
/// `buffer` must point to `length` writable bytes.
unsafe fn write_virtual_bytes(buffer: *mut c_void, length: usize) {
    // SAFETY: guaranteed by the caller.
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
    let mut rng = fastrand::Rng::with_seed(RANDOM.get());
    rng.fill(bytes);
    RANDOM.set(rng.get_seed());
}

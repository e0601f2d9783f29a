//! The clocks and the randomness of the operating system, taken over inside of a simulation, with the feature `interpose`.
//!
//! A test binary that has functions of libc's names uses them in place of libc's, std's own calls included. On a thread that
//! polls a task of a simulation they answer with its virtual time and with its seed; on any other thread, and in whatever
//! else runs here, with the operating system's. Which functions these are, depends on the system.
//!
//! The virtual monotonic clock stays far behind the real one: on Linux std waits until absolute times of it, and one that is
//! ahead would make a blocking wait in a test wait for years.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod real;

use std::cell::Cell;
use std::ffi::c_void;
use std::time::Duration;

use libc::{CLOCK_REALTIME, clockid_t, timespec};

use real::Real;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static MONOTONIC: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static SYSTEM: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static RANDOM: Cell<u64> = const { Cell::new(0) };
}

/// The monotonic clock's start in a simulation, from its real epoch, which is when the machine was started: forty years
/// before, in seconds.
const START: i64 = -40 * 365 * 24 * 60 * 60;

/// Does something that sees virtual time and randomness.
pub(crate) fn inside<R>(act: impl FnOnce() -> R) -> R {
    let _inside = Inside(INSIDE.replace(true));
    act()
}

/// Restores what was seen before, when it is dropped.
struct Inside(bool);

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}

/// Sets the virtual times: since the monotonic clock's start, and since 1970.
pub(crate) fn set_time(monotonic: Duration, system: Duration) {
    MONOTONIC.set(monotonic);
    SYSTEM.set(system);
}

/// Sets what the randomness depends on.
pub(crate) fn set_seed(seed: u64) {
    RANDOM.set(seed);
}

fn is_inside() -> bool {
    INSIDE.try_with(Cell::get).unwrap_or(false)
}

/// What a clock shows inside.
fn virtual_time(clock: clockid_t) -> timespec {
    let (since, start) = if clock == CLOCK_REALTIME { (SYSTEM.get(), 0) } else { (MONOTONIC.get(), START) };
    timespec { tv_sec: start + since.as_secs() as i64, tv_nsec: i64::from(since.subsec_nanos()) }
}

/// Writes what is random inside.
///
/// # Safety
/// `buffer` points to `length` bytes that can be written.
unsafe fn write_virtual_bytes(buffer: *mut c_void, length: usize) {
    // SAFETY: as the caller says.
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
    let mut rng = fastrand::Rng::with_seed(RANDOM.get());
    rng.fill(bytes);
    RANDOM.set(rng.get_seed());
}

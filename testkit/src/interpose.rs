//! The clocks and the randomness of the operating system, taken over inside of a simulation, with the feature `interpose`.
//!
//! A test binary that has these two functions uses them in place of libc's, std's own calls included. On a thread that polls
//! a task of a simulation they answer with its virtual time and with its seed; on any other thread, and in whatever else
//! runs here, with the operating system's.
//!
//! The virtual monotonic clock stays far behind the real one: std waits until absolute times of it, and one that is ahead
//! would make a blocking wait in a test wait for years.

use std::cell::Cell;
use std::ffi::{c_int, c_uint, c_void};
use std::sync::OnceLock;
use std::time::Duration;

use libc::{CLOCK_REALTIME, clockid_t, size_t, ssize_t, timespec};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static MONOTONIC: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static SYSTEM: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static RANDOM: Cell<u64> = const { Cell::new(0) };
}

/// The monotonic clock's start in a simulation, from its real epoch, which is when the machine was started: forty years
/// before, in seconds.
const START: i64 = -40 * 365 * 24 * 60 * 60;

/// Has this thread see virtual time and randomness, until what is returned is dropped.
pub(crate) fn enter() -> Inside {
    Inside(INSIDE.replace(true))
}

/// Restores what was seen before, when it is dropped.
pub(crate) struct Inside(bool);

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
    let (since, start) = if clock == CLOCK_REALTIME { (SYSTEM.get(), 0) } else { (MONOTONIC.get(), START) };
    let virtual_time = timespec { tv_sec: start + since.as_secs() as i64, tv_nsec: i64::from(since.subsec_nanos()) };
    // SAFETY: as the caller says.
    unsafe { time.write(virtual_time) };
    0
}

type ClockGettime = unsafe extern "C" fn(clockid_t, *mut timespec) -> c_int;

/// # Safety
/// As for [`clock_gettime`].
unsafe fn real_clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    static REAL: OnceLock<Option<ClockGettime>> = OnceLock::new();
    let real = REAL.get_or_init(|| {
        // SAFETY: the name ends in a zero; what the loader finds by it behind this binary is libc's function, of this type.
        unsafe {
            let found = libc::dlsym(libc::RTLD_NEXT, c"clock_gettime".as_ptr());
            (!found.is_null()).then(|| std::mem::transmute::<*mut c_void, ClockGettime>(found))
        }
    });
    match real {
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
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
    let mut rng = fastrand::Rng::with_seed(RANDOM.get());
    rng.fill(bytes);
    RANDOM.set(rng.get_seed());
    length as ssize_t
}

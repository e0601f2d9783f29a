//! Samples the call stack of a thread that does not return from a poll, and measures its processor time.

use std::time::Duration;

#[cfg(not(unix))]
use crate::trace::TaskStack;

/// The thread that runs a test. 0 if it is not known.
pub(super) type ThreadNumber = u64;

/// Samples the call stack of a thread several times. Returns the sample that represents the most, or `None` if the system
/// does not allow it.
#[cfg(not(unix))]
pub(super) fn sampled_stack(_: ThreadNumber) -> Option<TaskStack> {
    None
}

/// Returns how much processor time a thread has used, or `None` if the system does not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn processor_time(_: ThreadNumber) -> Option<Duration> {
    None
}

/// Returns how much processor time a thread has used. The thread must not have ended.
#[cfg(target_os = "linux")]
pub(super) fn processor_time(thread: ThreadNumber) -> Option<Duration> {
    if thread == 0 {
        return None;
    }
    let mut clock = 0;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the thread has not ended, by the contract above; both pointers are to local variables.
    let is_known = unsafe {
        libc::pthread_getcpuclockid(thread as libc::pthread_t, &raw mut clock) == 0
            && libc::clock_gettime(clock, &raw mut time) == 0
    };
    is_known.then(|| Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32))
}

#[cfg(unix)]
pub(super) use unix::sampled_stack;

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::sync::{Mutex, Once};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::ThreadNumber;
    use crate::internal::lock;
    use crate::report::waiting;
    use crate::trace::TaskStack;

    /// A signal that is ignored by default, and that few programs use.
    const SIGNAL: i32 = libc::SIGURG;

    const SAMPLES: usize = 24;

    /// Time between two samples.
    const PAUSE: Duration = Duration::from_millis(2);

    /// Time after which a thread counts as unable to handle the signal.
    const MAX_WAIT: Duration = Duration::from_millis(200);

    const MAX_FRAMES: usize = 128;

    /// Only one thread is sampled at a time.
    static SAMPLING: Mutex<()> = Mutex::new(());

    /// The thread that handles the signal; 0 if there is none.
    static TARGET: AtomicU64 = AtomicU64::new(0);

    /// Number of addresses of the last sample, once it is complete.
    static LENGTH: AtomicUsize = AtomicUsize::new(0);
    static ADDRESSES: [AtomicUsize; MAX_FRAMES] = [const { AtomicUsize::new(0) }; MAX_FRAMES];

    /// Samples the call stack of a thread several times. Returns the sample whose innermost line of the user's code is
    /// the most frequent. The thread must not have ended.
    pub(in crate::explorer) fn sampled_stack(thread: ThreadNumber) -> Option<TaskStack> {
        if thread == 0 {
            return None;
        }
        static INSTALLED: Once = Once::new();
        let _sampling = lock(&SAMPLING);
        INSTALLED.call_once(|| {
            // SAFETY: the handler only writes to atomics and walks its own stack.
            // If it cannot be installed, no sample arrives.
            _ = unsafe { signal_hook_registry::register(SIGNAL, take_sample) };
        });
        let samples: Vec<TaskStack> = (0..SAMPLES).map_while(|_| sample(thread)).collect();
        let place = |stack: &TaskStack| waiting(stack).frames.first().map(ToString::to_string);
        let places: Vec<_> = samples.iter().map(place).collect();
        let count = |at: &usize| places.iter().filter(|other| **other == places[*at]).count();
        let most = (0..samples.len()).filter(|&at| places[at].is_some()).max_by_key(count)?;
        samples.into_iter().nth(most)
    }

    fn sample(thread: ThreadNumber) -> Option<TaskStack> {
        sleep(PAUSE);
        LENGTH.store(0, Ordering::Relaxed);
        TARGET.store(thread, Ordering::Release);
        // SAFETY: the thread has not ended, by the contract of `sampled_stack`.
        let sent = unsafe { libc::pthread_kill(thread as libc::pthread_t, SIGNAL) };
        let begun = Instant::now();
        while sent == 0 && LENGTH.load(Ordering::Acquire) == 0 && begun.elapsed() < MAX_WAIT {
            std::thread::yield_now();
        }
        TARGET.store(0, Ordering::Release);
        let length = LENGTH.load(Ordering::Acquire);
        let addresses = ADDRESSES[..length].iter().map(|address| address.load(Ordering::Relaxed));
        (length > 0).then(|| TaskStack::of_addresses(addresses))
    }

    /// Handles the signal: stores the addresses of the current stack.
    fn take_sample() {
        // SAFETY: this function has no preconditions.
        let current = unsafe { libc::pthread_self() } as ThreadNumber;
        if TARGET.load(Ordering::Acquire) != current {
            return;
        }
        let mut length = 0;
        // SAFETY: only one thread walks its stack here at a time, and the walk resolves no symbols.
        unsafe {
            backtrace::trace_unsynchronized(|frame| {
                ADDRESSES[length].store(frame.ip() as usize, Ordering::Relaxed);
                length += 1;
                length < MAX_FRAMES
            });
        }
        LENGTH.store(length, Ordering::Release);
    }
}

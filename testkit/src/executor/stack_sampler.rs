//! Samples the call stack of a thread that polls a future, and measures its processor time.

use std::time::Duration;

#[cfg(not(unix))]
use crate::trace::TaskStack;

/// A thread, as the system identifies it to the other threads of the process. 0 if it is not known.
pub(crate) type ThreadNumber = u64;

/// Maximum number of samples, the time between two of them, and the maximum time for all.
#[derive(Clone, Copy)]
pub(crate) struct Samples {
    pub(crate) count: usize,
    pub(crate) pause: Duration,
    pub(crate) time: Duration,
}

/// Samples the call stack of a thread several times. Returns no sample if the system does not allow it.
#[cfg(not(unix))]
pub(crate) fn sampled_stacks(_: ThreadNumber, _: Samples) -> Vec<TaskStack> {
    Vec::new()
}

/// Returns how much processor time a thread has used, or `None` if the system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn processor_time(_: ThreadNumber) -> Option<Duration> {
    None
}

/// Returns how much processor time a thread has used. The thread must not have ended.
#[cfg(target_os = "linux")]
pub(crate) fn processor_time(thread: ThreadNumber) -> Option<Duration> {
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
pub(crate) use unix::sampled_stacks;

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::sync::{Mutex, Once};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::{Samples, ThreadNumber};
    use crate::internal::lock;
    use crate::trace::TaskStack;

    /// A signal that is ignored by default, and that few programs use.
    const SIGNAL: i32 = libc::SIGURG;

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

    /// Samples the call stack of a thread several times. The thread must not have ended.
    pub(crate) fn sampled_stacks(thread: ThreadNumber, samples: Samples) -> Vec<TaskStack> {
        if thread == 0 {
            return Vec::new();
        }
        static INSTALLED: Once = Once::new();
        let _sampling = lock(&SAMPLING);
        INSTALLED.call_once(|| {
            // SAFETY: the handler only writes to atomics and walks its own stack.
            // If it cannot be installed, no sample arrives.
            _ = unsafe { signal_hook_registry::register(SIGNAL, take_sample) };
        });
        let begun = Instant::now();
        let sample = |_| {
            sleep(samples.pause);
            if begun.elapsed() < samples.time { sample(thread) } else { None }
        };
        let stacks: Vec<_> = (0..samples.count).map_while(sample).collect();
        stacks.into_iter().map(|stack| TaskStack::of_addresses(stack.into_iter())).collect()
    }

    /// Returns the addresses of the current stack of a thread.
    fn sample(thread: ThreadNumber) -> Option<Vec<usize>> {
        LENGTH.store(0, Ordering::Relaxed);
        TARGET.store(thread, Ordering::Release);
        // SAFETY: the thread has not ended, by the contract of `sampled_stacks`.
        let sent = unsafe { libc::pthread_kill(thread as libc::pthread_t, SIGNAL) };
        let begun = Instant::now();
        while sent == 0 && LENGTH.load(Ordering::Acquire) == 0 && begun.elapsed() < MAX_WAIT {
            std::thread::yield_now();
        }
        TARGET.store(0, Ordering::Release);
        let length = LENGTH.load(Ordering::Acquire);
        (length > 0).then(|| ADDRESSES[..length].iter().map(|address| address.load(Ordering::Relaxed)).collect())
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

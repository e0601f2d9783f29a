//! Threads of the process that belong neither to a simulation nor to the test harness.

use crate::trace::ForeignThread;

/// Returns the threads that neither run a simulation, nor wait for one, nor run another test. Empty if the system cannot
/// list threads.
#[cfg(target_os = "linux")]
pub(crate) fn foreign_threads() -> Vec<ForeignThread> {
    let own = crate::internal::lock(&linux::OWN);
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    let mut foreign = Vec::new();
    for thread in threads.flatten() {
        let number = thread.file_name().to_str().and_then(|number| number.parse().ok()).unwrap_or(0);
        // The first thread has the number of the process.
        if number == std::process::id() || own.iter().any(|own| own.number == number) {
            continue;
        }
        if let Some(name) = linux::name(&thread.path()) {
            // A thread without a name inherits the name of the thread that started it. If that runs tests, so does this
            // one. The test harness names a thread after its test.
            let is_of_test = own.iter().any(|own| own.name != linux::WORKER && own.name == name);
            if is_of_test || name.contains("::") {
                continue;
            }
            let name = Some(name).filter(|name| name != linux::WORKER);
            foreign.push(ForeignThread { name, age: linux::age(&thread.path()).unwrap_or_default() });
        }
    }
    foreign
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn foreign_threads() -> Vec<ForeignThread> {
    Vec::new()
}

/// Returns the number by which other threads of the process send signals to this one. 0 if there is none.
#[cfg(unix)]
pub(super) fn this_thread() -> u64 {
    // SAFETY: `pthread_self` has no preconditions.
    (unsafe { libc::pthread_self() }) as u64
}

#[cfg(not(unix))]
pub(super) fn this_thread() -> u64 {
    0
}

/// Marks the current thread as one that runs a simulation or waits for one, until it is dropped.
pub(crate) struct OwnThread(());

impl OwnThread {
    pub(crate) fn new() -> Self {
        #[cfg(target_os = "linux")]
        crate::internal::lock(&linux::OWN).push(linux::Own::current());
        OwnThread(())
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        {
            let mut own = crate::internal::lock(&linux::OWN);
            if let Some(at) = own.iter().position(|own| own.number == linux::number()) {
                own.swap_remove(at);
            }
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::CStr;
    use std::path::Path;
    use std::sync::Mutex;
    use std::time::Duration;

    /// Name of the threads that run simulations.
    pub(super) const WORKER: &str = "testkit";

    /// A marked thread.
    pub(super) struct Own {
        pub(super) number: u32,
        pub(super) name: String,
    }

    impl Own {
        pub(super) fn current() -> Self {
            let mut name = [0_u8; NAME_SIZE];
            // SAFETY: the system writes at most this many bytes, including a zero at the end.
            unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
            let name = CStr::from_bytes_until_nul(&name).unwrap_or_default();
            Own { number: number(), name: name.to_string_lossy().into_owned() }
        }
    }

    /// The marked threads. A thread may be marked several times.
    pub(super) static OWN: Mutex<Vec<Own>> = Mutex::new(Vec::new());

    /// Size of the name of a thread, with the zero at its end.
    const NAME_SIZE: usize = 16;

    /// Returns the real time since the thread with this directory was started.
    pub(super) fn age(directory: &Path) -> Option<Duration> {
        let stat = std::fs::read_to_string(directory.join("stat")).ok()?;
        // The name in parentheses may contain anything.
        let start: u64 = stat.rsplit_once(')')?.1.split_whitespace().nth(START_TIME)?.parse().ok()?;
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a local variable; `sysconf` has no preconditions.
        let ticks = unsafe {
            libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now);
            libc::sysconf(libc::_SC_CLK_TCK)
        };
        let now = Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32);
        let start = Duration::from_secs_f64(start as f64 / ticks.max(1) as f64);
        Some(now.saturating_sub(start))
    }

    /// Position of the start time among the fields after the name in `/proc/self/task/*/stat`.
    const START_TIME: usize = 19;

    /// Returns the name of the thread with this directory.
    pub(super) fn name(directory: &Path) -> Option<String> {
        let name = std::fs::read_to_string(directory.join("comm")).ok()?;
        Some(name.trim_end().to_owned())
    }

    /// Returns the number of the current thread.
    pub(super) fn number() -> u32 {
        // SAFETY: `gettid` has no preconditions, and cannot fail.
        unsafe { libc::gettid() }.cast_unsigned()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn threads_are_listed_unless_they_are_marked() {
        let (sender, receiver) = mpsc::channel::<()>();
        let (marked, is_marked) = mpsc::channel();
        let waiting = thread::Builder::new().name("foreign".to_owned()).spawn(move || {
            marked.send(()).unwrap();
            _ = receiver.recv();
            let _own = OwnThread::new();
            marked.send(()).unwrap();
            _ = receiver.recv();
        });
        let is_listed = || foreign_threads().iter().any(|thread| thread.name.as_deref() == Some("foreign"));
        is_marked.recv().unwrap();
        assert!(is_listed());
        sender.send(()).unwrap();
        is_marked.recv().unwrap();
        assert!(!is_listed());
        drop(sender);
        waiting.unwrap().join().unwrap();
    }
}

//! Threads of the process that belong neither to a simulation nor to the test harness.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::trace::ForeignThread;

/// Like [`foreign_threads`], but gives threads that have just been started the time to take their names.
pub(crate) fn named_foreign_threads() -> Vec<ForeignThread> {
    let begun = Instant::now();
    loop {
        let foreign = foreign_threads();
        if begun.elapsed() > MAX_NAMING || !foreign.iter().any(ForeignThread::may_be_starting) {
            return foreign;
        }
        thread::sleep(NAMING_PAUSE);
    }
}

/// How long a list of threads waits at most for their names. A thread without a name that never waits takes all of it.
const MAX_NAMING: Duration = Duration::from_millis(250);

/// Real time between two looks at threads that have no name yet.
const NAMING_PAUSE: Duration = Duration::from_millis(2);

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
            // A worker thread that has this name is about to be marked, or to end.
            if name == WORKER {
                continue;
            }
            // A thread without a name inherits the name of the thread that started it. If that runs tests, so does this
            // one. The test harness names a thread after its test.
            let is_of_test = own.iter().any(|own| own.name != linux::SIMULATING && own.name == name);
            if is_of_test || name.contains("::") {
                continue;
            }
            let name = Some(name).filter(|name| name != linux::SIMULATING);
            let (is_running, age) = linux::state_and_age(&thread.path()).unwrap_or_default();
            foreign.push(ForeignThread { name, age, is_running });
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

/// Name of the threads that testkit starts.
const WORKER: &str = "testkit";

/// Starts a worker thread. `spawn` gets a builder, and the thread must begin with [`Unmarked::mark`].
///
/// A new thread has the name of the thread that started it, until it sets its own. No list of threads is made in the
/// meantime.
pub(crate) fn start_worker<T>(spawn: impl FnOnce(thread::Builder, Unmarked) -> T) -> T {
    #[cfg(target_os = "linux")]
    let _no_list = crate::internal::lock(&linux::OWN);
    let (running, is_running) = mpsc::channel();
    let started = spawn(thread::Builder::new().name(WORKER.to_owned()), Unmarked { _running: running });
    // Fails when the other side is dropped: the thread has its name, or could not be started.
    _ = is_running.recv();
    started
}

/// A worker thread that is not marked yet. The sender shows, when it is dropped, that the thread is running.
pub(crate) struct Unmarked {
    _running: mpsc::Sender<()>,
}

impl Unmarked {
    /// Marks the current thread, which is the worker thread.
    pub(crate) fn mark(self) -> OwnThread {
        drop(self);
        OwnThread::new()
    }
}

/// Marks the current thread as one that runs a simulation or waits for one, until it is dropped.
pub(crate) struct OwnThread(());

impl OwnThread {
    pub(crate) fn new() -> Self {
        #[cfg(target_os = "linux")]
        {
            // While a worker thread is marked, it has another name. A thread that inherits that name was started by the
            // code under test, and one that is called `WORKER` is a worker thread.
            let mut own = crate::internal::lock(&linux::OWN);
            if linux::current_name() == WORKER {
                linux::set_current_name(linux::SIMULATING);
            }
            own.push(linux::Own { number: linux::number(), name: linux::current_name() });
        }
        OwnThread(())
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        {
            let number = linux::number();
            let mut own = crate::internal::lock(&linux::OWN);
            if let Some(at) = own.iter().position(|own| own.number == number) {
                own.swap_remove(at);
            }
            // Renamed under the lock, so that no list shows the thread as a foreign one.
            if own.iter().all(|own| own.number != number) && linux::current_name() == linux::SIMULATING {
                linux::set_current_name(WORKER);
            }
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{CStr, CString};
    use std::path::Path;
    use std::sync::Mutex;
    use std::time::Duration;

    /// Name of the worker threads while they are marked.
    pub(super) const SIMULATING: &str = "testkit-run";

    /// A marked thread.
    pub(super) struct Own {
        pub(super) number: u32,
        pub(super) name: String,
    }

    /// Returns the name of the current thread.
    pub(super) fn current_name() -> String {
        let mut name = [0_u8; NAME_SIZE];
        // SAFETY: the system writes at most this many bytes, including a zero at the end.
        unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
        CStr::from_bytes_until_nul(&name).unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Sets the name of the current thread, at most 15 bytes.
    pub(super) fn set_current_name(name: &str) {
        let name = CString::new(name).unwrap_or_default();
        // SAFETY: the pointer is to a string that ends with a zero.
        unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
    }

    /// The marked threads. A thread may be marked several times.
    pub(super) static OWN: Mutex<Vec<Own>> = Mutex::new(Vec::new());

    /// Size of the name of a thread, with the zero at its end.
    const NAME_SIZE: usize = 16;

    /// Returns whether the thread with this directory runs or is about to, and the real time since it was started.
    pub(super) fn state_and_age(directory: &Path) -> Option<(bool, Duration)> {
        let stat = std::fs::read_to_string(directory.join("stat")).ok()?;
        // The name in parentheses may contain anything.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let is_running = fields.next() == Some("R");
        let start: u64 = fields.nth(START_TIME)?.parse().ok()?;
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a local variable; `sysconf` has no preconditions.
        let ticks = unsafe {
            libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now);
            libc::sysconf(libc::_SC_CLK_TCK)
        };
        let now = Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32);
        let start = Duration::from_secs_f64(start as f64 / ticks.max(1) as f64);
        Some((is_running, now.saturating_sub(start)))
    }

    /// Position of the start time among the fields after the name and the state in `/proc/self/task/*/stat`.
    const START_TIME: usize = 18;

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

    /// Only the threads that a marked worker thread starts inherit its other name.
    #[test]
    fn a_worker_thread_has_another_name_while_it_is_marked() {
        let work = |unmarked: Unmarked| {
            assert_eq!(linux::current_name(), WORKER);
            let own = unmarked.mark();
            drop(OwnThread::new());
            let inherited = thread::spawn(linux::current_name).join().unwrap();
            assert_eq!((linux::current_name().as_str(), inherited.as_str()), (linux::SIMULATING, linux::SIMULATING));
            drop(own);
            assert_eq!(linux::current_name(), WORKER);
        };
        start_worker(|builder, unmarked| builder.spawn(move || work(unmarked))).unwrap().join().unwrap();
    }
}

//! Feature `interpose`: std's clocks and randomness are virtual inside a simulation, and real outside it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use testkit::{Explorer, Sim};

const HOUR: Duration = Duration::from_secs(3600);

fn passes<R: Future<Output = ()> + 'static>(test: impl Fn(Sim) -> R + Send + Sync + 'static) {
    let outcome = Explorer::new().schedules(20).run(test);
    if let Some(failure) = outcome.failure() {
        panic!("{failure}");
    }
}

#[test]
fn stds_clocks_are_virtual() {
    let outside = (Instant::now(), SystemTime::now());
    passes(|sim| async move {
        let (begun, system) = (Instant::now(), SystemTime::now());
        assert_eq!(begun, tokio::time::Instant::now().into_std());
        sim.sleep(24 * HOUR).await;
        assert_eq!(begun.elapsed(), 24 * HOUR);
        assert_eq!(system.elapsed().unwrap(), 24 * HOUR);
        assert_eq!(sim.clock().system_time(), SystemTime::now());
    });
    assert!(outside.0.elapsed() < HOUR && outside.1.elapsed().unwrap() < HOUR);
}

#[test]
fn raw_tasks_see_virtual_clocks() {
    passes(|_| async {
        let raw = tokio::spawn(async {
            let begun = Instant::now();
            tokio::time::sleep(HOUR).await;
            begun.elapsed()
        });
        assert_eq!(raw.await.unwrap(), HOUR);
    });
}

#[test]
fn other_threads_still_see_real_clocks() {
    let real = Instant::now();
    let watching = std::thread::spawn(move || {
        let mut last = real;
        while real.elapsed() < Duration::from_millis(300) {
            let now = Instant::now();
            assert!(now >= last && now - last < HOUR);
            assert!(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() != 1_800_000_000);
            last = now;
        }
    });
    passes(|sim| async move { sim.sleep(HOUR).await });
    watching.join().unwrap();
}

/// Fills a buffer as the versions 0.2 of the `getrandom` crate do on Linux.
#[cfg(target_os = "linux")]
fn system_random(buffer: &mut [u8]) -> i64 {
    // SAFETY: the pointer is to as many writable bytes.
    unsafe { libc::syscall(libc::SYS_getrandom, buffer.as_mut_ptr(), buffer.len(), 0) }
}

#[cfg(not(target_os = "linux"))]
fn system_random(buffer: &mut [u8]) -> i64 {
    getrandom::fill(buffer).unwrap();
    buffer.len() as i64
}

/// Returns the iteration order of a hash map, and some random bytes, for each schedule.
fn seen() -> Vec<(Vec<u32>, [u8; 8])> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let recorded = seen.clone();
    passes(move |_| {
        let recorded = recorded.clone();
        async move {
            let order: Vec<u32> = (0..20).map(|number| (number, ())).collect::<HashMap<_, _>>().into_keys().collect();
            let mut random = [0; 8];
            getrandom::fill(&mut random[..4]).unwrap();
            assert_eq!(system_random(&mut random[4..]), 4);
            recorded.lock().unwrap().push((order, random));
        }
    });
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[test]
fn hash_order_and_random_bytes_depend_only_on_the_schedule() {
    let first = seen();
    assert_eq!(first, seen());
    let orders: HashSet<_> = first.iter().map(|(order, _)| order).collect();
    let bytes: HashSet<_> = first.iter().map(|(_, random)| random).collect();
    assert!(orders.len() > 10 && bytes.len() > 10, "{} and {}", orders.len(), bytes.len());
}

#[test]
fn a_blocking_wait_with_a_timeout_returns() {
    passes(|sim| async move {
        sim.sleep(24 * HOUR).await;
        let pair = (Mutex::new(()), std::sync::Condvar::new());
        let guard = pair.0.lock().unwrap();
        // Returns immediately on Linux, where the deadline is in virtual time, and after the timeout on macOS.
        _ = pair.1.wait_timeout(guard, Duration::from_millis(5)).unwrap();
    });
}

#[test]
#[cfg(target_os = "linux")]
fn other_system_calls_return_what_the_system_returns() {
    passes(|_| async {
        // SAFETY: the pointers are to local variables, or invalid.
        unsafe {
            assert_eq!(libc::syscall(libc::SYS_getpid), i64::from(std::process::id()));
            let (zeros, mut buffer) = (std::fs::File::open("/dev/zero").unwrap(), [1_u8; 8]);
            let descriptor = std::os::fd::AsRawFd::as_raw_fd(&zeros);
            assert_eq!(libc::syscall(libc::SYS_pread64, descriptor, buffer.as_mut_ptr(), 6, 0), 6);
            assert_eq!(buffer, [0, 0, 0, 0, 0, 0, 1, 1]);
            let (protection, flags) = (libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            let mapped = libc::syscall(libc::SYS_mmap, 0, 4096, protection, flags, -1, 0);
            assert!(mapped > 0 && libc::syscall(libc::SYS_munmap, mapped, 4096) == 0);
            assert_eq!(libc::syscall(libc::SYS_close, -1), -1);
            assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(libc::EBADF));
        }
    });
}

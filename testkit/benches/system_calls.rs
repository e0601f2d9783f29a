//! Cost of a system call that is not simulated: `read` of a file outside of a simulation, compared with libc's own.
//!
//! `cargo bench -p testkit --features interpose --bench system_calls` prints the best of several rounds.

use std::ffi::c_void;
use std::fs::File;
use std::hint::black_box;
use std::os::fd::AsRawFd;
use std::time::Instant;

type Read = unsafe extern "C" fn(i32, *mut c_void, usize) -> isize;

const CALLS: u32 = 200_000;
const ROUNDS: usize = 60;

/// Returns the time of a call, in nanoseconds.
fn time(read: Read, file: &File) -> f64 {
    let mut byte = 0_u8;
    let start = Instant::now();
    for _ in 0..CALLS {
        // SAFETY: the pointer is to a local variable of one byte.
        let count = unsafe { black_box(read)(file.as_raw_fd(), (&raw mut byte).cast(), 1) };
        assert_eq!(black_box(count), 1);
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn main() {
    // SAFETY: the name is null-terminated.
    let found = unsafe { libc::dlsym(libc::RTLD_NEXT, c"read".as_ptr()) };
    assert!(!found.is_null(), "the C library is linked dynamically");
    // SAFETY: this is the type of libc's function.
    let theirs: Read = unsafe { std::mem::transmute::<*mut c_void, Read>(found) };
    // Refers to the library, so that it is linked.
    black_box(testkit::has_tokio_hooks());
    let file = File::open("/dev/zero").expect("the system has a file of zeros");
    let mut best = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        for (read, best) in [libc::read as Read, theirs].into_iter().zip(&mut best) {
            *best = best.min(time(read, &file));
        }
    }
    let [ours, theirs] = best;
    assert!(!std::ptr::eq(libc::read as *const c_void, found), "this binary replaces `read`");
    println!("read of one byte of /dev/zero, outside of a simulation");
    println!("  libc      {theirs:>7.1} ns");
    println!("  testkit   {ours:>7.1} ns");
    println!("  more      {:>7.1} ns", ours - theirs);
}

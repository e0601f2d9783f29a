//! Calls that look at several descriptors at once.

use std::ffi::c_int;

use libc::{nfds_t, pollfd, timespec};

use super::files;
use super::owners::is_simulated;
use super::refusal::would_block;
use crate::interpose::system_call;

/// Replaces libc's `poll`.
///
/// # Safety
/// As for libc's function, `polled` must point to `count` elements.
#[unsafe(no_mangle)]
unsafe extern "C" fn poll(polled: *mut pollfd, count: nfds_t, timeout: c_int) -> c_int {
    let time = timespec_of(timeout);
    let limit = if timeout < 0 { std::ptr::null() } else { &raw const time };
    // SAFETY: guaranteed by the caller.
    unsafe { ppoll(polled, count, limit, std::ptr::null()) }
}

/// Returns a time in the form of the system.
pub(super) fn timespec_of(milliseconds: c_int) -> timespec {
    timespec { tv_sec: (milliseconds / 1000).into(), tv_nsec: i64::from(milliseconds % 1000) * 1_000_000 }
}

/// Replaces libc's `ppoll`.
///
/// # Safety
/// As for libc's function, `polled` must point to `count` elements, and the others be null or point to a value.
#[unsafe(no_mangle)]
unsafe extern "C" fn ppoll(
    polled: *mut pollfd,
    count: nfds_t,
    timeout: *const timespec,
    mask: *const libc::sigset_t,
) -> c_int {
    // SAFETY: guaranteed by the caller.
    let elements = match polled.is_null() {
        true => &mut [],
        false => unsafe { std::slice::from_raw_parts_mut(polled, count as usize) },
    };
    if !elements.iter().any(|element| is_simulated(element.fd)) {
        // The kernel writes to the time, unlike libc's function.
        // SAFETY: guaranteed by the caller.
        let mut rest = (!timeout.is_null()).then(|| unsafe { *timeout });
        let rest = rest.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_ppoll, polled, count, rest, mask, size_of::<u64>()) as c_int };
    }
    let mut ready = 0;
    for element in elements {
        let state = files::with(|files| files.id(element.fd).map(|id| files.readiness(id).0 as i16));
        element.revents = match state.flatten() {
            Some(state) => state & (element.events | libc::POLLERR | libc::POLLHUP),
            None if element.fd < 0 => 0,
            None => libc::POLLNVAL,
        };
        ready += c_int::from(element.revents != 0);
    }
    // SAFETY: guaranteed by the caller.
    let waits = timeout.is_null() || unsafe { (*timeout).tv_sec > 0 || (*timeout).tv_nsec > 0 };
    if ready == 0 && waits { would_block("poll") as c_int } else { ready }
}

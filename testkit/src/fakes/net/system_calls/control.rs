//! Calls that close, duplicate and configure descriptors.

use std::ffi::c_int;

use super::files::{self, Kind};
use super::outcome::failed;
use super::owners::{self, is_simulated};
use super::refusal::not_simulated;
use crate::interpose::system_call;

/// Replaces libc's `close`.
#[unsafe(no_mangle)]
extern "C" fn close(descriptor: c_int) -> c_int {
    if is_simulated(descriptor) {
        match files::with(|files| files.close(descriptor)) {
            Some(Some(closed)) => {
                if let Some(socket) = closed {
                    socket.call(|kernel, id| kernel.close(id));
                }
                return 0;
            }
            // Closed already.
            Some(None) if files::with(|files| files.is_own(descriptor)) == Some(true) => {
                return failed(libc::EBADF) as c_int;
            }
            // Another thread, or the end of this one.
            _ => _ = owners::set_owner(descriptor, 0),
        }
    }
    // SAFETY: the call has no preconditions.
    unsafe { system_call!(libc::SYS_close, descriptor) as c_int }
}

/// Replaces libc's `fcntl`. It takes a variable number of arguments, and all platforms pass the third like this.
#[unsafe(no_mangle)]
extern "C" fn fcntl(descriptor: c_int, command: c_int, argument: usize) -> c_int {
    if !is_simulated(descriptor) {
        // SAFETY: the call has no preconditions that differ from those of the caller's call.
        return unsafe { system_call!(libc::SYS_fcntl, descriptor, command, argument) as c_int };
    }
    let result = files::with(|files| {
        let file = files.file_mut(descriptor)?;
        Some(match command {
            libc::F_DUPFD | libc::F_DUPFD_CLOEXEC => files.duplicate(descriptor).ok_or(libc::EMFILE),
            libc::F_GETFL => Ok(libc::O_RDWR | if file.is_nonblocking { libc::O_NONBLOCK } else { 0 }),
            libc::F_SETFL => {
                file.is_nonblocking = argument as c_int & libc::O_NONBLOCK != 0;
                Ok(0)
            }
            libc::F_GETFD => Ok(libc::FD_CLOEXEC),
            libc::F_SETFD => Ok(0),
            _ => Err(libc::EINVAL),
        })
    });
    match result.flatten() {
        Some(Ok(value)) => value,
        Some(Err(errno)) => failed(errno) as c_int,
        None => failed(libc::EBADF) as c_int,
    }
}

/// Replaces libc's `fcntl64`, another name of `fcntl`.
#[unsafe(no_mangle)]
extern "C" fn fcntl64(descriptor: c_int, command: c_int, argument: usize) -> c_int {
    fcntl(descriptor, command, argument)
}

/// Replaces libc's `ioctl`. It takes a variable number of arguments, and all platforms pass the third like this.
///
/// # Safety
/// As for libc's function, `argument` must be what the request needs.
#[unsafe(no_mangle)]
unsafe extern "C" fn ioctl(descriptor: c_int, request: libc::Ioctl, argument: *mut c_int) -> c_int {
    if !is_simulated(descriptor) {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_ioctl, descriptor, request, argument) as c_int };
    }
    match request {
        libc::FIONBIO => {
            // SAFETY: guaranteed by the caller.
            let is_nonblocking = unsafe { *argument } != 0;
            let found = files::with(|files| {
                let file = files.file_mut(descriptor);
                file.map(|file| file.is_nonblocking = is_nonblocking).is_some()
            });
            if found == Some(true) { 0 } else { failed(libc::EBADF) as c_int }
        }
        libc::FIONREAD => {
            let Some((socket, _)) = files::socket(descriptor) else { return failed(libc::ENOTTY) as c_int };
            let facts = socket.call(|kernel, id| Some((kernel.facts(id)?, kernel.unread(id)))).flatten();
            let unread = match facts {
                Some((facts, _)) if facts.is_listening => return failed(libc::EINVAL) as c_int,
                Some((_, unread)) => unread,
                None => 0,
            };
            // SAFETY: guaranteed by the caller.
            unsafe { *argument = unread as c_int };
            0
        }
        libc::FIOCLEX | libc::FIONCLEX => 0,
        _ => not_simulated("ioctl") as c_int,
    }
}

/// Replaces libc's `dup`.
#[unsafe(no_mangle)]
extern "C" fn dup(descriptor: c_int) -> c_int {
    if !is_simulated(descriptor) {
        // SAFETY: the call has no preconditions.
        return unsafe { system_call!(libc::SYS_dup, descriptor) as c_int };
    }
    fcntl(descriptor, libc::F_DUPFD, 0)
}

/// Replaces libc's `dup2`.
#[unsafe(no_mangle)]
extern "C" fn dup2(old: c_int, new: c_int) -> c_int {
    if old == new {
        return if fcntl(old, libc::F_GETFD, 0) < 0 { -1 } else { new };
    }
    dup3(old, new, 0)
}

/// Replaces libc's `dup3`.
#[unsafe(no_mangle)]
extern "C" fn dup3(old: c_int, new: c_int, flags: c_int) -> c_int {
    if !is_simulated(old) && !is_simulated(new) {
        // SAFETY: the call has no preconditions.
        return unsafe { system_call!(libc::SYS_dup3, old, new, flags) as c_int };
    }
    not_simulated("dup3") as c_int
}

/// Replaces libc's `sendfile`.
///
/// # Safety
/// As for libc's function, `offset` must be null or point to an offset.
#[unsafe(no_mangle)]
unsafe extern "C" fn sendfile(to: c_int, from: c_int, offset: *mut libc::off_t, count: usize) -> isize {
    if !is_simulated(to) && !is_simulated(from) {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_sendfile, to, from, offset, count) as isize };
    }
    // Callers fall back to reading and writing.
    let is_socket = files::with(|files| matches!(files.file(to).map(|file| &file.kind), Some(Kind::Socket(_))));
    if is_socket == Some(true) { failed(libc::EINVAL) } else { failed(libc::EBADF) }
}

//! Results of system calls: numbers, and `errno`.

use std::ffi::c_int;

use crate::fakes::net::kernel::Errno;

/// Returns the system's number of an error.
pub(super) fn number(errno: Errno) -> c_int {
    match errno {
        Errno::AddressFamily => libc::EAFNOSUPPORT,
        Errno::AddressInUse => libc::EADDRINUSE,
        Errno::AddressNotAvailable => libc::EADDRNOTAVAIL,
        Errno::AlreadyInProgress => libc::EALREADY,
        Errno::BadDescriptor => libc::EBADF,
        Errno::BrokenPipe => libc::EPIPE,
        Errno::ConnectionAborted => libc::ECONNABORTED,
        Errno::ConnectionRefused => libc::ECONNREFUSED,
        Errno::ConnectionReset => libc::ECONNRESET,
        Errno::DestinationRequired => libc::EDESTADDRREQ,
        Errno::InProgress => libc::EINPROGRESS,
        Errno::Invalid => libc::EINVAL,
        Errno::IsConnected => libc::EISCONN,
        Errno::MessageTooLong => libc::EMSGSIZE,
        Errno::NetworkUnreachable => libc::ENETUNREACH,
        Errno::NoProtocolOption => libc::ENOPROTOOPT,
        Errno::NoSuchFile => libc::ENOENT,
        Errno::NotConnected => libc::ENOTCONN,
        Errno::NotSupported => libc::EOPNOTSUPP,
        Errno::TimedOut => libc::ETIMEDOUT,
        Errno::WouldBlock => libc::EAGAIN,
    }
}

/// Sets `errno`, and returns the result of a call that failed.
pub(super) fn failed(number: c_int) -> isize {
    // SAFETY: the pointer is to a thread-local of libc.
    unsafe { *libc::__errno_location() = number };
    -1
}

/// Returns the result of a call.
pub(super) fn returned(result: Result<usize, Errno>) -> isize {
    match result {
        Ok(value) => value as isize,
        Err(errno) => failed(number(errno)),
    }
}

//! Calls that read and write.

use std::ffi::{c_int, c_void};

use bytes::Bytes;
use libc::{iovec, size_t, sockaddr, socklen_t, ssize_t};

use super::addresses;
use super::event;
use super::files::{self, Kind, Socket};
use super::outcome::{failed, number, returned};
use super::owners::is_simulated;
use super::refusal::{not_simulated, would_block};
use crate::fakes::net::kernel::Errno;
use crate::interpose::system_call;

/// Flags of `recv` that are simulated or have no effect.
const KNOWN_RECEIVE_FLAGS: c_int =
    libc::MSG_PEEK | libc::MSG_DONTWAIT | libc::MSG_TRUNC | libc::MSG_NOSIGNAL | libc::MSG_CMSG_CLOEXEC;

/// Sends from buffers. `to` is the destination of a datagram, or the error of its form.
pub(super) fn send(
    (socket, is_nonblocking): (Socket, bool),
    call: &str,
    buffers: &[&[u8]],
    to: Result<Option<std::net::SocketAddr>, Errno>,
    flags: c_int,
) -> ssize_t {
    if flags & libc::MSG_OOB != 0 {
        return match socket.socket_type {
            libc::SOCK_STREAM => not_simulated("send(.., MSG_OOB)"),
            _ => failed(libc::EOPNOTSUPP),
        };
    }
    let sent = match socket.socket_type {
        libc::SOCK_STREAM => socket.try_call(|kernel, id| kernel.send(id, buffers)),
        _ => socket.try_call(|kernel, id| kernel.send_datagram(id, to, Bytes::from(buffers.concat()))),
    };
    if sent == Err(Errno::WouldBlock) && !is_nonblocking && flags & libc::MSG_DONTWAIT == 0 {
        return would_block(call);
    }
    returned(sent)
}

/// Returns the address that a call sends to. A stream only sends to its peer, and ignores the address.
///
/// # Safety
/// `address` must be null, or point to `size` readable bytes.
pub(super) unsafe fn destination(
    socket: &Socket,
    address: *const sockaddr,
    size: socklen_t,
) -> Result<Option<std::net::SocketAddr>, Errno> {
    match address.is_null() || socket.socket_type == libc::SOCK_STREAM {
        true => Ok(None),
        // SAFETY: guaranteed by the caller.
        false => unsafe { addresses::read(address, size, socket.family, true) },
    }
}

/// The result of a call that receives.
pub(super) struct Received {
    /// Number of bytes written to the buffers.
    pub(super) count: usize,
    /// Size of the whole datagram.
    pub(super) size: usize,
    pub(super) from: Option<std::net::SocketAddr>,
}

impl Received {
    /// Returns the result of the call: with `MSG_TRUNC`, the size of the whole datagram.
    pub(super) fn returned(&self, flags: c_int) -> ssize_t {
        (if flags & libc::MSG_TRUNC != 0 { self.size } else { self.count }) as ssize_t
    }
}

/// Receives into buffers. `Err` has the result of the call.
pub(super) fn receive(
    (socket, is_nonblocking): (Socket, bool),
    call: &str,
    buffers: &mut [&mut [u8]],
    flags: c_int,
) -> Result<Received, ssize_t> {
    if flags & !(KNOWN_RECEIVE_FLAGS | libc::MSG_WAITALL | libc::MSG_ERRQUEUE | libc::MSG_OOB) != 0 {
        return Err(not_simulated(&format!("{call}(.., flags {flags:#x})")));
    }
    if flags & libc::MSG_ERRQUEUE != 0 {
        return Err(failed(libc::EAGAIN));
    }
    let is_stream = socket.socket_type == libc::SOCK_STREAM;
    if flags & libc::MSG_OOB != 0 && is_stream {
        let is_listening = socket.call(|kernel, id| kernel.facts(id).is_some_and(|facts| facts.is_listening));
        return Err(failed(if is_listening == Some(true) { libc::ENOTCONN } else { libc::EINVAL }));
    }
    if flags & libc::MSG_TRUNC != 0 && is_stream {
        // A stream does not write to the buffers with this flag.
        let mut discarded: Vec<Vec<u8>> = buffers.iter().map(|buffer| vec![0; buffer.len()]).collect();
        let mut discarded: Vec<_> = discarded.iter_mut().map(Vec::as_mut_slice).collect();
        return receive((socket, is_nonblocking), call, &mut discarded, flags & !libc::MSG_TRUNC);
    }
    let is_peek = flags & libc::MSG_PEEK != 0;
    let received = match socket.socket_type {
        libc::SOCK_STREAM => socket.try_call(|kernel, id| {
            let count = kernel.receive(id, buffers, is_peek)?;
            Ok(Received { count, size: count, from: None })
        }),
        _ => socket.try_call(|kernel, id| {
            let datagram = kernel.receive_datagram(id, is_peek)?;
            let mut rest = &datagram.bytes[..];
            for buffer in buffers.iter_mut() {
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                rest = &rest[count..];
            }
            let size = datagram.bytes.len();
            Ok(Received { count: size - rest.len(), size, from: Some(datagram.from) })
        }),
    };
    match received {
        Ok(received) => Ok(received),
        Err(Errno::WouldBlock) if !is_nonblocking && flags & libc::MSG_DONTWAIT == 0 => Err(would_block(call)),
        Err(errno) => Err(failed(number(errno))),
    }
}

/// Returns the buffers of a vector.
///
/// # Safety
/// `vector` must point to `count` readable elements with readable buffers, which live for `'a`.
pub(super) unsafe fn slices<'a>(vector: *const iovec, count: usize) -> Vec<&'a [u8]> {
    // SAFETY: guaranteed by the caller.
    unsafe { vectors(vector, count).iter().map(|vector| bytes(vector.iov_base, vector.iov_len)).collect() }
}

/// Returns the writable buffers of a vector.
///
/// # Safety
/// As for [`slices`], with writable buffers.
pub(super) unsafe fn slices_mut<'a>(vector: *const iovec, count: usize) -> Vec<&'a mut [u8]> {
    // SAFETY: guaranteed by the caller.
    unsafe { vectors(vector, count).iter().map(|vector| bytes_mut(vector.iov_base, vector.iov_len)).collect() }
}

/// # Safety
/// `vector` must point to `count` readable elements.
unsafe fn vectors<'a>(vector: *const iovec, count: usize) -> &'a [iovec] {
    // SAFETY: guaranteed by the caller.
    if vector.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(vector, count) } }
}

/// # Safety
/// `buffer` must point to `length` readable bytes.
unsafe fn bytes<'a>(buffer: *const c_void, length: size_t) -> &'a [u8] {
    // SAFETY: guaranteed by the caller.
    if buffer.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(buffer.cast(), length) } }
}

/// # Safety
/// `buffer` must point to `length` writable bytes.
unsafe fn bytes_mut<'a>(buffer: *mut c_void, length: size_t) -> &'a mut [u8] {
    // SAFETY: guaranteed by the caller.
    if buffer.is_null() { &mut [] } else { unsafe { std::slice::from_raw_parts_mut(buffer.cast(), length) } }
}

/// Replaces libc's `read`.
///
/// # Safety
/// As for libc's function, `buffer` must point to `length` writable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn read(descriptor: c_int, buffer: *mut c_void, length: size_t) -> ssize_t {
    if !is_simulated(descriptor) {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_read, descriptor, buffer, length) as ssize_t };
    }
    if let Some(socket) = files::socket(descriptor) {
        // SAFETY: guaranteed by the caller.
        let buffer = unsafe { bytes_mut(buffer, length) };
        if buffer.is_empty() {
            return 0;
        }
        return receive(socket, "read", &mut [buffer], 0).map_or_else(|failed| failed, |read| read.count as ssize_t);
    }
    let count = files::with(|files| match files.file_mut(descriptor).map(|file| &mut file.kind) {
        Some(Kind::Event(event)) => Some(event::read(event)),
        _ => None,
    });
    match count {
        Some(Some(_)) if length < size_of::<u64>() => failed(libc::EINVAL),
        Some(Some(Some(count))) => {
            // SAFETY: guaranteed by the caller.
            unsafe { buffer.cast::<u64>().write_unaligned(count) };
            size_of::<u64>() as ssize_t
        }
        Some(Some(None)) => failed(libc::EAGAIN),
        // SAFETY: guaranteed by the caller. Another thread reads what was written by others.
        _ => unsafe { system_call!(libc::SYS_read, descriptor, buffer, length) as ssize_t },
    }
}

/// Replaces libc's `write`.
///
/// # Safety
/// As for libc's function, `buffer` must point to `length` readable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn write(descriptor: c_int, buffer: *const c_void, length: size_t) -> ssize_t {
    if !is_simulated(descriptor) {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_write, descriptor, buffer, length) as ssize_t };
    }
    if let Some(socket) = files::socket(descriptor) {
        // SAFETY: guaranteed by the caller.
        return send(socket, "write", &[unsafe { bytes(buffer, length) }], Ok(None), 0);
    }
    let is_event = files::with(|files| matches!(files.file(descriptor).map(|file| &file.kind), Some(Kind::Event(_))));
    if is_event != Some(true) {
        // SAFETY: guaranteed by the caller. The thread of the simulation looks for what another thread has written.
        return unsafe { system_call!(libc::SYS_write, descriptor, buffer, length) as ssize_t };
    }
    if length < size_of::<u64>() {
        return failed(libc::EINVAL);
    }
    // SAFETY: guaranteed by the caller.
    let added = unsafe { buffer.cast::<u64>().read_unaligned() };
    files::with(|files| event::write(files, descriptor, added));
    size_of::<u64>() as ssize_t
}

/// Replaces libc's `readv`.
///
/// # Safety
/// As for libc's function, `vector` must point to `count` writable buffers.
#[unsafe(no_mangle)]
unsafe extern "C" fn readv(descriptor: c_int, vector: *const iovec, count: c_int) -> ssize_t {
    let Some(socket) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_readv, descriptor, vector, count) as ssize_t };
    };
    // SAFETY: guaranteed by the caller.
    let mut buffers = unsafe { slices_mut(vector, count.max(0) as usize) };
    if buffers.iter().all(|buffer| buffer.is_empty()) {
        return 0;
    }
    receive(socket, "readv", &mut buffers, 0).map_or_else(|failed| failed, |read| read.count as ssize_t)
}

/// Replaces libc's `writev`.
///
/// # Safety
/// As for libc's function, `vector` must point to `count` readable buffers.
#[unsafe(no_mangle)]
unsafe extern "C" fn writev(descriptor: c_int, vector: *const iovec, count: c_int) -> ssize_t {
    let Some(socket) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_writev, descriptor, vector, count) as ssize_t };
    };
    // SAFETY: guaranteed by the caller.
    let buffers = unsafe { slices(vector, count.max(0) as usize) };
    // Unlike `write`, the call does not even send an empty datagram.
    if buffers.iter().all(|buffer| buffer.is_empty()) {
        return 0;
    }
    send(socket, "writev", &buffers, Ok(None), 0)
}

/// Replaces libc's `send`.
///
/// # Safety
/// As for libc's function, `buffer` must point to `length` readable bytes.
#[unsafe(export_name = "send")]
unsafe extern "C" fn send_flags(descriptor: c_int, buffer: *const c_void, length: size_t, flags: c_int) -> ssize_t {
    // SAFETY: guaranteed by the caller.
    unsafe { sendto(descriptor, buffer, length, flags, std::ptr::null(), 0) }
}

/// Replaces libc's `sendto`.
///
/// # Safety
/// As for libc's function, `buffer` must point to `length` readable bytes, and `address` to `size` readable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn sendto(
    descriptor: c_int,
    buffer: *const c_void,
    length: size_t,
    flags: c_int,
    address: *const sockaddr,
    size: socklen_t,
) -> ssize_t {
    let Some(socket) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_sendto, descriptor, buffer, length, flags, address, size) as ssize_t };
    };
    // SAFETY: guaranteed by the caller.
    let (to, bytes) = unsafe { (destination(&socket.0, address, size), bytes(buffer, length)) };
    send(socket, "sendto", &[bytes], to, flags)
}

/// Replaces libc's `recv`.
///
/// # Safety
/// As for libc's function, `buffer` must point to `length` writable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn recv(descriptor: c_int, buffer: *mut c_void, length: size_t, flags: c_int) -> ssize_t {
    // SAFETY: guaranteed by the caller.
    unsafe { recvfrom(descriptor, buffer, length, flags, std::ptr::null_mut(), std::ptr::null_mut()) }
}

/// Replaces libc's `recvfrom`.
///
/// # Safety
/// As for libc's function, `buffer` must point to `length` writable bytes, and `address` be null or point to as many as
/// `size` points to.
#[unsafe(no_mangle)]
unsafe extern "C" fn recvfrom(
    descriptor: c_int,
    buffer: *mut c_void,
    length: size_t,
    flags: c_int,
    address: *mut sockaddr,
    size: *mut socklen_t,
) -> ssize_t {
    let Some(socket) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe {
            system_call!(libc::SYS_recvfrom, descriptor, buffer, length, flags, address, size) as ssize_t
        };
    };
    let family = socket.0.family;
    // SAFETY: guaranteed by the caller.
    let buffer = unsafe { bytes_mut(buffer, length) };
    match receive(socket, "recvfrom", &mut [buffer], flags) {
        Ok(received) => {
            match received.from {
                // SAFETY: guaranteed by the caller.
                Some(from) => unsafe { addresses::write(from, family, address, size) },
                // A stream has no address for each message.
                // SAFETY: guaranteed by the caller.
                None if !address.is_null() && !size.is_null() => unsafe { *size = 0 },
                None => {}
            }
            received.returned(flags)
        }
        Err(failed) => failed,
    }
}

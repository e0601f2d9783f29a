//! Calls that send and receive messages with ancillary data, one or several at a time.

use std::ffi::{c_int, c_uint};

use libc::{mmsghdr, msghdr, socklen_t, ssize_t, timespec};

use super::addresses::system_address;
use super::files::{self, Socket};
use super::transfer::{destination, receive, send, slices, slices_mut};
use crate::interpose::system_call;

/// Replaces libc's `sendmsg`.
///
/// # Safety
/// As for libc's function, `message` must point to a message with readable buffers.
#[unsafe(no_mangle)]
unsafe extern "C" fn sendmsg(descriptor: c_int, message: *const msghdr, flags: c_int) -> ssize_t {
    let Some(socket) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_sendmsg, descriptor, message, flags) as ssize_t };
    };
    // SAFETY: guaranteed by the caller.
    unsafe { send_message(socket, &*message, flags) }
}

/// Sends a message. Its ancillary data, such as the type of service, has no effect.
///
/// # Safety
/// The message must have readable buffers.
unsafe fn send_message(socket: (Socket, bool), message: &msghdr, flags: c_int) -> ssize_t {
    // SAFETY: guaranteed by the caller.
    let to = unsafe { destination(&socket.0, message.msg_name.cast(), message.msg_namelen) };
    // SAFETY: guaranteed by the caller.
    send(socket, "sendmsg", &unsafe { slices(message.msg_iov, message.msg_iovlen) }, to, flags)
}

/// Replaces libc's `recvmsg`.
///
/// # Safety
/// As for libc's function, `message` must point to a message with writable buffers.
#[unsafe(no_mangle)]
unsafe extern "C" fn recvmsg(descriptor: c_int, message: *mut msghdr, flags: c_int) -> ssize_t {
    let Some(socket) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_recvmsg, descriptor, message, flags) as ssize_t };
    };
    // SAFETY: guaranteed by the caller.
    unsafe { receive_message(socket, &mut *message, flags) }
}

/// Receives a message. It has no ancillary data.
///
/// # Safety
/// The message must have writable buffers.
unsafe fn receive_message(socket: (Socket, bool), message: &mut msghdr, flags: c_int) -> ssize_t {
    let family = socket.0.family;
    // SAFETY: guaranteed by the caller.
    let mut buffers = unsafe { slices_mut(message.msg_iov, message.msg_iovlen) };
    let received = match receive(socket, "recvmsg", &mut buffers, flags) {
        Ok(received) => received,
        Err(failed) => return failed,
    };
    message.msg_controllen = 0;
    message.msg_flags = if received.count < received.size { libc::MSG_TRUNC } else { 0 };
    match received.from {
        Some(from) if !message.msg_name.is_null() => {
            let (address, size) = system_address(from, family);
            let space = size.min(message.msg_namelen as usize);
            // SAFETY: guaranteed by the caller.
            unsafe {
                std::ptr::copy_nonoverlapping((&raw const address).cast::<u8>(), message.msg_name.cast(), space);
            }
            message.msg_namelen = size as socklen_t;
        }
        _ => message.msg_namelen = 0,
    }
    received.returned(flags)
}

/// Replaces libc's `sendmmsg`.
///
/// # Safety
/// As for libc's function, `messages` must point to `count` messages with readable buffers.
#[unsafe(no_mangle)]
unsafe extern "C" fn sendmmsg(descriptor: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int) -> c_int {
    let Some(socket) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_sendmmsg, descriptor, messages, count, flags) as c_int };
    };
    // SAFETY: guaranteed by the caller.
    let messages = unsafe { std::slice::from_raw_parts_mut(messages, count as usize) };
    let send_one = |message: &mut mmsghdr| {
        // SAFETY: guaranteed by the caller.
        let sent = unsafe { send_message(socket.clone(), &message.msg_hdr, flags) };
        message.msg_len = sent.max(0) as c_uint;
        sent
    };
    for_each_message(messages, send_one)
}

/// Replaces libc's `recvmmsg`.
///
/// # Safety
/// As for libc's function, `messages` must point to `count` messages with writable buffers.
#[unsafe(no_mangle)]
unsafe extern "C" fn recvmmsg(
    descriptor: c_int,
    messages: *mut mmsghdr,
    count: c_uint,
    flags: c_int,
    timeout: *mut timespec,
) -> c_int {
    let Some(socket) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_recvmmsg, descriptor, messages, count, flags, timeout) as c_int };
    };
    // SAFETY: guaranteed by the caller.
    let messages = unsafe { std::slice::from_raw_parts_mut(messages, count as usize) };
    let mut is_first = true;
    let receive_one = |message: &mut mmsghdr| {
        // Only the first message is waited for.
        let flags = flags & !libc::MSG_WAITFORONE | if is_first { 0 } else { libc::MSG_DONTWAIT };
        is_first = false;
        // SAFETY: guaranteed by the caller.
        let received = unsafe { receive_message(socket.clone(), &mut message.msg_hdr, flags) };
        message.msg_len = received.max(0) as c_uint;
        received
    };
    for_each_message(messages, receive_one)
}

/// Handles messages until one fails. Returns how many did not, or the error of the first.
fn for_each_message(messages: &mut [mmsghdr], mut handle: impl FnMut(&mut mmsghdr) -> ssize_t) -> c_int {
    let done = messages.iter_mut().map_while(|message| (handle(message) >= 0).then_some(())).count();
    if done == 0 && !messages.is_empty() { -1 } else { done as c_int }
}

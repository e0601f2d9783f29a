//! Options of sockets.

use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};

use libc::{IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP, SOL_SOCKET, socklen_t};

use super::files::{self, Socket};
use super::outcome::{failed, number};
use crate::fakes::net::kernel::Errno;
use crate::interpose::system_call;

/// Values of the options that have no effect in a simulation, as they were set.
#[derive(Default)]
pub(super) struct Options(BTreeMap<(c_int, c_int), c_int>);

/// Options that are accepted and have no effect, with the value that they have at first.
const WITHOUT_EFFECT: [(c_int, c_int, c_int); 28] = [
    (SOL_SOCKET, libc::SO_KEEPALIVE, 0),
    (SOL_SOCKET, libc::SO_BROADCAST, 0),
    (SOL_SOCKET, libc::SO_DONTROUTE, 0),
    (SOL_SOCKET, libc::SO_PRIORITY, 0),
    (SOL_SOCKET, libc::SO_INCOMING_CPU, -1),
    (SOL_SOCKET, libc::SO_RXQ_OVFL, 0),
    (IPPROTO_TCP, libc::TCP_NODELAY, 0),
    (IPPROTO_TCP, libc::TCP_KEEPIDLE, 7200),
    (IPPROTO_TCP, libc::TCP_KEEPINTVL, 75),
    (IPPROTO_TCP, libc::TCP_KEEPCNT, 9),
    (IPPROTO_TCP, libc::TCP_USER_TIMEOUT, 0),
    (IPPROTO_TCP, libc::TCP_QUICKACK, 1),
    (IPPROTO_TCP, libc::TCP_CORK, 0),
    (IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, 0),
    (IPPROTO_TCP, libc::TCP_FASTOPEN, 0),
    (IPPROTO_TCP, libc::TCP_LINGER2, 60),
    (IPPROTO_IP, libc::IP_TTL, 64),
    (IPPROTO_IP, libc::IP_TOS, 0),
    (IPPROTO_IP, libc::IP_RECVTOS, 0),
    (IPPROTO_IP, libc::IP_PKTINFO, 0),
    (IPPROTO_IP, libc::IP_MTU_DISCOVER, 1),
    (IPPROTO_IP, libc::IP_RECVERR, 0),
    (IPPROTO_IPV6, libc::IPV6_RECVTCLASS, 0),
    (IPPROTO_IPV6, libc::IPV6_TCLASS, 0),
    (IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 0),
    (IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, 1),
    (IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS, 64),
    (IPPROTO_IPV6, libc::IPV6_RECVERR, 0),
];

/// Those of them that are on or off.
const SWITCHES: [(c_int, c_int); 5] = [
    (SOL_SOCKET, libc::SO_KEEPALIVE),
    (SOL_SOCKET, libc::SO_BROADCAST),
    (SOL_SOCKET, libc::SO_DONTROUTE),
    (IPPROTO_TCP, libc::TCP_NODELAY),
    (IPPROTO_TCP, libc::TCP_CORK),
];

/// Replaces libc's `setsockopt`.
///
/// # Safety
/// As for libc's function, `value` must point to `length` readable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn setsockopt(
    descriptor: c_int,
    level: c_int,
    name: c_int,
    value: *const c_void,
    length: socklen_t,
) -> c_int {
    let Some((socket, _)) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_setsockopt, descriptor, level, name, value, length) as c_int };
    };
    // SAFETY: guaranteed by the caller.
    let bytes = match value.is_null() {
        true => &[],
        false => unsafe { std::slice::from_raw_parts(value.cast::<u8>(), length as usize) },
    };
    match set(&socket, level, name, bytes) {
        Ok(()) => 0,
        Err(errno) => failed(number(errno)) as c_int,
    }
}

/// Returns the number at a position of an option's value.
fn int(bytes: &[u8], at: usize) -> Result<c_int, Errno> {
    let bytes = bytes.get(at * 4..at * 4 + 4).and_then(|bytes| bytes.try_into().ok());
    bytes.map(c_int::from_ne_bytes).ok_or(Errno::Invalid)
}

fn set(socket: &Socket, level: c_int, name: c_int, value: &[u8]) -> Result<(), Errno> {
    let has_ended = Errno::BadDescriptor;
    match (level, name) {
        (SOL_SOCKET, libc::SO_REUSEADDR) => {
            let reuses = int(value, 0)? != 0;
            socket.call(|kernel, id| kernel.set_reuses_address(id, reuses)).ok_or(has_ended)
        }
        (SOL_SOCKET, libc::SO_REUSEPORT) => {
            let reuses = int(value, 0)? != 0;
            socket.call(|kernel, id| kernel.set_reuses_port(id, reuses)).ok_or(has_ended)
        }
        (SOL_SOCKET, libc::SO_LINGER) => {
            let lingers = int(value, 0)? != 0;
            let resets = lingers && int(value, 1)? == 0;
            socket.options.borrow_mut().0.insert((level, name), int(value, 1)?);
            socket.options.borrow_mut().0.insert((level, LINGERS), lingers.into());
            socket.call(|kernel, id| kernel.set_resets_on_close(id, resets)).ok_or(has_ended)
        }
        (SOL_SOCKET, libc::SO_SNDBUF) => {
            let size = buffer_size(int(value, 0)?, MIN_SEND_BUFFER);
            socket.call(|kernel, id| kernel.set_send_capacity(id, size)).ok_or(has_ended)
        }
        (SOL_SOCKET, libc::SO_RCVBUF) => {
            let size = buffer_size(int(value, 0)?, MIN_RECEIVE_BUFFER);
            socket.call(|kernel, id| kernel.set_receive_capacity(id, size)).ok_or(has_ended)
        }
        (IPPROTO_IPV6, libc::IPV6_V6ONLY) if socket.family == libc::AF_INET6 => {
            let is_only = int(value, 0)? != 0;
            let facts = socket.call(|kernel, id| kernel.facts(id)).flatten().ok_or(has_ended)?;
            if facts.is_bound {
                return Err(Errno::Invalid);
            }
            socket.call(|kernel, id| kernel.set_v6_only(id, is_only)).ok_or(has_ended)
        }
        // An old kernel has neither of the offloads.
        (IPPROTO_UDP, _) => Err(Errno::NoProtocolOption),
        _ if is_without_effect(socket, level, name).is_some() => {
            // Some options may also have the size of a byte.
            let value = if value.len() == 1 { value[0].into() } else { int(value, 0)? };
            let is_switch = SWITCHES.contains(&(level, name));
            let value = if is_switch { (value != 0).into() } else { value };
            socket.options.borrow_mut().0.insert((level, name), value);
            Ok(())
        }
        // Timeouts matter only for calls that block.
        (SOL_SOCKET, libc::SO_RCVTIMEO | libc::SO_SNDTIMEO) => Ok(()),
        _ => Err(Errno::NoProtocolOption),
    }
}

/// Key under which it is kept whether `SO_LINGER` is on.
const LINGERS: c_int = -1;

/// Returns the first value of an option that has no effect, if it is one that fits the socket.
fn is_without_effect(socket: &Socket, level: c_int, name: c_int) -> Option<c_int> {
    let fits = match level {
        IPPROTO_TCP => socket.socket_type == libc::SOCK_STREAM,
        IPPROTO_IPV6 => socket.family == libc::AF_INET6,
        _ => true,
    };
    let found = WITHOUT_EFFECT.iter().find(|option| (option.0, option.1) == (level, name));
    found.filter(|_| fits).map(|option| option.2)
}

/// Returns the size of a buffer for a requested one: twice as much, as on Linux, within its limits. A negative number is
/// a very large one.
fn buffer_size(requested: c_int, min: usize) -> usize {
    (requested as u32 as usize).min(MAX_BUFFER / 2).saturating_mul(2).max(min)
}

/// Linux's `SOCK_MIN_SNDBUF`.
const MIN_SEND_BUFFER: usize = 4608;

/// Linux's `SOCK_MIN_RCVBUF`.
const MIN_RECEIVE_BUFFER: usize = 2304;

/// Twice Linux's `net.core.wmem_max`.
const MAX_BUFFER: usize = 2 * 212_992;

/// Replaces libc's `getsockopt`.
///
/// # Safety
/// As for libc's function, `length` must point to the number of bytes that can be written at `value`.
#[unsafe(no_mangle)]
unsafe extern "C" fn getsockopt(
    descriptor: c_int,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    length: *mut socklen_t,
) -> c_int {
    let Some((socket, _)) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_getsockopt, descriptor, level, name, value, length) as c_int };
    };
    let result = match get(&socket, level, name) {
        Ok(result) => result,
        Err(errno) => return failed(number(errno)) as c_int,
    };
    let bytes: Vec<u8> = result.into_iter().flat_map(c_int::to_ne_bytes).collect();
    // SAFETY: guaranteed by the caller.
    unsafe {
        let count = bytes.len().min(*length as usize);
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), value.cast::<u8>(), count);
        *length = count as socklen_t;
    }
    0
}

fn get(socket: &Socket, level: c_int, name: c_int) -> Result<Vec<c_int>, Errno> {
    let has_ended = Errno::BadDescriptor;
    let facts = socket.call(|kernel, id| kernel.facts(id)).flatten().ok_or(has_ended)?;
    let is_stream = socket.socket_type == libc::SOCK_STREAM;
    Ok(vec![match (level, name) {
        (SOL_SOCKET, libc::SO_ERROR) => socket.call(|kernel, id| kernel.take_error(id)).flatten().map_or(0, number),
        (SOL_SOCKET, libc::SO_TYPE) => socket.socket_type,
        (SOL_SOCKET, libc::SO_DOMAIN) => socket.family,
        (SOL_SOCKET, libc::SO_PROTOCOL) if socket.family == libc::AF_UNIX => 0,
        // All processes of a host are this one.
        (SOL_SOCKET, libc::SO_PEERCRED) if socket.family == libc::AF_UNIX => {
            // SAFETY: the calls have no preconditions.
            let (user, group) = unsafe { (libc::getuid(), libc::getgid()) };
            return Ok(vec![std::process::id() as c_int, user as c_int, group as c_int]);
        }
        (SOL_SOCKET, libc::SO_PROTOCOL) if is_stream => IPPROTO_TCP,
        (SOL_SOCKET, libc::SO_PROTOCOL) => IPPROTO_UDP,
        (SOL_SOCKET, libc::SO_ACCEPTCONN) => facts.is_listening.into(),
        (SOL_SOCKET, libc::SO_REUSEADDR) => facts.reuses_address.into(),
        (SOL_SOCKET, libc::SO_REUSEPORT) => facts.reuses_port.into(),
        (SOL_SOCKET, libc::SO_SNDBUF) => facts.send_capacity as c_int,
        (SOL_SOCKET, libc::SO_RCVBUF) => facts.receive_capacity as c_int,
        (SOL_SOCKET, libc::SO_LINGER) => {
            let options = socket.options.borrow();
            let value = |key| options.0.get(&(level, key)).copied().unwrap_or(0);
            return Ok(vec![value(LINGERS), value(name)]);
        }
        (SOL_SOCKET, libc::SO_RCVTIMEO | libc::SO_SNDTIMEO) => return Ok(vec![0; 4]),
        (IPPROTO_IPV6, libc::IPV6_V6ONLY) if socket.family == libc::AF_INET6 => facts.is_v6_only.into(),
        (IPPROTO_TCP, libc::TCP_MAXSEG) if is_stream => 1460,
        _ => {
            let is_other_level = level != SOL_SOCKET && level != IPPROTO_IP && (level != IPPROTO_TCP || !is_stream);
            let unknown = match socket.family {
                libc::AF_INET if is_other_level => Errno::NotSupported,
                _ => Errno::NoProtocolOption,
            };
            let first = is_without_effect(socket, level, name).ok_or(unknown)?;
            socket.options.borrow().0.get(&(level, name)).copied().unwrap_or(first)
        }
    }])
}

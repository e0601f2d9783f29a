//! Socket calls of libc, with results that can be compared.

use std::ffi::{c_int, c_void};
use std::fmt;
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

use libc::{epoll_event, iovec, msghdr, sockaddr, sockaddr_in, sockaddr_in6, socklen_t};

/// An error of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ErrorNumber(pub(super) c_int);

impl fmt::Debug for ErrorNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = std::io::Error::from_raw_os_error(self.0);
        write!(f, "{error}")
    }
}

pub(super) type Call<T> = Result<T, ErrorNumber>;

fn checked(result: isize) -> Call<usize> {
    usize::try_from(result).map_err(|_| ErrorNumber(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)))
}

fn checked_int(result: c_int) -> Call<c_int> {
    checked(result as isize).map(|value| value as c_int)
}

/// A socket address in the system's form.
#[repr(C)]
union Address {
    v4: sockaddr_in,
    v6: sockaddr_in6,
}

impl Address {
    fn empty() -> Self {
        // SAFETY: all bits may be 0.
        unsafe { std::mem::zeroed() }
    }

    fn new(address: SocketAddr) -> (Self, socklen_t) {
        let mut own = Address::empty();
        let size = match address {
            SocketAddr::V4(address) => {
                own.v4 = sockaddr_in {
                    sin_family: libc::AF_INET as u16,
                    sin_port: address.port().to_be(),
                    sin_addr: libc::in_addr { s_addr: u32::from(*address.ip()).to_be() },
                    sin_zero: [0; 8],
                };
                size_of::<sockaddr_in>()
            }
            SocketAddr::V6(address) => {
                own.v6 = sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as u16,
                    sin6_port: address.port().to_be(),
                    sin6_flowinfo: 0,
                    sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
                    sin6_scope_id: 0,
                };
                size_of::<sockaddr_in6>()
            }
        };
        (own, size as socklen_t)
    }

    /// Returns the address that a call has written, if it has.
    fn written(&self, length: socklen_t) -> Option<SocketAddr> {
        if length == 0 {
            return None;
        }
        // SAFETY: all fields may have any value.
        unsafe {
            Some(match c_int::from(self.v4.sin_family) {
                libc::AF_INET => {
                    let (ip, port) = (self.v4.sin_addr.s_addr, self.v4.sin_port);
                    SocketAddrV4::new(u32::from_be(ip).into(), u16::from_be(port)).into()
                }
                libc::AF_INET6 => {
                    let (ip, port) = (self.v6.sin6_addr.s6_addr, self.v6.sin6_port);
                    SocketAddrV6::new(ip.into(), u16::from_be(port), 0, 0).into()
                }
                _ => return None,
            })
        }
    }

    fn pointer(&mut self) -> *mut sockaddr {
        std::ptr::from_mut(self).cast()
    }
}

const FULL: socklen_t = size_of::<Address>() as socklen_t;

pub(super) fn socket(is_v6: bool, is_udp: bool) -> Call<c_int> {
    let family = if is_v6 { libc::AF_INET6 } else { libc::AF_INET };
    let socket_type = if is_udp { libc::SOCK_DGRAM } else { libc::SOCK_STREAM };
    // SAFETY: the call has no preconditions.
    checked_int(unsafe { libc::socket(family, socket_type | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC, 0) })
}

pub(super) fn close(file: c_int) -> Call<c_int> {
    // SAFETY: only this program of calls uses the descriptor.
    checked_int(unsafe { libc::close(file) })
}

pub(super) fn duplicate(file: c_int) -> Call<c_int> {
    // SAFETY: the call has no preconditions.
    checked_int(unsafe { libc::dup(file) })
}

pub(super) fn bind(file: c_int, address: SocketAddr) -> Call<c_int> {
    let (mut address, size) = Address::new(address);
    // SAFETY: the pointer is to a local variable of this size.
    checked_int(unsafe { libc::bind(file, address.pointer(), size) })
}

pub(super) fn listen(file: c_int, backlog: c_int) -> Call<c_int> {
    // SAFETY: the call has no preconditions.
    checked_int(unsafe { libc::listen(file, backlog) })
}

/// Connects a socket, or disconnects it if there is no address.
pub(super) fn connect(file: c_int, address: Option<SocketAddr>) -> Call<c_int> {
    let (mut address, size) = address.map_or_else(|| (Address::empty(), FULL), Address::new);
    // SAFETY: the pointer is to a local variable of this size.
    checked_int(unsafe { libc::connect(file, address.pointer(), size) })
}

pub(super) fn accept(file: c_int) -> Call<(c_int, Option<SocketAddr>)> {
    let (mut address, mut length) = (Address::empty(), FULL);
    // SAFETY: the pointers are to local variables.
    let accepted = checked_int(unsafe {
        libc::accept4(file, address.pointer(), &raw mut length, libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC)
    })?;
    Ok((accepted, address.written(length)))
}

pub(super) fn shut_down(file: c_int, how: c_int) -> Call<c_int> {
    // SAFETY: the call has no preconditions.
    checked_int(unsafe { libc::shutdown(file, how) })
}

pub(super) fn local_address(file: c_int) -> Call<Option<SocketAddr>> {
    let (mut address, mut length) = (Address::empty(), FULL);
    // SAFETY: the pointers are to local variables.
    checked_int(unsafe { libc::getsockname(file, address.pointer(), &raw mut length) })?;
    Ok(address.written(length))
}

pub(super) fn peer_address(file: c_int) -> Call<Option<SocketAddr>> {
    let (mut address, mut length) = (Address::empty(), FULL);
    // SAFETY: the pointers are to local variables.
    checked_int(unsafe { libc::getpeername(file, address.pointer(), &raw mut length) })?;
    Ok(address.written(length))
}

pub(super) fn unread(file: c_int) -> Call<c_int> {
    let mut count: c_int = -1;
    // SAFETY: the pointer is to a local variable.
    checked_int(unsafe { libc::ioctl(file, libc::FIONREAD, &raw mut count) })?;
    Ok(count)
}

pub(super) fn set_option(file: c_int, level: c_int, name: c_int, value: &[c_int]) -> Call<c_int> {
    // SAFETY: the pointer is to the value, which has this size.
    checked_int(unsafe { libc::setsockopt(file, level, name, value.as_ptr().cast(), size_of_val(value) as socklen_t) })
}

/// Returns the value of an option of at most four numbers.
pub(super) fn option(file: c_int, level: c_int, name: c_int) -> Call<Vec<c_int>> {
    let mut value: [c_int; 4] = [0; 4];
    let mut length = size_of_val(&value) as socklen_t;
    // SAFETY: the pointers are to local variables.
    checked_int(unsafe { libc::getsockopt(file, level, name, value.as_mut_ptr().cast(), &raw mut length) })?;
    Ok(value[..(length as usize).div_ceil(size_of::<c_int>())].to_vec())
}

pub(super) fn write(file: c_int, bytes: &[u8]) -> Call<usize> {
    // SAFETY: the pointer is to the bytes.
    checked(unsafe { libc::write(file, bytes.as_ptr().cast(), bytes.len()) })
}

/// Writes bytes from two buffers.
pub(super) fn write_vectored(file: c_int, bytes: &[u8]) -> Call<usize> {
    let parts = readable(bytes);
    // SAFETY: the pointers are to the bytes.
    checked(unsafe { libc::writev(file, parts.as_ptr(), parts.len() as c_int) })
}

pub(super) fn send(file: c_int, bytes: &[u8], flags: c_int) -> Call<usize> {
    // SAFETY: the pointer is to the bytes.
    checked(unsafe { libc::send(file, bytes.as_ptr().cast(), bytes.len(), flags) })
}

pub(super) fn send_to(file: c_int, bytes: &[u8], flags: c_int, to: SocketAddr) -> Call<usize> {
    let (mut address, size) = Address::new(to);
    // SAFETY: the pointers are to the bytes, and to a local variable of this size.
    checked(unsafe { libc::sendto(file, bytes.as_ptr().cast(), bytes.len(), flags, address.pointer(), size) })
}

/// Sends a message from two buffers.
pub(super) fn send_message(file: c_int, bytes: &[u8], flags: c_int, to: Option<SocketAddr>) -> Call<usize> {
    let mut parts = readable(bytes);
    let mut address = to.map(Address::new);
    let mut message = message(&mut parts);
    if let Some((address, size)) = &mut address {
        (message.msg_name, message.msg_namelen) = (address.pointer().cast(), *size);
    }
    // SAFETY: the pointers of the message are to local variables.
    checked(unsafe { libc::sendmsg(file, &raw const message, flags) })
}

fn readable(bytes: &[u8]) -> [iovec; 2] {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    [first, second].map(|part| iovec { iov_base: part.as_ptr().cast_mut().cast::<c_void>(), iov_len: part.len() })
}

fn writable(bytes: &mut [u8]) -> [iovec; 2] {
    let middle = bytes.len() / 2;
    let (first, second) = bytes.split_at_mut(middle);
    [first, second].map(|part| iovec { iov_base: part.as_mut_ptr().cast::<c_void>(), iov_len: part.len() })
}

fn message(parts: &mut [iovec; 2]) -> msghdr {
    // SAFETY: all bits may be 0.
    let mut message: msghdr = unsafe { std::mem::zeroed() };
    (message.msg_iov, message.msg_iovlen) = (parts.as_mut_ptr(), parts.len());
    message
}

pub(super) fn read(file: c_int, bytes: &mut [u8]) -> Call<usize> {
    // SAFETY: the pointer is to the bytes.
    checked(unsafe { libc::read(file, bytes.as_mut_ptr().cast(), bytes.len()) })
}

/// Reads into two buffers.
pub(super) fn read_vectored(file: c_int, bytes: &mut [u8]) -> Call<usize> {
    let parts = writable(bytes);
    // SAFETY: the pointers are to the bytes.
    checked(unsafe { libc::readv(file, parts.as_ptr(), parts.len() as c_int) })
}

pub(super) fn receive(file: c_int, bytes: &mut [u8], flags: c_int) -> Call<usize> {
    // SAFETY: the pointer is to the bytes.
    checked(unsafe { libc::recv(file, bytes.as_mut_ptr().cast(), bytes.len(), flags) })
}

pub(super) fn receive_from(file: c_int, bytes: &mut [u8], flags: c_int) -> Call<(usize, Option<SocketAddr>)> {
    let (mut address, mut length) = (Address::empty(), FULL);
    // SAFETY: the pointers are to the bytes, and to local variables.
    let count = checked(unsafe {
        libc::recvfrom(file, bytes.as_mut_ptr().cast(), bytes.len(), flags, address.pointer(), &raw mut length)
    })?;
    Ok((count, address.written(length)))
}

/// A message that was received.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) count: usize,
    pub(super) from: Option<SocketAddr>,
    pub(super) flags: c_int,
}

/// Receives a message into two buffers.
pub(super) fn receive_message(file: c_int, bytes: &mut [u8], flags: c_int) -> Call<Message> {
    let mut address = Address::empty();
    let mut parts = writable(bytes);
    let mut message = message(&mut parts);
    (message.msg_name, message.msg_namelen) = (address.pointer().cast(), FULL);
    // SAFETY: the pointers of the message are to the bytes and to local variables.
    let count = checked(unsafe { libc::recvmsg(file, &raw mut message, flags) })?;
    Ok(Message { count, from: address.written(message.msg_namelen), flags: message.msg_flags })
}

/// Returns the readiness of files: which of the conditions in `events` hold, and errors.
pub(super) fn poll(files: &[c_int], events: i16) -> Call<Vec<i16>> {
    let mut polled: Vec<_> = files.iter().map(|&fd| libc::pollfd { fd, events, revents: 0 }).collect();
    // SAFETY: the pointer is to this many elements.
    checked_int(unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, 0) })?;
    Ok(polled.iter().map(|polled| polled.revents).collect())
}

pub(super) fn epoll() -> Call<c_int> {
    // SAFETY: the call has no preconditions.
    checked_int(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })
}

pub(super) fn epoll_control(epoll: c_int, operation: c_int, file: c_int, events: u32, data: u64) -> Call<c_int> {
    let mut event = epoll_event { events, u64: data };
    // SAFETY: the pointer is to a local variable.
    checked_int(unsafe { libc::epoll_ctl(epoll, operation, file, &raw mut event) })
}

/// Returns the data and the conditions of at most `max` events.
pub(super) fn epoll_wait(epoll: c_int, max: usize) -> Call<Vec<(u64, u32)>> {
    let mut events = vec![epoll_event { events: 0, u64: 0 }; max];
    // SAFETY: the pointer is to this many elements.
    let count = checked_int(unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), max as c_int, 0) })?;
    Ok(events[..count as usize].iter().map(|event| (event.u64, event.events)).collect())
}

/// Lets the current thread run on one processor only, if the system allows it.
pub(super) fn pin_thread() {
    // SAFETY: all bits may be 0, and the pointer is to a local variable.
    unsafe {
        let mut processors: libc::cpu_set_t = std::mem::zeroed();
        if let Ok(current) = usize::try_from(libc::sched_getcpu()) {
            libc::CPU_SET(current, &mut processors);
            libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const processors);
        }
    }
}

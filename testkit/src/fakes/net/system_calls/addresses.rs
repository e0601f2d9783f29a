//! Socket addresses in the system's form.

use std::ffi::c_int;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use libc::{AF_INET, AF_INET6, AF_UNSPEC, sockaddr, sockaddr_in, sockaddr_in6, sockaddr_un, socklen_t};

use crate::fakes::net::kernel::Errno;

/// Reads an address. An IPv4 address in IPv6 form becomes an IPv4 address. `None` stands for `AF_UNSPEC`. With
/// `takes_v4`, an IPv6 socket accepts an IPv4 address in its own form.
///
/// # Safety
/// `address` must point to `length` readable bytes.
pub(super) unsafe fn read(
    address: *const sockaddr,
    length: socklen_t,
    family: c_int,
    takes_v4: bool,
) -> Result<Option<SocketAddr>, Errno> {
    if address.is_null() || (length as usize) < size_of::<u16>() {
        return Err(Errno::Invalid);
    }
    // SAFETY: there are at least two bytes.
    let own_family = c_int::from(unsafe { (&raw const (*address).sa_family).read_unaligned() });
    match own_family {
        AF_UNSPEC => Ok(None),
        AF_INET if length as usize >= size_of::<sockaddr_in>() => {
            // SAFETY: there are as many bytes as the type has.
            let address = unsafe { address.cast::<sockaddr_in>().read_unaligned() };
            let ip = Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr));
            if family == AF_INET6 && !takes_v4 {
                return Err(Errno::Invalid);
            }
            Ok(Some(SocketAddr::new(ip.into(), u16::from_be(address.sin_port))))
        }
        AF_INET6 if length as usize >= size_of::<sockaddr_in6>() => {
            // SAFETY: there are as many bytes as the type has.
            let address = unsafe { address.cast::<sockaddr_in6>().read_unaligned() };
            let ip = Ipv6Addr::from(address.sin6_addr.s6_addr);
            if family == AF_INET {
                return Err(Errno::AddressFamily);
            }
            Ok(Some(SocketAddr::new(IpAddr::V6(ip).to_canonical(), u16::from_be(address.sin6_port))))
        }
        AF_INET | AF_INET6 => Err(Errno::Invalid),
        _ => Err(Errno::AddressFamily),
    }
}

/// Reads the name of a Unix socket. `None` stands for `AF_UNSPEC`, and an empty name for a socket without one.
///
/// # Safety
/// `address` must point to `length` readable bytes.
pub(super) unsafe fn read_name(address: *const sockaddr, length: socklen_t) -> Result<Option<Vec<u8>>, Errno> {
    let offset = std::mem::offset_of!(sockaddr_un, sun_path);
    if address.is_null() || (length as usize) < offset {
        return Err(Errno::Invalid);
    }
    // SAFETY: there are at least two bytes.
    match c_int::from(unsafe { (&raw const (*address).sa_family).read_unaligned() }) {
        AF_UNSPEC => return Ok(None),
        libc::AF_UNIX => {}
        _ => return Err(Errno::Invalid),
    }
    // SAFETY: guaranteed by the caller.
    let bytes = unsafe { std::slice::from_raw_parts(address.cast::<u8>().add(offset), length as usize - offset) };
    // A name that begins with a zero is abstract, and may contain others.
    let is_abstract = bytes.first() == Some(&0);
    let end = bytes.iter().position(|&byte| byte == 0).filter(|_| !is_abstract).unwrap_or(bytes.len());
    Ok(Some(bytes[..end].to_vec()))
}

/// Writes the name of a Unix socket, cut off at the length that the caller has space for.
///
/// # Safety
/// `address` must be null, or `length` point to the number of bytes that can be written at `address`.
pub(super) unsafe fn write_name(name: Option<&[u8]>, address: *mut sockaddr, length: *mut socklen_t) {
    if address.is_null() || length.is_null() {
        return;
    }
    let name = name.unwrap_or_default();
    let mut bytes = (libc::AF_UNIX as u16).to_ne_bytes().to_vec();
    bytes.extend_from_slice(name);
    // The name of a file ends with a zero.
    if name.first().is_some_and(|&first| first != 0) {
        bytes.push(0);
    }
    // SAFETY: guaranteed by the caller.
    unsafe {
        let space = (*length as usize).min(bytes.len());
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), address.cast::<u8>(), space);
        *length = bytes.len() as socklen_t;
    }
}

/// An address in the system's form.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) union SystemAddress {
    v4: sockaddr_in,
    v6: sockaddr_in6,
}

/// Returns an address in the form of a socket's family, and its size.
pub(super) fn system_address(address: SocketAddr, family: c_int) -> (SystemAddress, usize) {
    let port = address.port().to_be();
    if family == AF_INET {
        let ip = match address.ip() {
            IpAddr::V4(ip) => ip,
            IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
        };
        let v4 = sockaddr_in {
            sin_family: AF_INET as u16,
            sin_port: port,
            sin_addr: libc::in_addr { s_addr: u32::from(ip).to_be() },
            sin_zero: [0; 8],
        };
        return (SystemAddress { v4 }, size_of::<sockaddr_in>());
    }
    let ip = match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    let v6 = sockaddr_in6 {
        sin6_family: AF_INET6 as u16,
        sin6_port: port,
        sin6_flowinfo: 0,
        sin6_addr: libc::in6_addr { s6_addr: ip.octets() },
        sin6_scope_id: 0,
    };
    (SystemAddress { v6 }, size_of::<sockaddr_in6>())
}

/// Writes an address, cut off at the length that the caller has space for. Sets the length to the whole size.
///
/// # Safety
/// `address` must be null, or `length` point to the number of bytes that can be written at `address`.
pub(super) unsafe fn write(from: SocketAddr, family: c_int, address: *mut sockaddr, length: *mut socklen_t) {
    if address.is_null() || length.is_null() {
        return;
    }
    let (value, size) = system_address(from, family);
    // SAFETY: guaranteed by the caller.
    unsafe {
        let space = (*length as usize).min(size);
        std::ptr::copy_nonoverlapping((&raw const value).cast::<u8>(), address.cast::<u8>(), space);
        *length = size as socklen_t;
    }
}

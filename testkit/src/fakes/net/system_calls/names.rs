//! Calls that resolve names of hosts.

use std::collections::BTreeSet;
use std::ffi::{CStr, c_char, c_int};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Mutex;

use libc::{addrinfo, size_t, sockaddr};

use super::addresses::{SystemAddress, system_address};
use super::outcome::failed;
use super::{current_world, kernel_and_host};
use crate::executor::World;
use crate::fakes::net::network;
use crate::internal::lock;
use crate::interpose::{Real, is_inside};

type GetAddrInfo = unsafe extern "C" fn(*const c_char, *const c_char, *const addrinfo, *mut *mut addrinfo) -> c_int;
type FreeAddrInfo = unsafe extern "C" fn(*mut addrinfo);
type GetHostName = unsafe extern "C" fn(*mut c_char, size_t) -> c_int;

/// Addresses of the lists that were allocated here and not by the system.
static LISTS: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

/// An element of a list, with its address.
#[repr(C)]
struct Element {
    info: addrinfo,
    address: SystemAddress,
}

/// Replaces libc's `getaddrinfo`.
///
/// # Safety
/// As for libc's function, `node`, `service` and `hints` must be null or valid, and `list` writable.
#[unsafe(no_mangle)]
unsafe extern "C" fn getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    list: *mut *mut addrinfo,
) -> c_int {
    if !is_inside() {
        // SAFETY: this is the type of libc's function.
        static REAL: Real<GetAddrInfo> = unsafe { Real::named(c"getaddrinfo") };
        // SAFETY: guaranteed by the caller.
        return REAL.get().map_or(libc::EAI_SYSTEM, |real| unsafe { real(node, service, hints, list) });
    }
    // SAFETY: guaranteed by the caller.
    let text = |text: *const c_char| (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy());
    // SAFETY: guaranteed by the caller.
    let hints = (!hints.is_null()).then(|| unsafe { &*hints });
    let port = match text(service) {
        None => 0,
        Some(port) => match port.parse() {
            Ok(port) => port,
            Err(_) => return libc::EAI_SERVICE,
        },
    };
    let family = hints.map_or(libc::AF_UNSPEC, |hints| hints.ai_family);
    let is_passive = hints.is_some_and(|hints| hints.ai_flags & libc::AI_PASSIVE != 0);
    let ips = match text(node) {
        None if is_passive => vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
        None => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        Some(name) => match name.parse::<IpAddr>() {
            Ok(ip) => vec![ip],
            Err(_) => resolve(&name),
        },
    };
    let fits = |ip: &IpAddr| family == libc::AF_UNSPEC || (family == libc::AF_INET6) == ip.is_ipv6();
    let ips: Vec<_> = ips.into_iter().filter(fits).collect();
    if ips.is_empty() {
        return libc::EAI_NONAME;
    }
    let wanted = hints.map_or(0, |hints| hints.ai_socktype);
    let types = [(libc::SOCK_STREAM, libc::IPPROTO_TCP), (libc::SOCK_DGRAM, libc::IPPROTO_UDP)];
    let types = types.into_iter().filter(|&(socket_type, _)| wanted == 0 || wanted == socket_type);
    let elements: Vec<_> =
        ips.iter().flat_map(|&ip| types.clone().map(move |types| (SocketAddr::new(ip, port), types))).collect();
    if elements.is_empty() {
        return libc::EAI_SOCKTYPE;
    }
    // SAFETY: guaranteed by the caller.
    unsafe { *list = allocate(&elements) };
    0
}

/// Returns the addresses of a host of the simulation. Empty if there is none with the name.
fn resolve(name: &str) -> Vec<IpAddr> {
    let Some(world) = World::current() else { return Vec::new() };
    let (kernel, host) = kernel_and_host(&world);
    let resolved = network::resolve(&kernel.borrow(), host, name);
    resolved.into_iter().collect()
}

/// Allocates a list of addresses with the types of their sockets.
fn allocate(elements: &[(SocketAddr, (c_int, c_int))]) -> *mut addrinfo {
    let mut next = std::ptr::null_mut();
    for &(address, (socket_type, protocol)) in elements.iter().rev() {
        let family = if address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
        let (address, size) = system_address(address, family);
        let info = addrinfo {
            ai_flags: 0,
            ai_family: family,
            ai_socktype: socket_type,
            ai_protocol: protocol,
            ai_addrlen: size as u32,
            ai_addr: std::ptr::null_mut(),
            ai_canonname: std::ptr::null_mut(),
            ai_next: next,
        };
        let element = Box::leak(Box::new(Element { info, address }));
        element.info.ai_addr = (&raw mut element.address).cast::<sockaddr>();
        next = std::ptr::from_mut(element).cast();
    }
    lock(&LISTS).insert(next as usize);
    next
}

/// Replaces libc's `freeaddrinfo`.
///
/// # Safety
/// As for libc's function, `list` must come from `getaddrinfo`.
#[unsafe(no_mangle)]
unsafe extern "C" fn freeaddrinfo(list: *mut addrinfo) {
    if !lock(&LISTS).remove(&(list as usize)) {
        // SAFETY: this is the type of libc's function.
        static REAL: Real<FreeAddrInfo> = unsafe { Real::named(c"freeaddrinfo") };
        if let Some(real) = REAL.get() {
            // SAFETY: guaranteed by the caller.
            unsafe { real(list) };
        }
        return;
    }
    let mut next = list.cast::<Element>();
    while !next.is_null() {
        // SAFETY: each element was leaked by `allocate`, and is freed once.
        let element = unsafe { Box::from_raw(next) };
        next = element.info.ai_next.cast();
    }
}

/// Replaces libc's `gethostname`.
///
/// # Safety
/// As for libc's function, `name` must point to `length` writable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn gethostname(name: *mut c_char, length: size_t) -> c_int {
    let Some(world) = current_world() else {
        // SAFETY: this is the type of libc's function.
        static REAL: Real<GetHostName> = unsafe { Real::named(c"gethostname") };
        // SAFETY: guaranteed by the caller.
        return REAL.get().map_or(-1, |real| unsafe { real(name, length) });
    };
    let (kernel, host) = kernel_and_host(&world);
    let own = kernel.borrow().hosts[host].name.clone();
    if own.len() >= length {
        return failed(libc::ENAMETOOLONG) as c_int;
    }
    // SAFETY: guaranteed by the caller.
    unsafe {
        std::ptr::copy_nonoverlapping(own.as_ptr(), name.cast(), own.len());
        name.add(own.len()).write(0);
    }
    0
}

//! Calls that create, connect and name sockets.

use std::cell::RefCell;
use std::ffi::c_int;
use std::net::SocketAddr;
use std::rc::Rc;

use libc::{AF_INET, AF_INET6, AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM, sockaddr, socklen_t};

use super::addresses;
use super::files::{self, Kind, Socket};
use super::outcome::{failed, number, returned};
use super::refusal::{not_simulated, would_block};
use super::{current_world, kernel_and_host};
use crate::fakes::net::call::call;
use crate::fakes::net::kernel::{Directions, Errno, Kernel, Protocol, SharedKernel, SocketId, UnixNames};
use crate::interpose::system_call;

/// Replaces libc's `socket`.
#[unsafe(no_mangle)]
extern "C" fn socket(family: c_int, socket_type: c_int, protocol: c_int) -> c_int {
    let Some(world) = current_world() else {
        // SAFETY: the call has no preconditions.
        return unsafe { system_call!(libc::SYS_socket, family, socket_type, protocol) as c_int };
    };
    let flags = socket_type & (SOCK_NONBLOCK | SOCK_CLOEXEC);
    let of_kernel = match (family, socket_type & !flags, protocol) {
        (AF_INET | AF_INET6, SOCK_STREAM, 0 | libc::IPPROTO_TCP) => Protocol::Tcp,
        (AF_INET | AF_INET6, SOCK_DGRAM, 0 | libc::IPPROTO_UDP) => Protocol::Udp,
        (AF_INET | AF_INET6, SOCK_STREAM | SOCK_DGRAM, _) => return failed(libc::EPROTONOSUPPORT) as c_int,
        (AF_UNIX, SOCK_STREAM, _) => {
            let (kernel, host) = kernel_and_host(&world);
            let id = kernel.borrow_mut().open_unix(host);
            return add(&kernel, id, family, socket_type);
        }
        (AF_UNIX, ..) => return not_simulated("socket(AF_UNIX, SOCK_DGRAM, ..)") as c_int,
        (AF_INET | AF_INET6, ..) => return not_simulated("socket(.., SOCK_RAW, ..)") as c_int,
        // Sockets that talk to the system itself, such as those of netlink.
        // SAFETY: the call has no preconditions.
        _ => return unsafe { system_call!(libc::SYS_socket, family, socket_type, protocol) as c_int },
    };
    let (kernel, host) = kernel_and_host(&world);
    let id = kernel.borrow_mut().open(host, of_kernel);
    if family == AF_INET6 {
        kernel.borrow_mut().set_v6(id);
    }
    add(&kernel, id, family, socket_type)
}

/// Gives a socket of the kernel a descriptor.
fn add(kernel: &SharedKernel, id: SocketId, family: c_int, socket_type: c_int) -> c_int {
    let socket = Socket {
        kernel: Rc::downgrade(kernel),
        id,
        family,
        socket_type: socket_type & !(SOCK_NONBLOCK | SOCK_CLOEXEC),
        options: Rc::new(RefCell::default()),
    };
    let added = files::with(|files| {
        let descriptor = files.add(Kind::Socket(socket), socket_type & SOCK_NONBLOCK != 0)?;
        kernel.borrow_mut().set_file(id, files.id(descriptor)?.0 as i32);
        Some(descriptor)
    });
    added.flatten().unwrap_or_else(|| {
        call(kernel, |kernel| kernel.close(id));
        failed(libc::EMFILE) as c_int
    })
}

/// Replaces libc's `bind`.
///
/// # Safety
/// As for libc's function, `address` must point to `length` readable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn bind(descriptor: c_int, address: *const sockaddr, length: socklen_t) -> c_int {
    let Some((socket, _)) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_bind, descriptor, address, length) as c_int };
    };
    if socket.family == AF_UNIX {
        // SAFETY: guaranteed by the caller.
        let name = unsafe { addresses::read_name(address, length) };
        let bound = name.and_then(|name| {
            let name = name.ok_or(Errno::Invalid)?;
            socket.try_call(|kernel, id| kernel.bind_unix(id, name))
        });
        return returned(bound.map(|()| 0)) as c_int;
    }
    // SAFETY: guaranteed by the caller.
    let address = unsafe { addresses::read(address, length, socket.family, false) };
    let bound = address.and_then(|address| {
        let address = address.ok_or(Errno::AddressFamily)?;
        socket.try_call(|kernel, id| kernel.bind(id, address))
    });
    returned(bound.map(|()| 0)) as c_int
}

/// Replaces libc's `listen`.
#[unsafe(no_mangle)]
extern "C" fn listen(descriptor: c_int, backlog: c_int) -> c_int {
    let Some((socket, _)) = files::socket(descriptor) else {
        // SAFETY: the call has no preconditions.
        return unsafe { system_call!(libc::SYS_listen, descriptor, backlog) as c_int };
    };
    // A negative number is the highest one.
    let backlog = backlog as u32 as usize;
    let listening = socket.try_call(|kernel, id| kernel.listen(id, backlog));
    returned(listening.map(|()| 0)) as c_int
}

/// Replaces libc's `connect`.
///
/// # Safety
/// As for libc's function, `address` must point to `length` readable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn connect(descriptor: c_int, address: *const sockaddr, length: socklen_t) -> c_int {
    let Some((socket, is_nonblocking)) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_connect, descriptor, address, length) as c_int };
    };
    if socket.family == AF_UNIX {
        // SAFETY: guaranteed by the caller.
        let name = unsafe { addresses::read_name(address, length) };
        let connected = name.and_then(|name| {
            let name = name.ok_or(Errno::Invalid)?;
            socket.try_call(|kernel, id| kernel.connect_unix(id, &name))
        });
        return returned(connected.map(|()| 0)) as c_int;
    }
    let is_stream = socket.socket_type == SOCK_STREAM;
    // SAFETY: guaranteed by the caller.
    let to = unsafe { addresses::read(address, length, socket.family, !is_stream) };
    // SAFETY: guaranteed by the caller. An address that was read has a family.
    let is_v4 = to.is_ok() && unsafe { (&raw const (*address).sa_family).read_unaligned() } == AF_INET as u16;
    let connect = |kernel: &mut Kernel, id| match (is_stream, to) {
        (true, Ok(None)) => kernel.disconnect_tcp(id),
        (true, Ok(Some(to))) => kernel.connect_tcp(id, Ok(to)),
        (true, Err(errno)) => kernel.connect_tcp(id, Err(errno)),
        // The check of the family comes before that of the route.
        (false, Ok(Some(_))) if is_v4 && kernel.facts(id).is_some_and(|facts| facts.is_v6_only) => {
            kernel.connect_udp(id, Err(Errno::AddressFamily))
        }
        (false, to) => kernel.connect_udp(id, to),
    };
    let connected = socket.try_call(connect);
    if connected == Err(Errno::InProgress) && !is_nonblocking {
        // On the loopback interface, the connection is established already.
        return match socket.call(|kernel, id| kernel.poll_connected(id)) {
            Some(Ok(())) => 0,
            Some(Err(Errno::WouldBlock)) | None => would_block("connect") as c_int,
            Some(Err(errno)) => failed(number(errno)) as c_int,
        };
    }
    returned(connected.map(|()| 0)) as c_int
}

/// Replaces libc's `accept`.
///
/// # Safety
/// As for libc's function, `address` must be null, or `length` point to the number of bytes that can be written there.
#[unsafe(no_mangle)]
unsafe extern "C" fn accept(descriptor: c_int, address: *mut sockaddr, length: *mut socklen_t) -> c_int {
    // SAFETY: guaranteed by the caller.
    unsafe { accept4(descriptor, address, length, 0) }
}

/// Replaces libc's `accept4`.
///
/// # Safety
/// As for [`accept`].
#[unsafe(no_mangle)]
unsafe extern "C" fn accept4(descriptor: c_int, address: *mut sockaddr, length: *mut socklen_t, flags: c_int) -> c_int {
    let Some((socket, is_nonblocking)) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_accept4, descriptor, address, length, flags) as c_int };
    };
    let accepted = socket.try_call(|kernel, id| {
        let id = kernel.accept(id)?;
        Ok((id, kernel.addresses(id).map(|(_, peer)| peer)))
    });
    let (id, peer) = match accepted {
        Ok(accepted) => accepted,
        Err(Errno::WouldBlock) if !is_nonblocking => return would_block("accept4") as c_int,
        Err(errno) => return failed(number(errno)) as c_int,
    };
    if socket.family == AF_UNIX {
        let peer = unix_name(&socket, id, |names| names.peer.clone());
        // SAFETY: guaranteed by the caller.
        unsafe { addresses::write_name(peer.as_deref(), address, length) };
    } else if let Some(peer) = peer {
        // SAFETY: guaranteed by the caller.
        unsafe { addresses::write(peer, socket.family, address, length) };
    }
    match socket.kernel.upgrade() {
        Some(kernel) => add(&kernel, id, socket.family, SOCK_STREAM | flags),
        None => failed(libc::EBADF) as c_int,
    }
}

/// Returns one of the names of a Unix socket. `socket` is any socket of its run.
fn unix_name(socket: &Socket, id: SocketId, select: impl FnOnce(&UnixNames) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    socket.call(|kernel, _| kernel.unix_names(id).and_then(select)).flatten()
}

/// Replaces libc's `shutdown`.
#[unsafe(no_mangle)]
extern "C" fn shutdown(descriptor: c_int, how: c_int) -> c_int {
    let Some((socket, _)) = files::socket(descriptor) else {
        // SAFETY: the call has no preconditions.
        return unsafe { system_call!(libc::SYS_shutdown, descriptor, how) as c_int };
    };
    if !matches!(how, libc::SHUT_RD | libc::SHUT_WR | libc::SHUT_RDWR) {
        return failed(libc::EINVAL) as c_int;
    }
    let directions = Directions { reading: how != libc::SHUT_WR, sending: how != libc::SHUT_RD };
    let shut_down = socket.try_call(|kernel, id| kernel.shut_down(id, directions));
    returned(shut_down.map(|()| 0)) as c_int
}

/// Replaces libc's `getsockname`.
///
/// # Safety
/// As for libc's function, `length` must point to the number of bytes that can be written at `address`.
#[unsafe(no_mangle)]
unsafe extern "C" fn getsockname(descriptor: c_int, address: *mut sockaddr, length: *mut socklen_t) -> c_int {
    let Some((socket, _)) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_getsockname, descriptor, address, length) as c_int };
    };
    if socket.family == AF_UNIX {
        let own = unix_name(&socket, socket.id, |names| names.own.clone());
        // SAFETY: guaranteed by the caller.
        unsafe { addresses::write_name(own.as_deref(), address, length) };
        return 0;
    }
    let any = match socket.family {
        AF_INET => std::net::Ipv4Addr::UNSPECIFIED.into(),
        _ => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    let local = socket.call(|kernel, id| kernel.local_address(id)).flatten();
    // SAFETY: guaranteed by the caller.
    unsafe { addresses::write(local.unwrap_or(SocketAddr::new(any, 0)), socket.family, address, length) };
    0
}

/// Replaces libc's `getpeername`.
///
/// # Safety
/// As for [`getsockname`].
#[unsafe(no_mangle)]
unsafe extern "C" fn getpeername(descriptor: c_int, address: *mut sockaddr, length: *mut socklen_t) -> c_int {
    let Some((socket, _)) = files::socket(descriptor) else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_getpeername, descriptor, address, length) as c_int };
    };
    match socket.try_call(|kernel, id| kernel.peer_address(id)) {
        Ok(_) if socket.family == AF_UNIX => {
            let peer = unix_name(&socket, socket.id, |names| names.peer.clone());
            // SAFETY: guaranteed by the caller.
            unsafe { addresses::write_name(peer.as_deref(), address, length) };
            0
        }
        Ok(peer) => {
            // SAFETY: guaranteed by the caller.
            unsafe { addresses::write(peer, socket.family, address, length) };
            0
        }
        Err(errno) => failed(number(errno)) as c_int,
    }
}

/// Replaces libc's `socketpair`.
///
/// # Safety
/// As for libc's function, `pair` must point to space for two descriptors.
#[unsafe(no_mangle)]
unsafe extern "C" fn socketpair(family: c_int, socket_type: c_int, protocol: c_int, pair: *mut c_int) -> c_int {
    // Outside of a run, tokio makes the pair through which all its runtimes learn of signals.
    let Some(world) = current_world() else {
        // SAFETY: guaranteed by the caller.
        return unsafe { system_call!(libc::SYS_socketpair, family, socket_type, protocol, pair) as c_int };
    };
    if socket_type & !(SOCK_NONBLOCK | SOCK_CLOEXEC) != SOCK_STREAM {
        return not_simulated("socketpair(AF_UNIX, SOCK_DGRAM, ..)") as c_int;
    }
    let (kernel, host) = kernel_and_host(&world);
    let ids = kernel.borrow_mut().open_unix_pair(host);
    for (at, id) in ids.into_iter().enumerate() {
        let descriptor = add(&kernel, id, AF_UNIX, socket_type);
        if descriptor < 0 {
            return -1;
        }
        // SAFETY: guaranteed by the caller.
        unsafe { pair.add(at).write(descriptor) };
    }
    0
}

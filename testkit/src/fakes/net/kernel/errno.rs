//! Errors of socket calls.

use std::io;

/// The error of a socket call, as on Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fakes::net) enum Errno {
    AddressFamily,
    AddressInUse,
    AddressNotAvailable,
    AlreadyInProgress,
    BadDescriptor,
    BrokenPipe,
    ConnectionAborted,
    ConnectionRefused,
    ConnectionReset,
    DestinationRequired,
    InProgress,
    Invalid,
    IsConnected,
    MessageTooLong,
    NetworkUnreachable,
    NoProtocolOption,
    NoSuchFile,
    NotConnected,
    NotSupported,
    TimedOut,
    WouldBlock,
}

impl Errno {
    pub(in crate::fakes::net) fn kind(self) -> io::ErrorKind {
        match self {
            Errno::AddressInUse => io::ErrorKind::AddrInUse,
            Errno::AddressNotAvailable => io::ErrorKind::AddrNotAvailable,
            Errno::BrokenPipe => io::ErrorKind::BrokenPipe,
            Errno::ConnectionAborted => io::ErrorKind::ConnectionAborted,
            Errno::ConnectionRefused => io::ErrorKind::ConnectionRefused,
            Errno::ConnectionReset => io::ErrorKind::ConnectionReset,
            Errno::Invalid => io::ErrorKind::InvalidInput,
            Errno::NetworkUnreachable => io::ErrorKind::NetworkUnreachable,
            Errno::NoSuchFile => io::ErrorKind::NotFound,
            Errno::NotConnected => io::ErrorKind::NotConnected,
            Errno::TimedOut => io::ErrorKind::TimedOut,
            Errno::InProgress | Errno::WouldBlock => io::ErrorKind::WouldBlock,
            _ => io::ErrorKind::Other,
        }
    }
}

impl From<Errno> for io::Error {
    fn from(errno: Errno) -> Self {
        errno.kind().into()
    }
}

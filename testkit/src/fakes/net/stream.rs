//! Connections and listeners of the `Network` component, on sockets of the kernel.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use di_core::ambient::{Connection, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::poll_proceed;

use super::kernel::{Directions, Errno, Kernel, Protocol, Readiness, SocketId};
use super::network::{HostNetwork, reachable};

/// Number of connections that wait for `accept`, as tokio's listener has it.
const BACKLOG: usize = 1024;

/// A socket, closed when dropped.
struct OwnSocket {
    network: HostNetwork,
    id: SocketId,
}

impl OwnSocket {
    /// Calls the kernel. If the call would block, keeps the waker of the task, which waits for `interest`.
    fn poll<R>(
        &self,
        context: &mut Context<'_>,
        interest: Readiness,
        act: impl FnOnce(&mut Kernel, SocketId) -> Result<R, Errno>,
    ) -> Poll<Result<R, Errno>> {
        let progress = ready!(poll_proceed(context));
        let polled = self.network.call(|kernel| match act(kernel, self.id) {
            Err(Errno::WouldBlock) => {
                kernel.set_waker(self.id, interest, context.waker());
                Poll::Pending
            }
            result => Poll::Ready(result),
        });
        if polled.is_ready() {
            progress.made_progress();
        }
        polled
    }
}

impl Drop for OwnSocket {
    fn drop(&mut self) {
        // A socket may outlive its run.
        if self.network.try_kernel().is_some() {
            self.network.call(|kernel| kernel.close(self.id));
        }
    }
}

/// Future of a connection attempt.
pub(super) struct Connect {
    network: HostNetwork,
    peer: SocketAddr,
    socket: Option<OwnSocket>,
}

impl Connect {
    pub(super) fn new(network: HostNetwork, peer: SocketAddr) -> Self {
        Connect { network, peer, socket: None }
    }

    fn describe(&self, errno: Errno) -> io::Error {
        let ([from, to], port) = (self.network.names(self.peer.ip()), self.peer.port());
        let text = match errno {
            Errno::TimedOut => no_answer(&from, &to, port),
            Errno::ConnectionRefused => format!("connection refused: no listener at `{to}:{port}`"),
            Errno::NetworkUnreachable => format!("`{from}` cannot reach {to}: no host has this address"),
            _ => return errno.into(),
        };
        io::Error::new(errno.kind(), text)
    }

    fn begin(&self) -> Result<OwnSocket, Errno> {
        self.network.call(|kernel| {
            let id = kernel.open(self.network.host, Protocol::Tcp);
            match kernel.connect_tcp(id, Ok(self.peer)) {
                Ok(()) | Err(Errno::InProgress) => Ok(OwnSocket { network: self.network, id }),
                Err(errno) => {
                    kernel.close(id);
                    Err(errno)
                }
            }
        })
    }
}

impl Future for Connect {
    type Output = io::Result<Connection>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.socket.is_none() {
            match self.begin() {
                Ok(socket) => self.socket = Some(socket),
                Err(errno) => return Poll::Ready(Err(self.describe(errno))),
            }
        }
        let Some(socket) = &self.socket else { return Poll::Pending };
        let connected = ready!(socket.poll(context, Readiness::OUT, Kernel::poll_connected));
        if let Err(errno) = connected {
            return Poll::Ready(Err(self.describe(errno)));
        }
        let stream = self.socket.take().map(SimStream::new);
        Poll::Ready(stream.map_or_else(
            || Err(io::ErrorKind::NotConnected.into()),
            |stream| stream.map(|stream| Box::new(stream) as Connection),
        ))
    }
}

/// Describes the timeout of a connection.
fn no_answer(from: &str, to: &str, port: u16) -> String {
    format!("`{from}` had no answer from `{to}:{port}`: the connection timed out")
}

/// An established connection.
pub(super) struct SimStream {
    socket: OwnSocket,
    local: SocketAddr,
    peer: SocketAddr,
}

impl SimStream {
    fn new(socket: OwnSocket) -> io::Result<Self> {
        let addresses = socket.network.call(|kernel| kernel.addresses(socket.id));
        let (local, peer) = addresses.ok_or(io::ErrorKind::NotConnected)?;
        Ok(SimStream { socket, local, peer })
    }

    /// Adds the names of the hosts to an error of the socket.
    fn describe(&self, errno: Errno) -> io::Error {
        let [from, to] = self.socket.network.names(self.peer.ip());
        let (local, peer) = (self.local.port(), self.peer.port());
        let what = match errno {
            Errno::TimedOut => return io::Error::new(errno.kind(), no_answer(&from, &to, peer)),
            Errno::ConnectionReset => "was reset",
            Errno::BrokenPipe => "is closed for writing",
            _ => return errno.into(),
        };
        io::Error::new(errno.kind(), format!("the connection of `{from}:{local}` with `{to}:{peer}` {what}"))
    }
}

impl AsyncRead for SimStream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let unfilled = buf.initialize_unfilled();
        let read =
            self.socket.poll(context, Readiness::IN, |kernel, id| kernel.receive(id, &mut [&mut *unfilled], false));
        Poll::Ready(match ready!(read) {
            Ok(count) => {
                buf.advance(count);
                Ok(())
            }
            Err(errno) => Err(self.describe(errno)),
        })
    }
}

impl AsyncWrite for SimStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(self.socket.poll(context, Readiness::OUT, |kernel, id| kernel.send(id, &[bytes])));
        Poll::Ready(written.map_err(|errno| self.describe(errno)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sending = Directions { reading: false, sending: true };
        let shut_down = self.socket.network.call(|kernel| kernel.shut_down(self.socket.id, sending));
        Poll::Ready(shut_down.map_err(|errno| self.describe(errno)))
    }
}

/// A listening socket.
pub(super) struct SimListener {
    socket: OwnSocket,
    address: SocketAddr,
}

impl SimListener {
    pub(super) fn bind(network: HostNetwork, address: SocketAddr) -> io::Result<Self> {
        let id = network.call(|kernel| kernel.open(network.host, Protocol::Tcp));
        let socket = OwnSocket { network, id };
        let bound = network.call(|kernel| {
            kernel.set_reuses_address(id, true);
            kernel.bind(id, address)?;
            kernel.listen(id, BACKLOG)?;
            Ok(kernel.local_address(id))
        });
        let local = bound.map_err(|errno: Errno| {
            let [name, _] = network.names(address.ip());
            let why = match errno {
                Errno::AddressInUse => "the address is already in use",
                Errno::AddressNotAvailable => "it is not an address of this host",
                _ => return errno.into(),
            };
            io::Error::new(errno.kind(), format!("host `{name}` cannot listen at {address}: {why}"))
        })?;
        Ok(SimListener { address: reachable(local.unwrap_or(address), network.host), socket })
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<(Connection, SocketAddr)>> {
        let id = ready!(self.socket.poll(context, Readiness::IN, Kernel::accept))?;
        let stream = SimStream::new(OwnSocket { network: self.socket.network, id })?;
        let peer = stream.peer;
        Poll::Ready(Ok((Box::new(stream) as Connection, peer)))
    }
}

impl Listener for SimListener {
    fn accept(&mut self) -> Pin<Box<dyn Future<Output = io::Result<(Connection, SocketAddr)>> + Send + '_>> {
        Box::pin(std::future::poll_fn(move |context| self.poll_accept(context)))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

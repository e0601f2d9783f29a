//! Sockets of hosts. Each operation runs at its host, and the network then collects the packets that it sent.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use di_core::ambient::{Connection, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::poll_proceed;
use turmoil_net::shim::tokio::net::{TcpListener, TcpStream};

use super::network::{HostNetwork, reachable};
use super::wire::{ConnectRequest, Side};

/// A socket or part of one. It is dropped at its host, or leaked if the run is over: a socket may outlive its run.
struct AtHost<T> {
    network: HostNetwork,
    /// `None` only during drop.
    inner: Option<T>,
}

impl<T> AtHost<T> {
    fn new(network: HostNetwork, inner: T) -> Self {
        AtHost { network, inner: Some(inner) }
    }

    /// Runs `operation` at the host.
    fn with<R>(&mut self, operation: impl FnOnce(&mut T) -> R) -> R {
        self.network.wire().borrow_mut().enter(self.network.host);
        operation(self.inner.as_mut().expect("the socket is only taken on drop"))
    }

    /// Runs `operation` at the host. If it is ready, the network collects the packets that it may have sent.
    fn with_sending<R>(&mut self, operation: impl FnOnce(&mut T) -> Poll<R>) -> Poll<R> {
        let polled = self.with(operation);
        if polled.is_ready() {
            self.network.wire().borrow_mut().mark_sent();
        }
        polled
    }
}

impl<T> Drop for AtHost<T> {
    fn drop(&mut self) {
        match self.network.try_wire().filter(|wire| wire.borrow().is_in_use()) {
            Some(wire) => {
                wire.borrow_mut().enter(self.network.host);
                drop(self.inner.take());
                wire.borrow_mut().mark_sent();
            }
            None => std::mem::forget(self.inner.take()),
        }
    }
}

type ConnectFuture = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// Future of a connection attempt.
pub(super) struct Connect {
    request: AtHost<ConnectFuture>,
    peer: SocketAddr,
    is_sent: bool,
}

impl Connect {
    pub(super) fn new(network: HostNetwork, peer: SocketAddr) -> Self {
        Connect { request: AtHost::new(network, Box::pin(TcpStream::connect(peer))), peer, is_sent: false }
    }

    fn describe(&self, error: io::Error) -> io::Error {
        let network = self.request.network;
        let wire = network.wire();
        let mut wire = wire.borrow_mut();
        let (from, to, port) = (wire.names[network.host].clone(), wire.name_at(self.peer.ip()), self.peer.port());
        if wire.take_timed_out_request(ConnectRequest { host: network.host, peer: self.peer }) {
            let text = format!("`{from}` had no answer from `{to}:{port}`: the connection timed out");
            return io::Error::new(io::ErrorKind::TimedOut, text);
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                let text = format!("connection refused: no listener at `{to}:{port}`");
                io::Error::new(error.kind(), text)
            }
            _ => error,
        }
    }
}

impl Future for Connect {
    type Output = io::Result<Connection>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let progress = ready!(poll_proceed(context));
        let connected = self.request.with_sending(|request| request.as_mut().poll(context));
        if !std::mem::replace(&mut self.is_sent, true) {
            self.request.network.wire().borrow_mut().mark_sent();
        }
        let connected = ready!(connected);
        progress.made_progress();
        let network = self.request.network;
        let stream = connected.map_err(|error| self.describe(error));
        Poll::Ready(stream.and_then(|stream| Ok(Box::new(SimStream::new(network, stream)?) as Connection)))
    }
}

/// An established connection.
pub(super) struct SimStream {
    stream: AtHost<TcpStream>,
    side: Side,
}

impl SimStream {
    fn new(network: HostNetwork, stream: TcpStream) -> io::Result<Self> {
        let mut stream = AtHost::new(network, stream);
        let side = stream
            .with(|stream| Ok::<_, io::Error>(Side { local: stream.local_addr()?, peer: stream.peer_addr()? }))?;
        Ok(SimStream { stream, side })
    }

    /// Adds the names of the hosts to an error of the socket.
    fn describe(&self, error: io::Error) -> io::Error {
        let network = self.stream.network;
        let wire = network.wire();
        let wire = wire.borrow();
        let Side { local, peer } = self.side;
        let (from, to) = (&wire.names[network.host], wire.name_at(peer.ip()));
        if wire.has_timed_out(self.side) {
            let text = format!("`{from}` had no answer from `{to}:{}`: the connection timed out", peer.port());
            return io::Error::new(io::ErrorKind::TimedOut, text);
        }
        let text = match error.kind() {
            io::ErrorKind::ConnectionReset => "was reset",
            io::ErrorKind::BrokenPipe => "is closed for writing",
            _ => return error,
        };
        let text = format!("the connection of `{from}:{}` with `{to}:{}` {text}", local.port(), peer.port());
        io::Error::new(error.kind(), text)
    }
}

impl AsyncRead for SimStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let progress = ready!(poll_proceed(context));
        let before = buf.filled().len();
        let read = self.stream.with(|stream| Pin::new(stream).poll_read(context, buf));
        let read = ready!(read).map_err(|error| self.describe(error));
        progress.made_progress();
        let count = buf.filled().len() - before;
        if count > 0 {
            self.stream.network.wire().borrow_mut().record_read(self.side, count);
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for SimStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let progress = ready!(poll_proceed(context));
        let written = ready!(self.stream.with_sending(|stream| Pin::new(stream).poll_write(context, buf)));
        progress.made_progress();
        Poll::Ready(written.map_err(|error| self.describe(error)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.with(|stream| Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut_down = ready!(self.stream.with_sending(|stream| Pin::new(stream).poll_shutdown(context)));
        Poll::Ready(shut_down.map_err(|error| self.describe(error)))
    }
}

impl Drop for SimStream {
    fn drop(&mut self) {
        if let Some(wire) = self.stream.network.try_wire() {
            wire.borrow_mut().close_reader(self.side);
        }
    }
}

/// A listening socket.
pub(super) struct SimListener {
    listener: AtHost<TcpListener>,
    address: SocketAddr,
}

impl SimListener {
    pub(super) fn bind(network: HostNetwork, address: SocketAddr) -> io::Result<Self> {
        let wire = network.wire();
        wire.borrow_mut().enter(network.host);
        // Binding is always ready immediately.
        let bound =
            match std::pin::pin!(TcpListener::bind(address)).poll(&mut Context::from_waker(std::task::Waker::noop())) {
                Poll::Ready(bound) => bound,
                Poll::Pending => unreachable!("binding is always ready"),
            };
        let listener = bound.map_err(|error| {
            let name = wire.borrow().names[network.host].clone();
            let why = match error.kind() {
                io::ErrorKind::AddrInUse => "the address is already in use",
                io::ErrorKind::AddrNotAvailable => "it is not an address of this host",
                _ => return error,
            };
            io::Error::new(error.kind(), format!("host `{name}` cannot listen at {address}: {why}"))
        })?;
        let mut listener = AtHost::new(network, listener);
        let address = reachable(listener.with(|listener| listener.local_addr())?, network.host);
        Ok(SimListener { listener, address })
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<(Connection, SocketAddr)>> {
        let progress = ready!(poll_proceed(context));
        let (stream, peer) = ready!(self.listener.with(|listener| listener.poll_accept(context)))?;
        progress.made_progress();
        let stream = SimStream::new(self.listener.network, stream)?;
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

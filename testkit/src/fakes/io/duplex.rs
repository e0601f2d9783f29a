//! In-memory connections between two ends.

use std::fmt;
use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::poll_proceed;
use tokio::time::{Sleep, sleep_until};

use super::pipe::{Limits, Pipe, ReadOutcome};
use super::transcript::Transcript;
use crate::executor::World;
use crate::internal::{Attempt, lock, poll_locked};

/// Starts a builder for an in-memory connection. Each end reads what the other end writes.
///
/// By default the connection adds no delay. It can simulate latency and limited bandwidth, split reads into chunks, be
/// shut down in one direction, and be reset. Timing uses virtual time in a simulation. A failure report includes the
/// bytes that went through it.
///
/// ```test_harness
/// use std::time::Duration;
/// use testkit::Sim;
/// use testkit::io::duplex;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// #[testkit::test]
/// async fn an_answer_takes_a_round_trip(sim: Sim) {
///     let (mut client, mut server) = duplex().latency(Duration::from_millis(40)).build();
///     let serving = sim.spawn("server", async move {
///         let mut request = String::new();
///         server.read_to_string(&mut request).await.unwrap();
///         server.write_all(request.to_uppercase().as_bytes()).await.unwrap();
///     });
///
///     client.write_all(b"hello").await.unwrap();
///     client.shutdown().await.unwrap(); // the other direction stays open
///     let mut answer = String::new();
///     client.read_to_string(&mut answer).await.unwrap();
///     assert_eq!(answer, "HELLO");
///     assert_eq!(sim.elapsed(), Duration::from_millis(80));
///     serving.await.unwrap();
/// }
/// ```
#[track_caller]
pub fn duplex() -> Duplex {
    let limits =
        Limits { capacity: 64 * 1024, latency: Duration::ZERO, bandwidth: None, chunks: [].into_iter().collect() };
    Duplex { limits, place: Location::caller() }
}

/// Builder for an in-memory connection, created by [`duplex`].
#[derive(Clone, Debug)]
#[must_use = "call `build` to create the connection"]
pub struct Duplex {
    limits: Limits,
    place: &'static Location<'static>,
}

impl Duplex {
    /// Sets the time from the write of a byte to its arrival, on tokio's clock. Zero by default.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.limits.latency = latency;
        self
    }

    /// Limits each direction to this many bytes per second. Unlimited by default.
    ///
    /// # Panics
    /// Panics if `bytes_per_second` is 0.
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
        assert!(bytes_per_second > 0, "the bandwidth must be greater than 0");
        self.limits.bandwidth = Some(bytes_per_second);
        self
    }

    /// Limits the sizes of successive reads. The last size applies to all further reads.
    ///
    /// # Panics
    /// Panics if a size is 0, because a read of 0 bytes signals EOF.
    pub fn chunks(mut self, sizes: impl IntoIterator<Item = usize>) -> Self {
        self.limits.chunks = sizes.into_iter().collect();
        assert!(!self.limits.chunks.contains(&0), "a chunk of 0 bytes would signal EOF");
        self
    }

    /// Sets how many bytes each direction holds before a write waits for a read. 64 KiB by default.
    ///
    /// # Panics
    /// Panics if `bytes` is 0.
    pub fn capacity(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "the capacity must be greater than 0");
        self.limits.capacity = bytes;
        self
    }

    /// Creates the connection and returns its two ends.
    pub fn build(self) -> (DuplexEnd, DuplexEnd) {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                pipes: [Pipe::new(self.limits.clone()), Pipe::new(self.limits)],
                is_reset: false,
                transcript: Transcript::new(self.place),
            }),
        });
        if let Some(world) = World::current() {
            let shared = shared.clone();
            world.add_state_reporter(move |_| {
                let transcript = shared.lock().transcript.clone();
                (!transcript.is_empty()).then(|| transcript.to_string())
            });
        }
        let end = |side| DuplexEnd { shared: shared.clone(), side, arrival: None };
        (end(0), end(1))
    }
}

/// State shared by the two ends.
struct Shared {
    state: Mutex<State>,
}

struct State {
    /// The two directions, indexed by the writing end.
    pipes: [Pipe; 2],
    is_reset: bool,
    transcript: Transcript,
}

impl Shared {
    /// Locks the state. No foreign code runs under the lock, so nothing panics there.
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Takes the wakers of all waiting readers and writers.
    fn take_wakers(&mut self) -> impl Iterator<Item = Waker> + use<> {
        let [first, second] = &mut self.pipes;
        let wakers = [first.reader.take(), first.writer.take(), second.reader.take(), second.writer.take()];
        wakers.into_iter().flatten()
    }

    fn check(&self) -> io::Result<()> {
        if self.is_reset { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

/// Wakes the waiting task, if any.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// One end of an in-memory connection, created by [`Duplex::build`]. Dropping it closes both directions.
///
/// Reads return 0 bytes once the other end is shut down or dropped and everything has been read. Writes fail with
/// [`BrokenPipe`](io::ErrorKind::BrokenPipe) once this end is shut down or the other end is dropped. Each operation
/// uses tokio's cooperative budget, so a simulation may preempt a task there.
pub struct DuplexEnd {
    shared: Arc<Shared>,
    /// Index of the pipe that this end writes to. The end reads from the other pipe.
    side: usize,
    /// Timer for the arrival of the next bytes.
    arrival: Option<Pin<Box<Sleep>>>,
}

impl DuplexEnd {
    /// Resets the connection. Bytes in flight are lost, and all later operations on either end fail with
    /// [`ConnectionReset`](io::ErrorKind::ConnectionReset).
    pub fn reset(&self) {
        let mut state = self.shared.lock();
        state.is_reset = true;
        state.pipes.iter_mut().for_each(Pipe::clear);
        state.transcript.record_reset(self.side);
        let wakers = state.take_wakers();
        drop(state);
        wakers.for_each(Waker::wake);
    }

    /// Returns a transcript of the bytes sent so far in both directions. In a simulation, a failure report includes the
    /// transcript. Other tests print it on panic.
    pub fn transcript(&self) -> Transcript {
        self.shared.lock().transcript.clone()
    }

    /// Closes the direction to the other end.
    fn shut_down(&self) {
        let mut state = self.shared.lock();
        state.pipes[self.side].shut_down();
        let reader = state.pipes[self.side].reader.take();
        drop(state);
        wake(reader);
    }
}

impl AsyncRead for DuplexEnd {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let progress = ready!(poll_proceed(context));
        let (shared, side, before) = (self.shared.clone(), self.side, buf.filled().len());
        let mut arrival = None;
        let read = poll_locked(&shared.state, context, |state| {
            if let Err(error) = state.check() {
                return Attempt::Ready(Err(error));
            }
            let pipe = &mut state.pipes[1 - side];
            match pipe.read(buf) {
                ReadOutcome::Done if buf.filled().len() > before => Attempt::Ready(Ok(pipe.writer.take())),
                ReadOutcome::Done => Attempt::Ready(Ok(None)),
                ReadOutcome::Pending(next) => {
                    arrival = next;
                    Attempt::Pending(&mut pipe.reader)
                }
            }
        });
        if let Poll::Ready(writer) = read {
            self.arrival = None;
            progress.made_progress();
            return Poll::Ready(writer.map(wake));
        }
        if let Some(at) = arrival {
            let sleep = self.arrival.get_or_insert_with(|| Box::pin(sleep_until(at)));
            if sleep.deadline() != at {
                sleep.as_mut().reset(at);
            }
            if sleep.as_mut().poll(context).is_ready() {
                // The bytes arrived in the meantime.
                self.arrival = None;
                context.waker().wake_by_ref();
            }
        }
        Poll::Pending
    }
}

impl AsyncWrite for DuplexEnd {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let progress = ready!(poll_proceed(context));
        let written = ready!(poll_locked(&self.shared.state, context, |state| {
            let written = state.check().and_then(|()| state.pipes[self.side].write(buf));
            match written {
                Err(error) => Attempt::Ready(Err(error)),
                Ok(None) => Attempt::Pending(&mut state.pipes[self.side].writer),
                Ok(Some(written)) => {
                    state.transcript.record_write(self.side, &buf[..written]);
                    Attempt::Ready(Ok((written, state.pipes[self.side].reader.take())))
                }
            }
        }));
        progress.made_progress();
        Poll::Ready(written.map(|(written, reader)| {
            wake(reader);
            written
        }))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.shared.lock().check())
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.lock().check()?;
        self.shut_down();
        Poll::Ready(Ok(()))
    }
}

impl Drop for DuplexEnd {
    fn drop(&mut self) {
        if std::thread::panicking() && self.side == 0 && World::current().is_none() {
            let transcript = self.transcript();
            if !transcript.is_empty() {
                eprint!("{transcript}");
            }
        }
        self.shut_down();
        let mut state = self.shared.lock();
        let pipe = &mut state.pipes[1 - self.side];
        pipe.is_reader_dropped = true;
        let writer = pipe.writer.take();
        drop(state);
        wake(writer);
    }
}

impl fmt::Debug for DuplexEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DuplexEnd").field("side", &self.side).finish_non_exhaustive()
    }
}

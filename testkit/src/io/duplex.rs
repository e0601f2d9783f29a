use std::fmt;
use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use crate::internal::lock;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::poll_proceed;
use tokio::time::{Sleep, sleep_until};

use super::lane::{Found, Lane, Shape};
use super::transcript::Transcript;
use crate::sim::World;
use crate::waiting::poll_locked;

/// Begins a connection in memory, both of whose ends are in this process: what one writes, the other reads.
///
/// Without more it is as fast as memory. It may be as slow as a real line, be cut into chunks, be shut down in one direction,
/// and be reset; all of it in virtual time where there is any. What went through it is shown when a test fails.
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
    let shape =
        Shape { capacity: 64 * 1024, latency: Duration::ZERO, bandwidth: None, chunks: [].into_iter().collect() };
    Duplex { shape, place: Location::caller() }
}

/// A connection to be made. [`duplex`] begins one, and [`build`](Duplex::build) makes it.
#[derive(Clone, Debug)]
#[must_use = "`build` makes the connection"]
pub struct Duplex {
    shape: Shape,
    place: &'static Location<'static>,
}

impl Duplex {
    /// Every byte arrives so much later than it is written, on tokio's clock. None, by default.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.shape.latency = latency;
        self
    }

    /// Each direction lets through so many bytes a second. By default there is no limit.
    ///
    /// # Panics
    /// If it is 0.
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
        assert!(bytes_per_second > 0, "a line with a bandwidth of 0 lets nothing through");
        self.shape.bandwidth = Some(bytes_per_second);
        self
    }

    /// Reads return so many bytes at most, one size after the other; the last one is for all reads that follow.
    ///
    /// # Panics
    /// If a size is 0, which would be the end.
    pub fn chunks(mut self, sizes: impl IntoIterator<Item = usize>) -> Self {
        self.shape.chunks = sizes.into_iter().collect();
        assert!(!self.shape.chunks.contains(&0), "a read of 0 bytes would be the end");
        self
    }

    /// How many bytes each direction holds before a write waits for a read: by default 64 KiB.
    ///
    /// # Panics
    /// If it is 0.
    pub fn capacity(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "nothing can be written to what holds nothing");
        self.shape.capacity = bytes;
        self
    }

    /// Makes the connection. Returns its ends.
    pub fn build(self) -> (DuplexEnd, DuplexEnd) {
        let line = Arc::new(Line {
            state: Mutex::new(State {
                lanes: [Lane::new(self.shape.clone()), Lane::new(self.shape)],
                is_reset: false,
                transcript: Transcript::new(self.place),
            }),
        });
        if let Some(world) = World::current() {
            let line = line.clone();
            world.exhibit(move |_| {
                let transcript = line.lock().transcript.clone();
                (!transcript.is_empty()).then(|| transcript.to_string())
            });
        }
        let end = |side| DuplexEnd { line: line.clone(), side, arrival: None };
        (end(0), end(1))
    }
}

/// The connection between two ends.
struct Line {
    state: Mutex<State>,
}

struct State {
    /// By the end that writes.
    lanes: [Lane; 2],
    is_reset: bool,
    transcript: Transcript,
}

impl Line {
    /// Nothing of others runs while it is held, so nothing panics.
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// All who wait.
    fn take_wakers(&mut self) -> impl Iterator<Item = Waker> + use<> {
        let [first, second] = &mut self.lanes;
        let wakers = [first.reader.take(), first.writer.take(), second.reader.take(), second.writer.take()];
        wakers.into_iter().flatten()
    }

    fn check(&self) -> io::Result<()> {
        if self.is_reset { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

/// Wakes who waits, if anybody does.
fn wake(waiting: Option<Waker>) {
    if let Some(waiting) = waiting {
        waiting.wake();
    }
}

/// One end of a connection in memory: what [`Duplex::build`] returns. Dropped, it is closed in both directions.
///
/// Reading is at an end where the other one is shut down or dropped, and all has been read. Writing fails with
/// [`BrokenPipe`](io::ErrorKind::BrokenPipe) where this one was shut down, or the other one dropped. Operations count as
/// tokio's own do: a simulation may preempt a task at each.
pub struct DuplexEnd {
    line: Arc<Line>,
    /// It writes to the lane of this number, and reads from the other.
    side: usize,
    /// Until when it waits for bytes on their way.
    arrival: Option<Pin<Box<Sleep>>>,
}

impl DuplexEnd {
    /// Breaks the connection off: what is under way is lost, and all that is done from now on at either end fails with
    /// [`ConnectionReset`](io::ErrorKind::ConnectionReset).
    pub fn reset(&self) {
        let mut state = self.line.lock();
        state.is_reset = true;
        state.lanes.iter_mut().for_each(Lane::clear);
        state.transcript.reset(self.side);
        let wakers = state.take_wakers();
        drop(state);
        wakers.for_each(Waker::wake);
    }

    /// What has gone through the connection so far, in both directions. It is in the report of a simulated test that
    /// fails, and is printed where a test of any other kind panics.
    pub fn transcript(&self) -> Transcript {
        self.line.lock().transcript.clone()
    }

    /// No more is written to the other end.
    fn shut_down(&self) {
        let mut state = self.line.lock();
        state.lanes[self.side].shut_down();
        let reader = state.lanes[self.side].reader.take();
        drop(state);
        wake(reader);
    }
}

impl AsyncRead for DuplexEnd {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let progress = ready!(poll_proceed(context));
        let (line, side, before) = (self.line.clone(), self.side, buf.filled().len());
        let mut arrival = None;
        let read = poll_locked(&line.state, context, |state| {
            if let Err(error) = state.check() {
                return Ok(Err(error));
            }
            let lane = &mut state.lanes[1 - side];
            match lane.read(buf) {
                Found::Read if buf.filled().len() > before => Ok(Ok(lane.writer.take())),
                Found::Read => Ok(Ok(None)),
                Found::Nothing(next) => {
                    arrival = next;
                    Err(&mut lane.reader)
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
                // It has arrived meanwhile.
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
        let written = ready!(poll_locked(&self.line.state, context, |state| {
            let written = state.check().and_then(|()| state.lanes[self.side].write(buf));
            match written {
                Err(error) => Ok(Err(error)),
                Ok(None) => Err(&mut state.lanes[self.side].writer),
                Ok(Some(written)) => {
                    state.transcript.wrote(self.side, &buf[..written]);
                    Ok(Ok((written, state.lanes[self.side].reader.take())))
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
        Poll::Ready(self.line.lock().check())
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.lock().check()?;
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
        let mut state = self.line.lock();
        let lane = &mut state.lanes[1 - self.side];
        lane.is_abandoned = true;
        let writer = lane.writer.take();
        drop(state);
        wake(writer);
    }
}

impl fmt::Debug for DuplexEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DuplexEnd").field("side", &self.side).finish_non_exhaustive()
    }
}

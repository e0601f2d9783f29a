//! Builder of IO scripts: the bytes to read, the expected writes, and the waits between them.

use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::scripted::Scripted;
use super::step::Step;
use crate::fakes::gate::Gate;
use crate::fakes::pause::{Origin, Pause};

/// Starts the script of a connection's other end: the bytes that can be read from it and the writes that it expects, in
/// order.
///
/// ```
/// use std::time::Duration;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> std::io::Result<()> {
/// let mut connection = testkit::io::script()
///     .write("GET /shard\r\n")
///     .wait(Duration::from_secs(5))
///     .read("200\r\n")
///     .read("abc")
///     .end();
///
/// connection.write_all(b"GET /shard\r\n").await?;
/// let mut answer = String::new();
/// connection.read_to_string(&mut answer).await?;
/// assert_eq!(answer, "200\r\nabc");
/// # Ok(())
/// # }
/// ```
///
/// An unexpected write is shown in hex and as text:
///
/// ```should_panic
/// use tokio::io::AsyncWriteExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut connection = testkit::io::script().write("GET /a").write("\r\n");
/// connection.write_all(b"GET /b\r\n").await
/// # }
/// ```
///
/// ```text
/// the IO scripted at tests/client.rs:4:22 received an unexpected write at byte 5 of step 1 of 2 (byte 5 overall)
///   from byte  0
///   expected   47 45 54 20 2f 61                                |GET /a|
///   written    47 45 54 20 2f 62 0d 0a                          |GET /b..|
///                             ^^
/// ```
#[track_caller]
pub fn script() -> Script {
    Script { connection: Scripted::new(Origin { kind: "IO", place: Location::caller() }) }
}

/// A reader and writer that plays the other end of a connection, following a script. [`script`] starts the script, and
/// each method adds a step.
///
/// A read is ready once all writes, waits and gates before it are done. A write may happen while earlier bytes are
/// still unread, as on a real connection, but not before an earlier wait or gate is over. A single read returns bytes
/// of one step at most. A single write may complete several steps if only reads come between them. A flush always
/// succeeds. A shutdown succeeds once no writes are left.
///
/// The script itself is the reader and writer to pass to the code under test. The steps `read`, `write` and `shutdown`
/// shadow methods of tokio's extension traits. A test that calls those methods itself must call
/// [`build`](Script::build) first.
///
/// The two halves from `tokio::io::split` may wait in different tasks at the same time.
///
/// # Panics
/// Panics on a write that the script does not expect, on a read past the last step without an [`end`](Script::end), and
/// on a shutdown while writes are left. Also panics if it is dropped with steps left, unless the thread is already
/// panicking. Each message names the step and the source line that started the script.
#[must_use = "pass the script to the code under test"]
pub struct Script {
    connection: Scripted,
}

impl Script {
    /// Makes `bytes` available to read.
    #[track_caller]
    pub fn read(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Read { bytes: bytes.as_ref().to_vec(), done: 0 })
    }

    /// Expects `bytes` to be written, in one or more calls.
    #[track_caller]
    pub fn write(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Write { bytes: bytes.as_ref().to_vec(), done: 0 })
    }

    /// Waits for `time` on tokio's clock, which a test may have paused. The wait starts with the poll that reaches this
    /// step. That poll panics outside a tokio runtime.
    #[track_caller]
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Pause(Pause::Time(time)))
    }

    /// Waits until the test releases `gate`. Needs no runtime.
    ///
    /// ```
    /// use testkit::Gate;
    /// use tokio::io::AsyncReadExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let gate = Gate::new();
    /// let mut connection = testkit::io::script().read("half of ").pending(&gate).read("a frame").end();
    /// let reading = tokio::spawn(async move {
    ///     let mut frame = String::new();
    ///     connection.read_to_string(&mut frame).await.map(|_| frame)
    /// });
    ///
    /// gate.reached().await;
    /// gate.release();
    /// assert_eq!(reading.await.unwrap().unwrap(), "half of a frame");
    /// # }
    /// ```
    #[track_caller]
    pub fn pending(self, gate: &Gate) -> Self {
        self.step(Step::Pause(Pause::Gate(gate.clone())))
    }

    /// Fails a read with `error`.
    #[track_caller]
    pub fn read_error(self, error: io::Error) -> Self {
        self.step(Step::ReadError(error))
    }

    /// Fails a write with `error`.
    #[track_caller]
    pub fn write_error(self, error: io::Error) -> Self {
        self.step(Step::WriteError(error))
    }

    /// Ends the readable data: from here on, each read returns 0 bytes. Writes may still be expected.
    #[track_caller]
    pub fn end(self) -> Self {
        self.step(Step::End)
    }

    /// Leaves the connection open without further data: a read waits forever.
    #[track_caller]
    pub fn stall(self) -> Self {
        self.step(Step::Stall)
    }

    /// Expects the writer to be shut down.
    #[track_caller]
    pub fn shutdown(self) -> Self {
        self.step(Step::Shutdown)
    }

    /// Allows dropping the script with steps left, for example if its user is cancelled.
    pub fn may_be_dropped(mut self) -> Self {
        self.connection.may_be_dropped = true;
        self
    }

    /// Returns the reader and writer without the methods that add steps.
    ///
    /// ```
    /// use tokio::io::{AsyncReadExt, AsyncWriteExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut connection = testkit::io::script().write("ping").read("pong").shutdown().build();
    /// assert_eq!(connection.write(b"ping").await?, 4);
    /// let mut buffer = [0; 16];
    /// assert_eq!(connection.read(&mut buffer).await?, 4);
    /// connection.shutdown().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn build(self) -> Scripted {
        self.connection
    }

    #[track_caller]
    fn step(mut self, step: Step) -> Self {
        self.connection.push(step);
        self
    }
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(context, buffer)
    }
}

impl AsyncWrite for Script {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connection.fmt(f)
    }
}

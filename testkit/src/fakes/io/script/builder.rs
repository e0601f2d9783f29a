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

/// Begins the script of the other end of a connection: what can be read of it, and what it expects to be written, in order.
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
/// What is written instead of what is expected is shown in hex and as text:
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
/// the IO scripted at tests/client.rs:4:22 was written something else in step 1 of 2, at byte 5 of it, byte 5 of all
///   from byte  0
///   expected   47 45 54 20 2f 61                                |GET /a|
///   written    47 45 54 20 2f 62 0d 0a                          |GET /b..|
///                             ^^
/// ```
#[track_caller]
pub fn script() -> Script {
    Script { connection: Scripted::new(Origin { what: "IO", place: Location::caller() }) }
}

/// A reader and writer that follows its script, which is the other end's part. [`script`] begins one; each method adds a
/// step.
///
/// What is to be read stands ready as soon as all writes, waits and gates before it are done. What is to be written may be
/// written while bytes before it are still unread, as on a real connection, though not before a wait or gate is over. One
/// call of read has at most the bytes of one step; one of write may fill several steps with nothing but reads between them.
/// A flush is always taken; a shutdown wherever nothing is left to be written.
///
/// It is the reader and writer already, to be given to what is tested. A test that itself calls `read`, `write` or `shutdown`
/// of tokio's extension traits, whose names are steps here, calls [`build`](Script::build) before.
///
/// The halves of `tokio::io::split` may wait in two tasks at once.
///
/// # Panics
/// When something else is written, or more; when read past its steps without an [`end`](Script::end) before; when shut down
/// with something left to be written; and when dropped with steps left, unless the thread is panicking already. All name the
/// step and the line that began the script.
#[must_use = "a script is a reader and writer, to be given to what is tested"]
pub struct Script {
    connection: Scripted,
}

impl Script {
    /// Lets `bytes` be read.
    #[track_caller]
    pub fn read(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Read(bytes.as_ref().to_vec(), 0))
    }

    /// Expects `bytes` to be written, in one call or several.
    #[track_caller]
    pub fn write(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Write(bytes.as_ref().to_vec(), 0))
    }

    /// Does nothing for `time` of tokio's clock, which a test may have paused, from the poll on that comes to it. That poll
    /// panics if there is no tokio runtime.
    #[track_caller]
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Pause(Pause::Time(time)))
    }

    /// Does nothing until the test lets it pass `gate`. It needs no runtime.
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

    /// Fails a read.
    #[track_caller]
    pub fn read_error(self, error: io::Error) -> Self {
        self.step(Step::ReadError(error))
    }

    /// Fails a write.
    #[track_caller]
    pub fn write_error(self, error: io::Error) -> Self {
        self.step(Step::WriteError(error))
    }

    /// Ends what can be read: from here on, each read has zero bytes. Writes may still be expected.
    #[track_caller]
    pub fn end(self) -> Self {
        self.step(Step::End)
    }

    /// Lets nothing more be read, and does not end: the other end is there, and says nothing. A read waits for ever.
    #[track_caller]
    pub fn stall(self) -> Self {
        self.step(Step::Stall)
    }

    /// Expects the writer to be shut down.
    #[track_caller]
    pub fn shutdown(self) -> Self {
        self.step(Step::Shutdown)
    }

    /// Lets it be dropped at any time, without a report of what was not read or written: where its user is cancelled, for
    /// example.
    pub fn may_be_dropped(mut self) -> Self {
        self.connection.may_be_dropped = true;
        self
    }

    /// The reader and writer without the methods that add steps.
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

use std::collections::VecDeque;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use super::bytes::first;
use super::halves::Halves;
use crate::gate::Gate;
use crate::pause::{Origin, Pause, Pausing, counted};

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
///   expected   47 45 54 20 2f 61                                 |GET /a|
///   written    47 45 54 20 2f 62 0d 0a                           |GET /b..|
///                             ^^
/// ```
#[track_caller]
pub fn script() -> Script {
    Script {
        origin: Origin { what: "IO", place: Location::caller() },
        steps: VecDeque::new(),
        count: 0,
        pausing: None,
        halves: Arc::default(),
        read: 0,
        written: 0,
        reads: Reads::Open,
        is_shut_down: false,
        may_be_dropped: false,
    }
}

/// A reader and writer that follows its script, which is the other end's part. [`script`] begins one; each method adds a
/// step.
///
/// What is to be read stands ready as soon as all writes, waits and gates before it are done. What is to be written may be
/// written while bytes before it are still unread, as on a real connection, though not before a wait or gate is over. One
/// call of read has at most the bytes of one step; one of write may fill several steps that follow each other. A flush is
/// always taken; a shutdown wherever nothing is left to be written.
///
/// The halves of [`tokio::io::split`] may wait in two tasks at once.
///
/// # Panics
/// When something else is written, or more; when read past its steps without an [`end`](Script::end) before; when shut down
/// with something left to be written; and when dropped with steps left, unless the thread is panicking already. All name the
/// step and the line that began the script.
#[must_use = "a script is a reader and writer, to be given to what is tested"]
pub struct Script {
    pub(super) origin: Origin,
    /// What is left of the steps, each with its number, from one on: a write may be done before a read that is ahead of it.
    pub(super) steps: VecDeque<(usize, Step)>,
    /// How many steps there were.
    count: usize,
    /// The step that is waited for, and its number.
    pub(super) pausing: Option<(usize, Pausing)>,
    pub(super) halves: Arc<Halves>,
    /// How many bytes were read.
    pub(super) read: usize,
    /// How many bytes were written.
    pub(super) written: usize,
    pub(super) reads: Reads,
    pub(super) is_shut_down: bool,
    may_be_dropped: bool,
}

pub(super) enum Step {
    /// The bytes, and how many of them are done.
    Read(Vec<u8>, usize),
    Write(Vec<u8>, usize),
    ReadError(io::Error),
    WriteError(io::Error),
    Pause(Pause),
    End,
    Stall,
    Shutdown,
}

/// What becomes of a read that finds no step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    Open,
    Ended,
    Stalled,
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
        self.may_be_dropped = true;
        self
    }

    #[track_caller]
    fn step(mut self, step: Step) -> Self {
        let behind = self.steps.iter().find_map(|(_, before)| match (before, &step) {
            (Step::End, Step::Read(..) | Step::ReadError(_) | Step::End | Step::Stall) => Some("its end"),
            (Step::Stall, Step::Read(..) | Step::ReadError(_) | Step::End | Step::Stall) => Some("a stall"),
            (Step::Shutdown, Step::Write(..) | Step::WriteError(_) | Step::Shutdown) => Some("a shutdown"),
            _ => None,
        });
        if let Some(behind) = behind {
            panic!("{} has a step behind {behind}, which nothing can come to: {step}", self.origin);
        }
        if let Step::Read(bytes, _) | Step::Write(bytes, _) = &step {
            assert!(!bytes.is_empty(), "{} has a step without a byte: say `.end()` for the end", self.origin);
        }
        self.count += 1;
        self.steps.push_back((self.count, step));
        self
    }

    /// `step 3 of 5`
    pub(super) fn position(&self, number: usize) -> String {
        format!("step {number} of {}", self.count)
    }

    /// `its 5 steps`
    pub(super) fn all(&self) -> String {
        format!("its {}", counted(self.count, "step"))
    }

    /// How many steps are not done.
    pub(super) fn left(&self) -> usize {
        self.steps.len() + usize::from(self.pausing.is_some())
    }
}

impl Step {
    /// Whether a read is what does it.
    pub(super) fn is_read(&self) -> bool {
        matches!(self, Step::Read(..) | Step::ReadError(_) | Step::End | Step::Stall)
    }

    /// Whether a write or a shutdown is what does it.
    pub(super) fn is_write(&self) -> bool {
        matches!(self, Step::Write(..) | Step::WriteError(_) | Step::Shutdown)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Read(bytes, done) => write!(f, "{} to be read", counted(bytes.len() - done, "byte")),
            Step::Write(bytes, done) => write!(f, "{} to be written", counted(bytes.len() - done, "byte")),
            Step::ReadError(error) => write!(f, "a read that fails: {error}"),
            Step::WriteError(error) => write!(f, "a write that fails: {error}"),
            Step::Pause(pause) => pause.fmt(f),
            Step::End => f.write_str("its end to be read"),
            Step::Stall => f.write_str("a read that stalls"),
            Step::Shutdown => f.write_str("a shutdown"),
        }
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("place", &format_args!("{}", self.origin.place))
            .field("taken", &(self.count - self.left()))
            .field("left", &self.left())
            .field("read", &self.read)
            .field("written", &self.written)
            .finish()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        if self.may_be_dropped || std::thread::panicking() || self.left() == 0 {
            return;
        }
        let next = match (&self.pausing, self.steps.front()) {
            (Some((number, pausing)), _) => format!("step {number} {pausing}"),
            (None, Some((number, step @ (Step::Read(bytes, done) | Step::Write(bytes, done))))) => {
                format!("step {number} has {step}:\n  {}", first(&bytes[*done..]))
            }
            (None, Some((number, step))) => format!("step {number} is {step}"),
            (None, None) => return,
        };
        panic!(
            "{} was dropped after {} of {}, with {} read and {} written; {next}",
            self.origin,
            self.count - self.left(),
            self.all(),
            counted(self.read, "byte"),
            counted(self.written, "byte")
        );
    }
}

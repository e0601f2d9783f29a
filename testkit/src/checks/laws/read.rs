//! Adapts `AsyncRead` to [`Subject`], and checks how it uses the buffer.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

use super::Law;
use super::check::VARIANTS;
use super::outcome::Outcome;
use super::subject::{Step, Subject, Violation};
use crate::internal::counted;

/// Buffer sizes, used in turn.
const BUFFER_SIZES: [&[usize]; VARIANTS] = [&[64], &[1], &[3, 1, 8192], &[7, 100]];

/// Contents of a buffer before it is read into.
const PREFILLED: [u8; 3] = [0xa5; 3];

/// A reader. Each operation is a read.
pub(super) struct ReadSubject<R> {
    reader: Pin<Box<R>>,
    bytes: Vec<u8>,
    error: Option<String>,
    reads: usize,
    sizes: &'static [usize],
    /// Fills the rest of a buffer, to detect readers that report bytes that they have not written.
    filler: u8,
}

impl<R: AsyncRead> ReadSubject<R> {
    pub(super) fn new(reader: R, variant: usize) -> Self {
        let sizes = BUFFER_SIZES[variant % VARIANTS];
        ReadSubject {
            reader: Box::pin(reader),
            bytes: Vec::new(),
            error: None,
            reads: 0,
            sizes,
            filler: 0x5a + variant as u8,
        }
    }

    /// Reads into a buffer with room for `size` bytes that already contains some. Returns the new bytes, or the error.
    fn read(&mut self, size: usize, context: &mut Context<'_>) -> Result<Poll<Result<Vec<u8>, String>>, Violation> {
        let mut memory = vec![self.filler; PREFILLED.len() + size];
        let start = memory.as_ptr();
        let mut buf = ReadBuf::new(&mut memory);
        buf.put_slice(&PREFILLED);
        let polled = self.reader.as_mut().poll_read(context, &mut buf);
        let filled = buf.filled();
        if filled.as_ptr() != start || buf.capacity() != PREFILLED.len() + size {
            return Err(Violation::new(Law::NoMoreThanGiven, "it replaced the buffer that it was given"));
        }
        if filled.get(..PREFILLED.len()) != Some(&PREFILLED[..]) {
            return Err(Violation::new(Law::LeavesBuffer, "it changed bytes that were already in the buffer"));
        }
        let read = filled[PREFILLED.len()..].to_vec();
        let how = match &polled {
            Poll::Pending => "returned `Pending`",
            Poll::Ready(Err(_)) => "failed",
            Poll::Ready(Ok(())) => return Ok(Poll::Ready(Ok(read))),
        };
        if !read.is_empty() {
            let observation = format!("it {how}, but put {} into the buffer", counted(read.len(), "byte"));
            return Err(Violation::new(Law::LeavesBuffer, observation));
        }
        Ok(polled.map(|failed| failed.map(|()| read).map_err(|error| error.to_string())))
    }
}

impl<R: AsyncRead> Subject for ReadSubject<R> {
    fn action(&self) -> &'static str {
        "poll_read"
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Violation> {
        let size = self.sizes[self.reads % self.sizes.len()];
        Ok(self.read(size, context)?.map(|read| {
            self.reads += 1;
            match read {
                Err(error) => {
                    self.error = Some(error.clone());
                    Step::last(format!("error: {error}"))
                }
                Ok(read) if read.is_empty() => Step::last("EOF"),
                Ok(read) => {
                    self.bytes.extend(&read);
                    Step::done(format!("{} of {}", read.len(), counted(size, "byte")))
                }
            }
        }))
    }

    fn outcome(&self) -> Outcome {
        Outcome::of_bytes(self.bytes.clone(), self.error.clone())
    }

    fn after_end(&mut self, context: &mut Context<'_>) -> Option<Violation> {
        if self.error.is_some() {
            return None;
        }
        let observation = match self.read(8, context) {
            Err(violation) => return Some(violation),
            Ok(Poll::Ready(Ok(read))) if read.is_empty() => return None,
            Ok(Poll::Ready(Ok(read))) => format!("it returned {} after EOF", counted(read.len(), "byte")),
            Ok(Poll::Ready(Err(error))) => format!("it failed after EOF: {error}"),
            Ok(Poll::Pending) => "it returned `Pending` after EOF".to_owned(),
        };
        Some(Violation::new(Law::StaysEnded, observation))
    }
}

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

use super::Law;
use super::check::VARIANTS;
use super::outcome::Outcome;
use super::subject::{Breach, Step, Subject};

/// Buffer sizes, used in turn.
const SIZES: [&[usize]; VARIANTS] = [&[64], &[1], &[3, 1, 8192], &[7, 100]];

/// Contents of a buffer before it is read into.
const BEFORE: [u8; 3] = [0xa5; 3];

/// A reader. Each operation is a read.
pub(super) struct ReadSubject<R> {
    reader: Pin<Box<R>>,
    bytes: Vec<u8>,
    error: Option<String>,
    reads: usize,
    sizes: &'static [usize],
    /// Fills the rest of a buffer, to detect readers that report bytes that they have not written.
    rest: u8,
}

impl<R: AsyncRead> ReadSubject<R> {
    pub(super) fn new(reader: R, variant: usize) -> Self {
        let sizes = SIZES[variant % VARIANTS];
        ReadSubject {
            reader: Box::pin(reader),
            bytes: Vec::new(),
            error: None,
            reads: 0,
            sizes,
            rest: 0x5a + variant as u8,
        }
    }

    /// Reads into a buffer with room for `size` bytes that already contains some. Returns the new bytes, or the error.
    fn read(&mut self, size: usize, context: &mut Context<'_>) -> Result<Poll<Result<Vec<u8>, String>>, Breach> {
        let mut memory = vec![self.rest; BEFORE.len() + size];
        let start = memory.as_ptr();
        let mut buf = ReadBuf::new(&mut memory);
        buf.put_slice(&BEFORE);
        let polled = self.reader.as_mut().poll_read(context, &mut buf);
        let filled = buf.filled();
        if filled.as_ptr() != start || buf.capacity() != BEFORE.len() + size {
            return Err(Breach::new(Law::NoMoreThanGiven, "it replaced the buffer that it was given"));
        }
        if filled.get(..BEFORE.len()) != Some(&BEFORE[..]) {
            return Err(Breach::new(Law::LeavesBuffer, "it changed bytes that were already in the buffer"));
        }
        let read = filled[BEFORE.len()..].to_vec();
        let how = match &polled {
            Poll::Pending => "returned `Pending`",
            Poll::Ready(Err(_)) => "failed",
            Poll::Ready(Ok(())) => return Ok(Poll::Ready(Ok(read))),
        };
        if !read.is_empty() {
            let seen = format!("it {how}, but put {} bytes into the buffer", read.len());
            return Err(Breach::new(Law::LeavesBuffer, seen));
        }
        Ok(polled.map(|failed| failed.map(|()| read).map_err(|error| error.to_string())))
    }
}

impl<R: AsyncRead> Subject for ReadSubject<R> {
    fn action(&self) -> &'static str {
        "poll_read"
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Breach> {
        let size = self.sizes[self.reads % self.sizes.len()];
        Ok(self.read(size, context)?.map(|read| {
            self.reads += 1;
            match read {
                Err(error) => {
                    self.error = Some(error.clone());
                    Step::last(format!("error: {error}"))
                }
                Ok(read) if read.is_empty() => Step::last("the end"),
                Ok(read) => {
                    self.bytes.extend(&read);
                    Step::on(format!("{} of {size} bytes", read.len()))
                }
            }
        }))
    }

    fn outcome(&self) -> Outcome {
        Outcome::of_bytes(self.bytes.clone(), self.error.clone())
    }

    fn after_end(&mut self, context: &mut Context<'_>) -> Option<Breach> {
        if self.error.is_some() {
            return None;
        }
        let seen = match self.read(8, context) {
            Err(breach) => return Some(breach),
            Ok(Poll::Ready(Ok(read))) if read.is_empty() => return None,
            Ok(Poll::Ready(Ok(read))) => format!("it returned {} bytes after its end", read.len()),
            Ok(Poll::Ready(Err(error))) => format!("it failed after its end: {error}"),
            Ok(Poll::Pending) => "it returned `Pending` after its end".to_owned(),
        };
        Some(Breach::new(Law::StaysEnded, seen))
    }
}

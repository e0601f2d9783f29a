//! Adapts `AsyncBufRead` to [`Subject`], and checks the bytes that each `poll_fill_buf` returns.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncBufRead;

use super::Law;
use super::check::VARIANTS;
use super::outcome::Outcome;
use super::subject::{Step, Subject, Violation};
use crate::internal::counted;

/// Maximum numbers of bytes consumed at a time, used in turn.
const CONSUME_SIZES: [&[usize]; VARIANTS] = [&[usize::MAX], &[1], &[0, 2, usize::MAX], &[7]];

/// A buffered reader. Each operation fills the buffer and consumes some of it.
pub(super) struct BufReadSubject<R> {
    reader: Pin<Box<R>>,
    bytes: Vec<u8>,
    error: Option<String>,
    /// Bytes of the last fill that were not consumed.
    unconsumed: Vec<u8>,
    fills: usize,
    sizes: &'static [usize],
}

impl<R: AsyncBufRead> BufReadSubject<R> {
    pub(super) fn new(reader: R, variant: usize) -> Self {
        BufReadSubject {
            reader: Box::pin(reader),
            bytes: Vec::new(),
            error: None,
            unconsumed: Vec::new(),
            fills: 0,
            sizes: CONSUME_SIZES[variant % VARIANTS],
        }
    }
}

impl<R: AsyncBufRead> Subject for BufReadSubject<R> {
    fn action(&self) -> &'static str {
        "poll_fill_buf"
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Violation> {
        let bytes = match self.reader.as_mut().poll_fill_buf(context) {
            Poll::Pending if !self.unconsumed.is_empty() => {
                let observation = format!(
                    "it returned `Pending`, although {} had not been consumed yet",
                    counted(self.unconsumed.len(), "byte")
                );
                return Err(Violation::new(Law::ShowsTheSame, observation));
            }
            Poll::Pending => return Ok(Poll::Pending),
            Poll::Ready(Err(error)) => {
                self.error = Some(error.to_string());
                return Ok(Poll::Ready(Step::last(format!("error: {error}"))));
            }
            Poll::Ready(Ok(bytes)) => bytes.to_vec(),
        };
        if !bytes.starts_with(&self.unconsumed) && !self.unconsumed.starts_with(&bytes)
            || bytes.is_empty() && !self.unconsumed.is_empty()
        {
            let observation = format!(
                "it returned \"{}\", although \"{}\" had not been consumed yet",
                bytes.escape_ascii(),
                self.unconsumed.escape_ascii()
            );
            return Err(Violation::new(Law::ShowsTheSame, observation));
        }
        if bytes.is_empty() {
            return Ok(Poll::Ready(Step::last("EOF")));
        }
        let count = self.sizes[self.fills % self.sizes.len()].min(bytes.len());
        self.fills += 1;
        self.reader.as_mut().consume(count);
        self.bytes.extend(&bytes[..count]);
        self.unconsumed = bytes[count..].to_vec();
        Ok(Poll::Ready(Step::done(format!("{}, {count} consumed", counted(bytes.len(), "byte")))))
    }

    fn outcome(&self) -> Outcome {
        Outcome::of_bytes(self.bytes.clone(), self.error.clone())
    }

    fn after_end(&mut self, context: &mut Context<'_>) -> Option<Violation> {
        if self.error.is_some() {
            return None;
        }
        let observation = match self.reader.as_mut().poll_fill_buf(context) {
            Poll::Ready(Ok([])) => return None,
            Poll::Ready(Ok(bytes)) => format!("it returned {} after EOF", counted(bytes.len(), "byte")),
            Poll::Ready(Err(error)) => format!("it failed after EOF: {error}"),
            Poll::Pending => "it returned `Pending` after EOF".to_owned(),
        };
        Some(Violation::new(Law::StaysEnded, observation))
    }
}

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncBufRead;

use super::Law;
use super::check::VARIANTS;
use super::outcome::Outcome;
use super::subject::{Breach, Step, Subject};

/// Maximum numbers of bytes consumed at a time, used in turn.
const CONSUMED: [&[usize]; VARIANTS] = [&[usize::MAX], &[1], &[0, 2, usize::MAX], &[7]];

/// A buffered reader. Each operation fills the buffer and consumes some of it.
pub(super) struct BufReadSubject<R> {
    reader: Pin<Box<R>>,
    bytes: Vec<u8>,
    error: Option<String>,
    /// Bytes that were returned last and not consumed.
    shown: Vec<u8>,
    fills: usize,
    consumed: &'static [usize],
}

impl<R: AsyncBufRead> BufReadSubject<R> {
    pub(super) fn new(reader: R, variant: usize) -> Self {
        let consumed = CONSUMED[variant % VARIANTS];
        BufReadSubject {
            reader: Box::pin(reader),
            bytes: Vec::new(),
            error: None,
            shown: Vec::new(),
            fills: 0,
            consumed,
        }
    }
}

impl<R: AsyncBufRead> Subject for BufReadSubject<R> {
    fn action(&self) -> &'static str {
        "poll_fill_buf"
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Breach> {
        let shown = match self.reader.as_mut().poll_fill_buf(context) {
            Poll::Pending if !self.shown.is_empty() => {
                let seen = format!("it returned `Pending`, although {} bytes were not consumed yet", self.shown.len());
                return Err(Breach::new(Law::ShowsTheSame, seen));
            }
            Poll::Pending => return Ok(Poll::Pending),
            Poll::Ready(Err(error)) => {
                self.error = Some(error.to_string());
                return Ok(Poll::Ready(Step::last(format!("error: {error}"))));
            }
            Poll::Ready(Ok(shown)) => shown.to_vec(),
        };
        if !shown.starts_with(&self.shown) && !self.shown.starts_with(&shown)
            || shown.is_empty() && !self.shown.is_empty()
        {
            let seen = format!(
                "it returned \"{}\", although \"{}\" was not consumed yet",
                shown.escape_ascii(),
                self.shown.escape_ascii()
            );
            return Err(Breach::new(Law::ShowsTheSame, seen));
        }
        if shown.is_empty() {
            return Ok(Poll::Ready(Step::last("the end")));
        }
        let count = self.consumed[self.fills % self.consumed.len()].min(shown.len());
        self.fills += 1;
        self.reader.as_mut().consume(count);
        self.bytes.extend(&shown[..count]);
        self.shown = shown[count..].to_vec();
        Ok(Poll::Ready(Step::on(format!("{} bytes, {count} consumed", shown.len()))))
    }

    fn outcome(&self) -> Outcome {
        Outcome::of_bytes(self.bytes.clone(), self.error.clone())
    }

    fn after_end(&mut self, context: &mut Context<'_>) -> Option<Breach> {
        if self.error.is_some() {
            return None;
        }
        let seen = match self.reader.as_mut().poll_fill_buf(context) {
            Poll::Ready(Ok([])) => return None,
            Poll::Ready(Ok(shown)) => format!("it returned {} bytes after its end", shown.len()),
            Poll::Ready(Err(error)) => format!("it failed after its end: {error}"),
            Poll::Pending => "it returned `Pending` after its end".to_owned(),
        };
        Some(Breach::new(Law::StaysEnded, seen))
    }
}

//! Adapts `Stream` to [`Subject`], and compares size hints with the number of items.

use std::fmt::Debug;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Law;
use super::outcome::Outcome;
use super::subject::{Step, Subject, Violation};

/// A stream. Each operation yields an item.
pub(super) struct StreamSubject<S: Stream> {
    stream: Pin<Box<S>>,
    items: Vec<String>,
    /// Size hints before each poll.
    hints: Vec<SizeHint>,
}

struct SizeHint {
    /// Number of items that the stream had yielded.
    yielded: usize,
    lower: usize,
    upper: Option<usize>,
}

impl<S: Stream> StreamSubject<S> {
    pub(super) fn new(stream: S) -> Self {
        StreamSubject { stream: Box::pin(stream), items: Vec::new(), hints: Vec::new() }
    }

    /// Records the hint, to compare it with the number of items at the end.
    fn record_hint(&mut self) {
        let (lower, upper) = self.stream.size_hint();
        self.hints.push(SizeHint { yielded: self.items.len(), lower, upper });
    }
}

impl<S: Stream<Item: Debug>> Subject for StreamSubject<S> {
    fn action(&self) -> &'static str {
        "poll_next"
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Violation> {
        self.record_hint();
        Ok(self.stream.as_mut().poll_next(context).map(|item| match item {
            None => Step::last("the end"),
            Some(item) => {
                let item = format!("{item:?}");
                self.items.push(item.clone());
                Step::done(format!("item {item}"))
            }
        }))
    }

    fn outcome(&self) -> Outcome {
        Outcome::of_items(self.items.clone(), None)
    }

    /// Compares the hints with the total number of items.
    fn at_end(&mut self) -> Option<Violation> {
        self.record_hint();
        self.hints.iter().find_map(|&SizeHint { yielded, lower, upper }| {
            let left = self.items.len() - yielded;
            if lower <= left && upper.is_none_or(|upper| left <= upper) {
                return None;
            }
            let upper = upper.map_or_else(|| "any number".to_owned(), |upper| upper.to_string());
            let observation =
                format!("after {yielded} items, its size hint was {lower} to {upper}, but it yielded {left} more");
            Some(Violation::new(Law::SizeHint, observation))
        })
    }

    fn after_end(&mut self, context: &mut Context<'_>) -> Option<Violation> {
        let observation = match self.stream.as_mut().poll_next(context) {
            Poll::Ready(None) => return None,
            Poll::Ready(Some(item)) => format!("it yielded {item:?} after its end"),
            Poll::Pending => "it returned `Pending` after its end".to_owned(),
        };
        Some(Violation::new(Law::StaysEnded, observation))
    }
}

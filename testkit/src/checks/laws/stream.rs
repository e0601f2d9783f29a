use std::fmt::Debug;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Law;
use super::outcome::Outcome;
use super::subject::{Breach, Step, Subject};

/// A stream. Each operation yields an item.
pub(super) struct StreamSubject<S: Stream> {
    stream: Pin<Box<S>>,
    items: Vec<String>,
    /// Number of items and size hint before each poll.
    hints: Vec<(usize, (usize, Option<usize>))>,
}

impl<S: Stream> StreamSubject<S> {
    pub(super) fn new(stream: S) -> Self {
        StreamSubject { stream: Box::pin(stream), items: Vec::new(), hints: Vec::new() }
    }

    /// Records the hint, to compare it with the number of items at the end.
    fn keep_hint(&mut self) {
        self.hints.push((self.items.len(), self.stream.size_hint()));
    }
}

impl<S: Stream<Item: Debug>> Subject for StreamSubject<S> {
    fn action(&self) -> &'static str {
        "poll_next"
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Breach> {
        self.keep_hint();
        Ok(self.stream.as_mut().poll_next(context).map(|item| match item {
            None => Step::last("the end"),
            Some(item) => {
                let item = format!("{item:?}");
                self.items.push(item.clone());
                Step::on(format!("item {item}"))
            }
        }))
    }

    fn outcome(&self) -> Outcome {
        Outcome::of_items(self.items.clone(), None)
    }

    /// Compares the hints with the total number of items.
    fn at_end(&mut self) -> Option<Breach> {
        self.keep_hint();
        self.hints.iter().find_map(|&(before, (least, most))| {
            let left = self.items.len() - before;
            if least <= left && most.is_none_or(|most| left <= most) {
                return None;
            }
            let most = most.map_or_else(|| "any number".to_owned(), |most| most.to_string());
            let seen = format!("after {before} items, its size hint was {least} to {most}, but {left} came");
            Some(Breach::new(Law::SizeHint, seen))
        })
    }

    fn after_end(&mut self, context: &mut Context<'_>) -> Option<Breach> {
        let seen = match self.stream.as_mut().poll_next(context) {
            Poll::Ready(None) => return None,
            Poll::Ready(Some(item)) => format!("it yielded {item:?} after its end"),
            Poll::Pending => "it returned `Pending` after its end".to_owned(),
        };
        Some(Breach::new(Law::StaysEnded, seen))
    }
}

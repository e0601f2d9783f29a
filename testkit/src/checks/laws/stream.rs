use std::fmt::Debug;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Law;
use super::outcome::Outcome;
use super::subject::{Breach, Step, Subject};

/// A stream, whose operations are its items.
pub(super) struct StreamSubject<S: Stream> {
    stream: Pin<Box<S>>,
    items: Vec<String>,
    /// The hint before each poll, and how many items there had been.
    hints: Vec<(usize, (usize, Option<usize>))>,
}

impl<S: Stream> StreamSubject<S> {
    pub(super) fn new(stream: S) -> Self {
        StreamSubject { stream: Box::pin(stream), items: Vec::new(), hints: Vec::new() }
    }

    /// Keeps the hint, to be compared with how many items come.
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

    /// Compares the hints with how many items there were in all.
    fn at_end(&mut self) -> Option<Breach> {
        self.keep_hint();
        self.hints.iter().find_map(|&(before, (least, most))| {
            let left = self.items.len() - before;
            if least <= left && most.is_none_or(|most| left <= most) {
                return None;
            }
            let most = most.map_or_else(|| "any number".to_owned(), |most| most.to_string());
            let seen = format!("after {before} items it hinted at {least} to {most}, and {left} came");
            Some(Breach::new(Law::SizeHint, seen))
        })
    }

    fn after_end(&mut self, context: &mut Context<'_>) -> Option<Breach> {
        let seen = match self.stream.as_mut().poll_next(context) {
            Poll::Ready(None) => return None,
            Poll::Ready(Some(item)) => format!("it yielded {item:?} after its end"),
            Poll::Pending => "it is pending after its end".to_owned(),
        };
        Some(Breach::new(Law::StaysEnded, seen))
    }
}

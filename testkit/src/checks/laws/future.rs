//! Adapts futures to [`Subject`], with a single operation.

use std::fmt::Debug;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::outcome::Outcome;
use super::subject::{Step, Subject, Violation};

/// A future. Its only operation is to become ready.
pub(super) struct FutureSubject<F: Future> {
    future: Pin<Box<F>>,
    output: Option<String>,
}

impl<F: Future> FutureSubject<F> {
    pub(super) fn new(future: F) -> Self {
        FutureSubject { future: Box::pin(future), output: None }
    }
}

impl<F: Future<Output: Debug>> Subject for FutureSubject<F> {
    fn action(&self) -> &'static str {
        "poll"
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Violation> {
        Ok(self.future.as_mut().poll(context).map(|output| {
            let output = format!("{output:?}");
            self.output = Some(output.clone());
            Step::last(format!("ready: {output}"))
        }))
    }

    fn outcome(&self) -> Outcome {
        Outcome::of_items(self.output.iter().cloned().collect(), None)
    }
}

//! Adapts `Sink` to [`Subject`], and compares the accepted items with the delivered ones.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_sink::Sink;

use super::Law;
use super::case::Received;
use super::outcome::Outcome;
use super::subject::{Step, Subject, Violation};

/// A sink. Operations send items, flush now and then, and close it.
pub(super) struct SinkSubject<S, T> {
    sink: Pin<Box<S>>,
    items: VecDeque<T>,
    received: Option<Received>,
    sent: Vec<String>,
    error: Option<String>,
    /// Number of items between flushes.
    flush_interval: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Ready,
    Flush,
    Close,
}

impl<S: Sink<T>, T> SinkSubject<S, T> {
    pub(super) fn new(sink: S, items: Vec<T>, received: Option<Received>, variant: usize) -> Self {
        let state = if items.is_empty() { State::Close } else { State::Ready };
        let flush_interval = [2, 1, 3, usize::MAX][variant % super::check::VARIANTS];
        SinkSubject {
            sink: Box::pin(sink),
            items: items.into(),
            received,
            sent: Vec::new(),
            error: None,
            flush_interval,
            state,
        }
    }

    /// Compares the items that arrived with the accepted ones.
    fn check_received(&mut self, law: Law) -> Result<(), Violation> {
        let Some(received) = self.received.as_mut().map(|received| received()) else { return Ok(()) };
        if received == self.sent || self.error.is_some() {
            return Ok(());
        }
        let observation = format!("it accepted {}, but {} arrived", list(&self.sent), list(&received));
        Err(Violation::new(delivery_law(law, &self.sent, &received), observation))
    }

    fn failed(&mut self, error: String) -> Step {
        self.error = Some(error.clone());
        Step::last(format!("error: {error}"))
    }
}

/// Returns the broken law if `law` requires everything to have arrived. If what arrived is not a prefix of what was
/// sent, waiting longer would not help, so a different law is broken.
pub(super) fn delivery_law(law: Law, sent: &[String], received: &[String]) -> Law {
    if sent.starts_with(received) { law } else { Law::DeliversAccepted }
}

/// Lists items of a sink, or bytes of a writer.
pub(super) fn list(items: &[String]) -> String {
    const MAX_LISTED: usize = 12;
    match items.len() {
        0 => "nothing".to_owned(),
        count if count > MAX_LISTED => format!("{} .. ({count} in all)", items[..MAX_LISTED].join(", ")),
        _ => items.join(", "),
    }
}

impl<S: Sink<T, Error: Debug>, T: Debug> Subject for SinkSubject<S, T> {
    fn action(&self) -> &'static str {
        match self.state {
            State::Ready => "poll_ready",
            State::Flush => "poll_flush",
            State::Close => "poll_close",
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Poll<Step>, Violation> {
        let state = self.state;
        let polled = match state {
            State::Ready => self.sink.as_mut().poll_ready(context),
            State::Flush => self.sink.as_mut().poll_flush(context),
            State::Close => self.sink.as_mut().poll_close(context),
        };
        match polled {
            Poll::Pending => return Ok(Poll::Pending),
            Poll::Ready(Err(error)) => return Ok(Poll::Ready(self.failed(format!("{error:?}")))),
            Poll::Ready(Ok(())) => {}
        }
        if state == State::Close {
            self.check_received(Law::DeliversAccepted)?;
            return Ok(Poll::Ready(Step::last("closed")));
        }
        if state == State::Flush {
            self.check_received(Law::Flushes)?;
            self.state = if self.items.is_empty() { State::Close } else { State::Ready };
            return Ok(Poll::Ready(Step::done("flushed")));
        }
        match self.sink.as_mut().poll_ready(context) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Ok(Poll::Ready(self.failed(format!("{error:?}")))),
            Poll::Pending => {
                let observation = "it was ready, but a second `poll_ready` before `start_send` returned `Pending`";
                return Err(Violation::new(Law::AcceptsWhenReady, observation));
            }
        }
        let item = self.items.pop_front().expect("an item is left while the state is `Ready`");
        let text = format!("{item:?}");
        if let Err(error) = self.sink.as_mut().start_send(item) {
            let observation = format!("it was ready, but rejected {text}: {error:?}");
            return Err(Violation::new(Law::AcceptsWhenReady, observation));
        }
        self.sent.push(text.clone());
        self.state = match self.items.is_empty() {
            _ if self.sent.len().is_multiple_of(self.flush_interval) => State::Flush,
            true => State::Close,
            false => State::Ready,
        };
        Ok(Poll::Ready(Step::done(format!("accepted {text}"))))
    }

    fn outcome(&self) -> Outcome {
        Outcome::of_items(self.sent.clone(), self.error.clone())
    }
}

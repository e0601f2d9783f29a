//! A hand-written stream: first `Pin`, then a missing waker.
//!
//! Alan's stream downloads one object after another. At first it did not compile: it kept the future of an `async fn`
//! in a field and polled it. Such a future may contain pointers to itself, so it can only be polled through a
//! `Pin<&mut ..>`, which guarantees that the future is never moved again. `Box::pin` is the simplest way to get one.
//!
//! ```compile_fail
//! # use std::{future::Future, task::{Context, Poll}};
//! fn poll_download<F: Future>(download: &mut F, context: &mut Context<'_>) -> Poll<F::Output> {
//!     download.poll(context) // error: no method named `poll` found for mutable reference `&mut F`
//! }
//! ```
//!
//! Then it hung. `poll_next` started the next download and returned `Pending`, because there was no object yet. But
//! `Pending` is a promise: something has stored the waker and will wake it. The new download had not been polled, so
//! nothing had stored the waker.
//!
//! Detection: `testkit::laws` polls the stream in every way that the trait allows, and names the broken law.
//!
//! Fix: loop, and return `Pending` only after a poll of the inner future has returned `Pending`. Better still, do not
//! write the stream by hand: `stream::iter(names).then(download)` does the same.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;
use testkit::laws;

use crate::{Chapter, Source};

/// Entry of this chapter in [`CHAPTERS`](crate::CHAPTERS).
pub const CHAPTER: Chapter = Chapter {
    name: "hand_written_stream",
    pitfall: "a stream hangs: its `poll_next` returns `Pending` without polling anything",
    fix: "Loop until an inner poll returns `Pending`. Or write no `poll` at all: `stream::iter(names).then(download)`.",
    source: Source { file: file!(), text: include_str!("hand_written_stream.rs") },
    uncompiled: None,
    run_wrong: || laws::stream(|_| wrong::Downloads(State::new([1, 2, 3]))).verdict().into(),
    run_fixed: || laws::stream(|_| fixed::Downloads(State::new([1, 2, 3]))).verdict().into(),
};

struct State {
    names: VecDeque<u32>,
    download: Option<Pin<Box<dyn Future<Output = u32> + Send>>>,
}

mod wrong {
    use super::*;

    pub(super) struct Downloads(pub(super) State);

    impl Stream for Downloads {
        type Item = u32;

        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u32>> {
            let State { names, download } = &mut self.0;
            if let Some(current) = download {
                let object = ready!(current.as_mut().poll(context));
                *download = None;
                return Poll::Ready(Some(object));
            }
            match names.pop_front() {
                Some(name) => *download = Some(Box::pin(super::download(name))),
                None => return Poll::Ready(None),
            }
            Poll::Pending // the download has just started, so there is no object yet
        }
    }
}

mod fixed {
    use super::*;

    pub(super) struct Downloads(pub(super) State);

    impl Stream for Downloads {
        type Item = u32;

        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u32>> {
            let State { names, download } = &mut self.0;
            loop {
                if let Some(current) = download {
                    let object = ready!(current.as_mut().poll(context));
                    *download = None;
                    return Poll::Ready(Some(object));
                }
                match names.pop_front() {
                    Some(name) => *download = Some(Box::pin(super::download(name))),
                    None => return Poll::Ready(None),
                }
            }
        }
    }
}

impl State {
    fn new(names: impl IntoIterator<Item = u32>) -> Self {
        State { names: names.into_iter().collect(), download: None }
    }
}

async fn download(name: u32) -> u32 {
    tokio::time::sleep(Duration::from_millis(20)).await;
    name * 100
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};
    use testkit::laws::Law;

    use super::*;

    #[test]
    fn the_stream_does_not_register_its_waker() {
        let verdict = laws::stream(|_| wrong::Downloads(State::new([1, 2]))).verdict();
        assert_eq!(verdict.unwrap_err().law(), Law::LeavesWaker);
    }

    #[test]
    fn a_loop_keeps_all_laws() {
        assert!((CHAPTER.run_fixed)().passed);
    }

    testkit::laws! {
        stream combinators_keep_all_laws(_case) {
            stream::iter([1, 2, 3]).then(download)
        }
    }
}

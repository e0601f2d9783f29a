//! A hand-written stream: `Pin` first, and then a waker that nobody has left.
//!
//! Alan's stream downloads one object after the other. First it did not compile: he kept the future of an `async fn` in a field
//! and polled it. Such a future may point into itself, so it is polled by a `Pin<&mut ..>` only, which says that it is not
//! moved any more. `Box::pin` is the plainest way to one.
//!
//! ```compile_fail
//! # use std::{future::Future, task::{Context, Poll}};
//! fn poll_download<F: Future>(download: &mut F, context: &mut Context<'_>) -> Poll<F::Output> {
//!     download.poll(context) // error: no method named `poll` found for mutable reference `&mut F`
//! }
//! ```
//!
//! Then it hung. He began the next download, and returned `Pending`, as it had nothing yet. But `Pending` is a promise: that
//! the waker was left with who will wake. Nobody had polled the new download, so nobody had it.
//!
//! What finds it: `testkit::laws` polls the stream in all ways that the trait allows, and names the law that it breaks. What
//! mends it: a loop, which returns `Pending` only where something that it has polled is pending. Better still is no hand-written
//! stream: `stream::iter(names).then(download)` is this one.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;
use testkit::laws;

use crate::{Chapter, Source};

/// The chapter.
pub const CHAPTER: Chapter = Chapter {
    name: "hand_written_stream",
    pitfall: "a stream hangs: its `poll_next` returns `Pending` before it has polled anything",
    mend: "Loop until something that was polled is pending. Or write no `poll` at all: `stream::iter(names).then(download)`.",
    source: Source { file: file!(), text: include_str!("hand_written_stream.rs") },
    uncompiled: None,
    wrong: || laws::stream(|_| wrong::Downloads(Downloading::of([1, 2, 3]))).verdict().into(),
    right: || laws::stream(|_| right::Downloads(Downloading::of([1, 2, 3]))).verdict().into(),
};

struct Downloading {
    names: VecDeque<u32>,
    download: Option<Pin<Box<dyn Future<Output = u32> + Send>>>,
}

mod wrong {
    use super::*;

    pub(super) struct Downloads(pub(super) Downloading);

    impl Stream for Downloads {
        type Item = u32;

        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u32>> {
            let Downloading { names, download } = &mut self.0;
            if let Some(downloading) = download {
                let object = ready!(downloading.as_mut().poll(context));
                *download = None;
                return Poll::Ready(Some(object));
            }
            match names.pop_front() {
                Some(name) => *download = Some(Box::pin(super::download(name))),
                None => return Poll::Ready(None),
            }
            Poll::Pending // it has just been begun, so there is nothing yet
        }
    }
}

mod right {
    use super::*;

    pub(super) struct Downloads(pub(super) Downloading);

    impl Stream for Downloads {
        type Item = u32;

        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<u32>> {
            let Downloading { names, download } = &mut self.0;
            loop {
                if let Some(downloading) = download {
                    let object = ready!(downloading.as_mut().poll(context));
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

impl Downloading {
    fn of(names: impl IntoIterator<Item = u32>) -> Self {
        Downloading { names: names.into_iter().collect(), download: None }
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
    fn it_leaves_no_waker() {
        let verdict = laws::stream(|_| wrong::Downloads(Downloading::of([1, 2]))).verdict();
        assert_eq!(verdict.unwrap_err().law(), Law::LeavesWaker);
    }

    #[test]
    fn a_loop_keeps_all_laws() {
        assert!((CHAPTER.right)().is_pass);
    }

    testkit::laws! {
        stream what_needs_no_poll_at_all_is_lawful(_case) {
            stream::iter([1, 2, 3]).then(download)
        }
    }
}

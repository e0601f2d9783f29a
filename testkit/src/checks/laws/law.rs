//! The laws, with their descriptions and the usual fixes.

use std::fmt;

/// A rule for code that is polled, from its trait's contract or because all callers rely on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Law {
    /// All: before it returns `Pending`, it arranges for its waker to be woken once it is ready.
    LeavesWaker,
    /// All: it wakes the waker of the latest poll, because a future may move between tasks.
    KeepsNewestWaker,
    /// All: it checks again after it has stored its waker, or holds a lock meanwhile, because it may become ready in
    /// between. A check before `AtomicWaker::register` is not detected, because `register` passes on wakes that arrive
    /// while it clones.
    ChecksAgain,
    /// All: spurious polls, different wakers and different buffer sizes do not change the outcome.
    SameOutcome,
    /// All: it does not wake itself repeatedly while nothing happens.
    Rests,
    /// All: it finishes once everything that it waits for has happened.
    Finishes,
    /// All: each poll returns promptly, and no lock that other code waits for is held between polls.
    NeverBlocks,
    /// All: it can be dropped between any two polls, and the check after the drop passes.
    SurvivesDrop,
    /// All: after it is dropped, no clone of its wakers is left.
    ReleasesWakers,
    /// Streams and readers: after the end, further polls report the end. The `Stream` contract leaves this open, and
    /// some streams panic. Allow the violation if only loops that stop at the end poll the stream.
    StaysEnded,
    /// Streams: the number of items agrees with the size hint.
    SizeHint,
    /// Readers: `Pending` and errors leave the buffer unchanged, and existing contents never change.
    LeavesBuffer,
    /// Readers and writers: readers report no more bytes than the buffer has room for, and writers no more than it
    /// holds.
    NoMoreThanGiven,
    /// Writers: each write accepts at least one byte, returns `Pending` or fails.
    AcceptsSomething,
    /// Writers and sinks: everything accepted is delivered, and nothing else. A poll that returns `Pending` accepts
    /// nothing, and the next poll may pass different bytes.
    DeliversAccepted,
    /// Writers and sinks: everything accepted before a flush is delivered when the flush completes.
    Flushes,
    /// Sinks: a sink that is ready accepts an item, and stays ready until it does.
    AcceptsWhenReady,
    /// Buffered readers: bytes that were returned but not consumed are returned again.
    ShowsTheSame,
}

impl Law {
    /// Completes the sentence "it must ..".
    fn demand(self) -> &'static str {
        match self {
            Law::LeavesWaker => "arrange for its waker to be woken before it returns `Pending`",
            Law::KeepsNewestWaker => "wake the waker of the latest poll, not one of an earlier poll",
            Law::ChecksAgain => "check again after storing its waker, as it may become ready in between",
            Law::SameOutcome => "produce the same outcome however it is polled",
            Law::Rests => "not wake itself repeatedly while nothing happens",
            Law::Finishes => "finish once everything that it waits for has happened",
            Law::NeverBlocks => "return promptly from each poll, and hold no lock between polls that others need",
            Law::SurvivesDrop => "tolerate a drop between any two polls",
            Law::ReleasesWakers => "release its wakers when it is dropped",
            Law::StaysEnded => "keep reporting its end after it has ended",
            Law::SizeHint => "yield as many items as its size hint promises",
            Law::LeavesBuffer => {
                "leave the buffer unchanged on `Pending` and errors, and never change its old contents"
            }
            Law::NoMoreThanGiven => "report no more bytes than it was given",
            Law::AcceptsSomething => "accept at least one byte, return `Pending` or fail",
            Law::DeliversAccepted => "deliver what it accepted, and nothing else",
            Law::Flushes => "deliver everything that it accepted before a flush completes",
            Law::AcceptsWhenReady => "accept an item when it is ready, and stay ready until it does",
            Law::ShowsTheSame => "return unconsumed bytes again",
        }
    }

    /// Returns the usual fix.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Law::LeavesWaker => {
                "store the waker where the event that makes this ready wakes it; after polling an inner future, return \
                 `Pending` only if that returned `Pending`"
            }
            Law::KeepsNewestWaker => {
                "store the waker of each poll, not only of the first; skip this if `stored.will_wake(context.waker())`"
            }
            Law::ChecksAgain => "check and store the waker under one lock, or store it first and then check",
            Law::SameOutcome => {
                "keep progress in the value itself, and let a poll that returns `Pending` change nothing observable"
            }
            Law::Rests => "wake when something changes, instead of calling `wake_by_ref` in each poll",
            Law::Finishes => {
                "add all events that it waits for with `case.then(..)`; if it never ends by design, limit the \
                 operations with `.at_most(..)`"
            }
            Law::NeverBlocks => {
                "await instead of blocking, release all guards before returning `Pending`, and do not wake under a lock"
            }
            Law::SurvivesDrop => "release in `Drop` what a poll has acquired, exactly once",
            Law::ReleasesWakers => "remove the stored waker in `Drop`",
            Law::StaysEnded => {
                "remember that it has ended, or `fuse()` it; or `.allow(Law::StaysEnded)` if only loops poll it"
            }
            Law::SizeHint => "report the number of items left, not the initial number; `(0, None)` is always correct",
            Law::LeavesBuffer => "append with `put_slice`, and only when returning `Ready(Ok(()))`",
            Law::NoMoreThanGiven => "report progress in the buffer of this poll, not of an earlier one",
            Law::AcceptsSomething => {
                "return `Pending` if nothing can be accepted now, and an error if nothing ever will be"
            }
            Law::DeliversAccepted => {
                "keep accepted data until it is delivered, and keep nothing from a poll that returns `Pending`"
            }
            Law::Flushes => "return `Pending` from the flush until everything accepted is passed on and flushed there",
            Law::AcceptsWhenReady => "reserve the room that `poll_ready` found for the next item",
            Law::ShowsTheSame => "advance only in `consume`, by the number of bytes that it is given",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it must {}", self.demand())
    }
}

use std::fmt;

/// What code that is polled must do, by the contract of its trait or because all that uses it relies on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Law {
    /// All: what returns `Pending` has left its waker with whoever makes it ready, and that one wakes it.
    LeavesWaker,
    /// All: it is the newest waker that is woken, as a task may have moved.
    KeepsNewestWaker,
    /// All: it looks once more after it has left its waker, or holds a lock meanwhile, as what it waits for may happen just
    /// between the look and the leaving. A look in front of `AtomicWaker::register` is not seen: wakes that come while it
    /// clones are passed on by it.
    ChecksAgain,
    /// All: polls without a wake, other wakers and buffers of other sizes change nothing of what comes of it.
    SameOutcome,
    /// All: it does not wake itself again and again while nothing happens.
    Rests,
    /// All: it comes to an end, once all that it waits for has happened.
    Finishes,
    /// All: a poll returns soon, and no lock is held between polls that others wait for.
    NeverBlocks,
    /// All: it can be dropped between any two polls, and what is checked behind that holds.
    SurvivesDrop,
    /// All: once it is dropped, nothing keeps its wakers.
    ReleasesWakers,
    /// Streams and readers: what is at its end stays there. The contract of `Stream` leaves it open, and some panic; allow it
    /// where only loops poll the stream, which stop at its end.
    StaysEnded,
    /// Streams: as many items come as the hint says.
    SizeHint,
    /// Readers: on `Pending` and on errors the buffer is as before, and what was in it already always is.
    LeavesBuffer,
    /// Readers and writers: no more is reported than was there to be read into or written.
    NoMoreThanGiven,
    /// Writers: something is taken of what is to be written, or it is `Pending`, or an error.
    TakesSomething,
    /// Writers and sinks: what was taken arrives, and nothing else. What was offered to a poll that is `Pending` is not
    /// taken: the next may come with other bytes.
    DeliversWhatItTook,
    /// Writers and sinks: what was taken before a flush has arrived after it.
    Flushes,
    /// Sinks: one that is ready takes an item, and is ready until it does.
    TakesWhenReady,
    /// Buffered readers: what was shown and not consumed is shown again.
    ShowsTheSame,
}

impl Law {
    /// What it demands, behind "it must".
    fn demand(self) -> &'static str {
        match self {
            Law::LeavesWaker => "leave its waker with whoever makes it ready before it returns `Pending`, and be woken",
            Law::KeepsNewestWaker => "have the newest of its wakers woken, whichever it was polled with before",
            Law::ChecksAgain => "look again once it has left its waker: what it waits for may come just between",
            Law::SameOutcome => "come to the same, however often and with whatever it is polled",
            Law::Rests => "not wake itself again and again while nothing happens",
            Law::Finishes => "come to an end, once all that it waits for has happened",
            Law::NeverBlocks => "return from each poll soon, and hold no lock between polls that others wait for",
            Law::SurvivesDrop => "be fit to be dropped between any two polls",
            Law::ReleasesWakers => "let go of its wakers when it is dropped",
            Law::StaysEnded => "stay at its end",
            Law::SizeHint => "yield as many items as its size hint says",
            Law::LeavesBuffer => "leave the buffer as it was on `Pending` and on errors, and what was in it always",
            Law::NoMoreThanGiven => "report no more bytes than it was given",
            Law::TakesSomething => "take some of the bytes, be `Pending`, or fail",
            Law::DeliversWhatItTook => "deliver what it took, and nothing else",
            Law::Flushes => "have delivered, after a flush, what it took before",
            Law::TakesWhenReady => "take an item when it is ready, and be ready until it does",
            Law::ShowsTheSame => "show again what was not consumed",
        }
    }

    /// What is usually done about it.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Law::LeavesWaker => {
                "store the waker for whoever makes it ready, and have that one wake it; where something inside was polled, \
                 return `Pending` only if that was `Pending` itself"
            }
            Law::KeepsNewestWaker => {
                "store the waker of each poll, not of the first only; skip it where `stored.will_wake(context.waker())`"
            }
            Law::ChecksAgain => "look and store the waker under one lock; or store it first, and look then",
            Law::SameOutcome => {
                "keep what has been begun in the value itself, and let a poll that is `Pending` change nothing that is seen"
            }
            Law::Rests => "wake where something has changed, not by `wake_by_ref` in each poll",
            Law::Finishes => {
                "tell the case all that it waits for, by `case.then(..)`; where it is to go on for ever, say how far to \
                 look, by `.at_most(..)`"
            }
            Law::NeverBlocks => {
                "await instead of blocking, let go of each guard before `Pending` is returned, and wake under no lock"
            }
            Law::SurvivesDrop => "give back in `Drop` what a poll has taken, once",
            Law::ReleasesWakers => "take its waker out of where it was left, in `Drop`",
            Law::StaysEnded => {
                "keep that it has ended, or `fuse()` it; or `.allow(Law::StaysEnded)`, for streams in loops"
            }
            Law::SizeHint => "hint at what is left, not at what there was; `(0, None)` is always right",
            Law::LeavesBuffer => {
                "write only behind what is filled, by `put_slice`, and only where it returns `Ready(Ok(()))`"
            }
            Law::NoMoreThanGiven => {
                "report what is done of the buffer of this poll, whatever an earlier poll was given"
            }
            Law::TakesSomething => {
                "return `Pending` where nothing can be taken now, and an error where nothing ever will be"
            }
            Law::DeliversWhatItTook => {
                "keep what was reported as taken until it is delivered, and nothing of a poll that is `Pending`"
            }
            Law::Flushes => {
                "return `Pending` from the flush until all that was taken has been passed on, and flush that, too"
            }
            Law::TakesWhenReady => "keep the room that `poll_ready` has found for the item that comes",
            Law::ShowsTheSame => "move on in `consume` only, by as many bytes as it is told",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it must {}", self.demand())
    }
}

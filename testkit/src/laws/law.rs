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
    /// between the look and the leaving.
    ChecksAgain,
    /// All: polls without a wake, other wakers and buffers of other sizes change nothing of what comes of it.
    SameOutcome,
    /// All: it does not wake itself again and again while nothing happens.
    Rests,
    /// All: it comes to an end, once all that it waits for has happened.
    Finishes,
    /// All: it can be dropped between any two polls, and what is checked behind that holds.
    SurvivesDrop,
    /// All: once it is dropped, nothing keeps its wakers.
    ReleasesWakers,
    /// Streams and readers: what is at its end stays there.
    StaysEnded,
    /// Streams: as many items come as the hint says.
    SizeHint,
    /// Readers: on `Pending` and on errors the buffer is as before, and what was in it already always is.
    LeavesBuffer,
    /// Readers and writers: no more is reported than was there to be read into or written.
    NoMoreThanGiven,
    /// Writers: something is taken of what is to be written, or it is `Pending`, or an error.
    TakesSomething,
    /// Writers and sinks: what was taken arrives, and nothing else.
    DeliversWhatItTook,
    /// Writers and sinks: what was taken before a flush has arrived after it.
    Flushes,
    /// Sinks: one that is ready takes an item, and is ready until it does.
    TakesWhenReady,
    /// Buffered readers: what was shown and not consumed is shown again.
    ShowsTheSame,
}

impl Law {
    /// What it demands, as a sentence without its subject.
    fn text(self) -> &'static str {
        match self {
            Law::LeavesWaker => {
                "leaves its waker with whoever makes it ready before it returns `Pending`, and is woken"
            }
            Law::KeepsNewestWaker => "has the newest of its wakers woken, whichever it was polled with before",
            Law::ChecksAgain => "looks again once it has left its waker: what it waits for may come just between",
            Law::SameOutcome => "comes to the same, however often and with whatever it is polled",
            Law::Rests => "does not wake itself again and again while nothing happens",
            Law::Finishes => "comes to an end, once all that it waits for has happened",
            Law::SurvivesDrop => "can be dropped between any two polls",
            Law::ReleasesWakers => "lets go of its wakers when it is dropped",
            Law::StaysEnded => "stays at its end",
            Law::SizeHint => "yields as many items as its size hint says",
            Law::LeavesBuffer => "leaves the buffer as it was on `Pending` and on errors, and what was in it always",
            Law::NoMoreThanGiven => "reports no more bytes than it was given",
            Law::TakesSomething => "takes some of the bytes, is `Pending`, or fails",
            Law::DeliversWhatItTook => "delivers what it took, and nothing else",
            Law::Flushes => "has delivered, after a flush, what it took before",
            Law::TakesWhenReady => "takes an item when it is ready, and is ready until it does",
            Law::ShowsTheSame => "shows again what was not consumed",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

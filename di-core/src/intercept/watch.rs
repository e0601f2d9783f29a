use super::{Ending, Failure};

/// Guard that reports the end of a call exactly once.
pub(super) struct Watch<F: FnOnce(&Ending<'_>)> {
    /// `None` after the report.
    on_end: Option<F>,
    /// Whether the call is running right now. If the guard is dropped in this state, the call has panicked.
    /// `std::thread::panicking` is not reliable here: the thread may panic for another reason, or no longer panic.
    is_inside: bool,
}

impl<F: FnOnce(&Ending<'_>)> Watch<F> {
    pub(super) fn new(on_end: F) -> Self {
        Watch { on_end: Some(on_end), is_inside: false }
    }

    /// Runs part of the call.
    pub(super) fn inside<R>(&mut self, part: impl FnOnce() -> R) -> R {
        self.is_inside = true;
        let result = part();
        self.is_inside = false;
        result
    }

    /// Reports that the call has returned.
    pub(super) fn end(mut self, failure: Option<Failure<'_>>) {
        self.tell(&failure.map_or(Ending::Returned, Ending::Failed));
    }

    fn tell(&mut self, ending: &Ending<'_>) {
        if let Some(on_end) = self.on_end.take() {
            on_end(ending);
        }
    }
}

impl<F: FnOnce(&Ending<'_>)> Drop for Watch<F> {
    fn drop(&mut self) {
        let ending = if self.is_inside { Ending::Panicked } else { Ending::Dropped };
        self.tell(&ending);
    }
}

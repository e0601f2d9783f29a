use super::{Ending, Failure};

/// Tells how a call ended, exactly once.
pub(super) struct Watch<F: FnOnce(&Ending<'_>)> {
    /// None once it has been told.
    on_end: Option<F>,
    /// Whether the call is running right now. Where this is dropped, then a panic is what left it: whether the thread
    /// is panicking says nothing, since it may for another reason, or no longer.
    is_inside: bool,
}

impl<F: FnOnce(&Ending<'_>)> Watch<F> {
    pub(super) fn new(on_end: F) -> Self {
        Watch { on_end: Some(on_end), is_inside: false }
    }

    /// Runs a part of the call.
    pub(super) fn inside<R>(&mut self, part: impl FnOnce() -> R) -> R {
        self.is_inside = true;
        let result = part();
        self.is_inside = false;
        result
    }

    /// The call has returned.
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

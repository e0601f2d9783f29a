//! Guard that detects how a call ends, including panics and drops.

use super::{Ending, Failure};

/// Reports how a call ended, exactly once.
pub(super) struct Watch<F: FnOnce(&Ending<'_>)> {
    /// `None` once it has been reported.
    on_end: Option<F>,
    /// Whether the call is being polled. If this is dropped meanwhile, the call panicked. `thread::panicking` is not
    /// enough: the thread may panic for another reason, or have caught the panic.
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

    /// Reports that the call has returned.
    pub(super) fn end(mut self, failure: Option<Failure<'_>>) {
        self.report(&failure.map_or(Ending::Returned, Ending::Failed));
    }

    fn report(&mut self, ending: &Ending<'_>) {
        if let Some(on_end) = self.on_end.take() {
            on_end(ending);
        }
    }
}

impl<F: FnOnce(&Ending<'_>)> Drop for Watch<F> {
    fn drop(&mut self) {
        let ending = if self.is_inside { Ending::Panicked } else { Ending::Dropped };
        self.report(&ending);
    }
}

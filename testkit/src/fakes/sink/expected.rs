//! Expectations for the items of a sink.

use std::fmt::Debug;

/// Expectation for one item.
pub(super) struct Expected<T> {
    /// Description or debug output of the expected item.
    pub(super) description: String,
    mismatch: Box<Mismatch<T>>,
}

/// Function that returns the debug output of an item that does not match.
type Mismatch<T> = dyn FnMut(&T) -> Option<String> + Send;

impl<T> Expected<T> {
    pub(super) fn value(item: T) -> Self
    where
        T: PartialEq + Debug + Send + 'static,
    {
        let description = format!("{item:?}");
        Expected { description, mismatch: Box::new(move |sent| (*sent != item).then(|| format!("{sent:?}"))) }
    }

    pub(super) fn matching(description: &str, mut predicate: impl FnMut(&T) -> bool + Send + 'static) -> Self
    where
        T: Debug,
    {
        Expected {
            description: description.to_owned(),
            mismatch: Box::new(move |sent| (!predicate(sent)).then(|| format!("{sent:?}"))),
        }
    }

    pub(super) fn any() -> Self {
        Expected { description: "any item".to_owned(), mismatch: Box::new(|_| None) }
    }

    /// Returns the debug output of `sent` if it does not match.
    pub(super) fn mismatch(&mut self, sent: &T) -> Option<String> {
        (self.mismatch)(sent)
    }
}

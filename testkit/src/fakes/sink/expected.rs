use std::fmt::Debug;

/// What one item has to be.
pub(super) struct Expected<T> {
    /// In words, or as a value.
    pub(super) what: String,
    differs: Box<Differs<T>>,
}

/// What an item is instead, if it is not what it has to be.
type Differs<T> = dyn FnMut(&T) -> Option<String> + Send;

impl<T> Expected<T> {
    pub(super) fn value(item: T) -> Self
    where
        T: PartialEq + Debug + Send + 'static,
    {
        let what = format!("{item:?}");
        Expected { what, differs: Box::new(move |sent| (*sent != item).then(|| format!("{sent:?}"))) }
    }

    pub(super) fn matching(what: &str, mut is_it: impl FnMut(&T) -> bool + Send + 'static) -> Self
    where
        T: Debug,
    {
        Expected { what: what.to_owned(), differs: Box::new(move |sent| (!is_it(sent)).then(|| format!("{sent:?}"))) }
    }

    pub(super) fn any() -> Self {
        Expected { what: "any item".to_owned(), differs: Box::new(|_| None) }
    }

    /// What `sent` is, if it is something else.
    pub(super) fn differs(&mut self, sent: &T) -> Option<String> {
        (self.differs)(sent)
    }
}

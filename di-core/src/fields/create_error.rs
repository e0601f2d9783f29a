//! Error of components that are constructed after the build.

use std::error::Error;
use std::fmt;

use crate::graph::Node;
use crate::internal::BoxError;

/// Error returned when a [`Lazy`](crate::Lazy) or a [`Factory`](crate::Factory) cannot create its component.
///
/// [`source`](Error::source) is the constructor's error, which can be downcast.
pub struct CreateError {
    /// `None` for a value that was created by hand.
    field: Option<Field>,
    source: BoxError,
}

struct Field {
    container: &'static str,
    node: &'static Node,
}

impl CreateError {
    /// Creates the error of a field's constructor.
    pub(crate) fn in_container(container: &'static str, node: &'static Node, source: BoxError) -> Self {
        CreateError { field: Some(Field { container, node }), source }
    }

    /// Creates the error of a constructor without a container.
    pub(super) fn by_hand(source: BoxError) -> Self {
        CreateError { field: None, source }
    }

    /// Returns the field of the container. `None` for a factory or a lazy value that was created by hand, for example
    /// in a test.
    pub fn node(&self) -> Option<&'static Node> {
        self.field.as_ref().map(|field| field.node)
    }
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(Field { container, node }) => write!(f, "could not create {node} of `{container}`: {}", self.source),
            None => write!(f, "could not create the component: {}", self.source),
        }
    }
}

/// Shows the same text as `Display`, because `main` prints a returned error with `{:?}`.
impl fmt::Debug for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for CreateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

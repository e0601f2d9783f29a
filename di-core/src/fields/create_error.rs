//! Error of components that are constructed after the build.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::graph::Node;
use crate::internal::{BoxError, ErrorChain};

/// Error returned when a [`Lazy`](crate::Lazy) or a [`Factory`](crate::Factory) cannot create its component.
///
/// [`source`](Error::source) is the constructor's error, which can be downcast. `{}` shows one line without it; `{:?}`
/// shows it with its sources.
#[derive(Clone)]
pub struct CreateError {
    /// `None` for a value that was created by hand.
    field: Option<Field>,
    /// Shared by all callers of a lazy value that waited for one call of the constructor.
    source: Arc<dyn Error + Send + Sync>,
}

#[derive(Clone)]
struct Field {
    container: &'static str,
    node: &'static Node,
}

impl CreateError {
    /// Creates the error of a field's constructor.
    pub(crate) fn in_container(container: &'static str, node: &'static Node, source: BoxError) -> Self {
        CreateError { field: Some(Field { container, node }), source: source.into() }
    }

    /// Creates the error of a constructor without a container.
    pub(super) fn by_hand(source: BoxError) -> Self {
        CreateError { field: None, source: source.into() }
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
            Some(Field { container, node }) => write!(f, "could not create {node} of `{container}`"),
            None => f.write_str("could not create the component"),
        }
    }
}

/// Shows the error with its sources, because `main` prints a returned error with `{:?}`.
impl fmt::Debug for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&ErrorChain(self), f)
    }
}

impl Error for CreateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

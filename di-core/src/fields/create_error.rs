use std::error::Error;
use std::fmt;

use crate::graph::Node;
use crate::internal::BoxError;

/// Why a [`Lazy`](crate::Lazy) or a [`Factory`](crate::Factory) could not make what it was asked for.
///
/// [`source`](Error::source) is the constructor's own error, so that it can be downcast.
pub struct CreateError {
    /// None for a value made by hand.
    field: Option<Field>,
    source: BoxError,
}

struct Field {
    container: &'static str,
    node: &'static Node,
}

impl CreateError {
    /// Error of the constructor behind the field `node` of a container.
    pub(crate) fn in_container(container: &'static str, node: &'static Node, source: BoxError) -> Self {
        CreateError { field: Some(Field { container, node }), source }
    }

    /// Error of a constructor that belongs to no container.
    pub(super) fn by_hand(source: BoxError) -> Self {
        CreateError { field: None, source }
    }

    /// The field of the container that was to make it; none where it was made by hand, as in a test.
    pub fn node(&self) -> Option<&'static Node> {
        self.field.as_ref().map(|field| field.node)
    }
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(Field { container, node }) => write!(f, "could not create {node} of `{container}`: {}", self.source),
            None => write!(f, "could not create it: {}", self.source),
        }
    }
}

/// The text, since `main` prints an error that it returns with `{:?}`.
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

use std::error::Error;
use std::fmt;

use crate::{BoxError, Node};

/// Why a [`Lazy`](crate::Lazy) or a [`Factory`](crate::Factory) could not make what it was asked for.
///
/// [`source`](Error::source) is the constructor's own error, so that it can be downcast.
pub struct CreateError {
    /// The container and the field, if they are known.
    field: Option<(&'static str, &'static Node)>,
    source: BoxError,
}

impl CreateError {
    pub(crate) fn new(field: Option<(&'static str, &'static Node)>, source: BoxError) -> Self {
        CreateError { field, source }
    }

    /// The field of the container that was to make it; none where it was made by hand, as in a test.
    pub fn node(&self) -> Option<&'static Node> {
        self.field.map(|(_, node)| node)
    }
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some((container, node)) => write!(f, "could not create {node} of `{container}`: {}", self.source),
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

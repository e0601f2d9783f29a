//! Static description of an intercepted method.

use std::any::TypeId;
use std::fmt;

/// A method of an [`Interceptable`](super::Interceptable) trait, with the capabilities of its calls, as static data.
///
/// ```
/// use async_trait::async_trait;
/// use di_core::intercept::Interceptable;
///
/// #[di_core::intercept]
/// #[async_trait]
/// pub trait Mailer: Send + Sync {
///     async fn send(&self, to: &str, text: String) -> Result<(), std::io::Error>;
///     fn backlog(&self) -> usize;
/// }
///
/// let [send, backlog] = <dyn Mailer>::METHODS else { unreachable!() };
/// assert_eq!(send.to_string(), "Mailer::send");
/// assert!(send.is_async() && send.can_repeat() && send.can_time_out());
/// assert!(send.error().unwrap().is::<std::io::Error>());
/// assert!(backlog.error().is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Method {
    trait_name: &'static str,
    name: &'static str,
    is_async: bool,
    can_repeat: bool,
    error: Option<ErrorType>,
}

/// The error type of a [`Method`].
#[derive(Clone, Copy, Debug)]
pub struct ErrorType {
    name: &'static str,
    /// `None` for a type that borrows.
    id: Option<fn() -> TypeId>,
    can_time_out: bool,
}

impl Method {
    #[doc(hidden)]
    pub const fn new(trait_name: &'static str, name: &'static str, is_async: bool, can_repeat: bool) -> Self {
        Method { trait_name, name, is_async, can_repeat, error: None }
    }

    /// Sets the error type, if the method's return type is a `Result` (`fails`). `name` is the error type as written.
    #[doc(hidden)]
    pub const fn with_error(
        mut self,
        fails: bool,
        name: &'static str,
        id: Option<fn() -> TypeId>,
        can_time_out: bool,
    ) -> Self {
        if fails {
            self.error = Some(ErrorType { name, id, can_time_out });
        }
        self
    }

    /// Returns the name of the trait.
    pub const fn trait_name(&self) -> &'static str {
        self.trait_name
    }

    /// Returns the name of the method.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns whether the method is async.
    pub const fn is_async(&self) -> bool {
        self.is_async
    }

    /// Returns whether a call can be repeated with the same arguments: all of them are `Clone`.
    pub const fn can_repeat(&self) -> bool {
        self.can_repeat
    }

    /// Returns the error type, if the method returns a `Result`.
    pub const fn error(&self) -> Option<&ErrorType> {
        self.error.as_ref()
    }

    /// Returns whether a [`Timeout`](super::Timeout) can end a call: the method is async, and its error is
    /// `From<TimedOut>`.
    pub const fn can_time_out(&self) -> bool {
        match &self.error {
            Some(error) => self.is_async && error.can_time_out,
            None => false,
        }
    }
}

/// Shows the method with its trait: `Mailer::send`.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.trait_name, self.name)
    }
}

impl ErrorType {
    /// Returns the type as written, or the alias of `Result` that hides it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns whether the type is `E`.
    pub fn is<E: 'static>(&self) -> bool {
        self.id.is_some_and(|id| id() == TypeId::of::<E>())
    }
}

//! Aliases of boxed errors and futures, re-exported by the crate.

use std::error::Error;
use std::pin::Pin;

/// A boxed error, returned by constructors and hooks. Any error type converts into it with `?` or `into()`.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A boxed future that can be sent to another thread.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

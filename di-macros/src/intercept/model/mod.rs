//! Intercepted traits as the user wrote them.

mod boxed_future;
mod intercepted_trait;
mod method;

pub(crate) use boxed_future::BoxedFuture;
pub(crate) use intercepted_trait::InterceptedTrait;
pub(crate) use method::{Argument, Method, ReturnKind};

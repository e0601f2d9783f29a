//! Helpers that do not depend on containers. Other modules re-export the public ones.

mod boxed;
mod const_text;
mod error_chain;
mod instant;
mod lock;
pub(crate) mod page;
mod panic_message;
#[cfg(feature = "tokio")]
mod source_location;

pub use boxed::{BoxError, BoxFuture};
pub(crate) use const_text::ConstText;
pub(crate) use error_chain::ErrorChain;
#[cfg(feature = "tokio")]
pub(crate) use error_chain::first_line;
pub(crate) use instant::Instant;
pub(crate) use lock::lock;
pub(crate) use panic_message::panic_message;
#[cfg(feature = "tokio")]
pub(crate) use source_location::file_name;

//! Types of fields with a meaning of their own.

mod create_error;
mod factory;
mod lazy;
mod tagged;

pub use create_error::CreateError;
pub use factory::{Factory, SyncFactory};
pub use lazy::Lazy;
pub use tagged::Tagged;

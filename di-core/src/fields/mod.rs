//! Field types with a special meaning: tagged values, lazy components and factories.

mod create_error;
mod factory;
pub(crate) mod generated;
mod import;
mod lazy;
mod sync_lazy;
mod tagged;

pub use create_error::CreateError;
pub use factory::{BoxFactory, Factory, SyncBoxFactory, SyncFactory};
pub use lazy::Lazy;
pub use sync_lazy::SyncLazy;
pub use tagged::Tagged;

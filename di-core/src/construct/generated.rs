//! Items that generated code uses, re-exported by `codegen`.

pub use super::build::build_sync;
pub use super::deferred::{MaybeClone, NotClone, check_factory, factory, lazy, sync_factory};
pub use super::module::BuildAsModule;

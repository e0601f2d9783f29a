//! Items that generated code uses, re-exported by `codegen`.

pub use super::build::build_sync;
pub use super::deferred::{
    MaybeClone, NotClone, check_factory, check_sync_lazy, factory, lazy, sync_factory, sync_lazy,
};
pub use super::module::BuildAsModule;

//! Items that generated code uses, re-exported by `codegen`.

pub use super::import::{AnyField, ImportPublic, ImportPublicUntagged, ImportUntagged, import};

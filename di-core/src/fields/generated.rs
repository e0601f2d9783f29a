//! Items that generated code uses, re-exported by `codegen`.

pub use super::import::{ImportUntagged, import};

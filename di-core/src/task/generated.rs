//! Items that generated code uses, re-exported by `codegen`.

pub use super::select::select_start;

//! Items that generated code uses.

pub use super::select::select_start;

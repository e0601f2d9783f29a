//! Items that generated code uses.

pub use super::host::start_host;

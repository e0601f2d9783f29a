//! Items that generated code uses.

pub use super::check::check_no_hooks;
pub use super::{Hooks, ModuleHooks};

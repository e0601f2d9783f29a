//! Items that generated code uses, re-exported by `codegen`.

pub use super::check::check_lazy_or_by_value;
pub use super::probe::{HookProbe, Inputs, Provided, StartableInputs, WithoutHooks};
pub use super::{Hooks, ModuleHooks};

//! Items that generated code uses, re-exported by `codegen`.

pub use super::into_constructed::into_result;
pub use super::into_hook_result::hook_result;
pub use super::into_provided::provided;
pub use super::provided_by::{Borrowed, Cloned, Function, Parameter, Parameters, parameters, parameters_of};

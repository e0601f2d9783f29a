//! Items that generated code uses, re-exported by `codegen`.

pub use super::borrowed_field_of::{ByValue, borrowed, shared};
pub use super::built_sync::AllSync;
pub use super::built_value::{built, needed, not_built, unwrap_built};
pub use super::field_of::{CloneFor, cloned, cloned_arc};
pub use super::field_visibility::{PrivateField, PublicField};
pub use super::is_clone::{CloneType, NotCloneType, check_cloned};
pub use super::module::{BuiltModule, ModuleOf, ModuleOverrides};
pub use super::node_table::NodeTable;
pub use super::shared::check_shared;
pub use super::step::{
    BuildNode, NotReady, Phase, Step, boxed_future, choose, into_arc, into_arc_with_hooks, step_async,
    unreachable_input, with_hooks,
};
pub use super::stored_as::stored_as;
pub use super::wrappers::{Wrappers, wrap_field};
